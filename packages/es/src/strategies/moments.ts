/** State shared by all step rules: running averages of the size of the leaves, never changed in place. */
import { HyperfuncError } from "@hyperfunc/core";
import type { StepState } from "./step-rule.js";
import { zip } from "./zip.js";

export function zeroMoments(slots: number, sizes: readonly number[]): StepState {
  const slot = (): Float32Array[] => sizes.map((size) => new Float32Array(size));
  return { count: 0, moments: Array.from({ length: slots }, slot) };
}

/** `decay * average + weight * value`, leaf by leaf. */
export function blend(
  average: readonly Float32Array[],
  decay: number,
  values: readonly Float32Array[],
  weight: number,
): Float32Array[] {
  return zip(average, values).map(([old, added]) => {
    const sum = new Float32Array(added.length);
    for (let i = 0; i < sum.length; i++) sum[i] = decay * (old[i] ?? 0) + weight * (added[i] ?? 0);
    return sum;
  });
}

/** Euclidean length over all leaves together. */
export function globalNorm(leaves: readonly Float32Array[]): number {
  let sum = 0;
  for (const leaf of leaves) {
    for (let i = 0; i < leaf.length; i++) {
      const value = leaf[i] ?? 0;
      sum += value * value;
    }
  }
  return Math.sqrt(sum);
}

/** @throws INVALID_ARGUMENT unless `0 <= value < 1`. */
export function checkFraction(name: string, value: number): void {
  if (value >= 0 && value < 1) return;
  throw new HyperfuncError("INVALID_ARGUMENT", `${name} must be at least 0 and below 1, got ${value}.`);
}

/** @throws INVALID_ARGUMENT unless positive and finite. */
export function checkAboveZero(name: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw new HyperfuncError("INVALID_ARGUMENT", `${name} must be a positive finite number, got ${value}.`);
}
