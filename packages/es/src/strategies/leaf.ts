/** One array of numbers under search: what an evolution strategy needs to know about it, and nothing of its meaning. */
import { HyperfuncError } from "@hyperfunc/core";
import { checkSchedule, type Schedule } from "./schedule.js";

export type Values = Float32Array | Float64Array;

export interface StrategyLeaf {
  /** Unique name; part of the key of its noise. */
  readonly path: string;
  /** `[]` for a scalar, `[out, in]` for a matrix. */
  readonly shape: readonly number[];
  /** Rank of a matrix's perturbation; undefined gives every element its own noise. */
  readonly noiseRank: number | undefined;
  /** Standard deviation of the noise, in the leaf's own coordinates; by default the strategy's. */
  readonly sigma?: Schedule;
  /** The noise never falls below this, whatever `sigma` says: for leaves that smaller noise could not move. Default 0. */
  readonly minSigma?: number;
  /** Learning rate in the leaf's own coordinates; by default the strategy's. */
  readonly lr?: Schedule;
  /** Whether weight decay applies. Default true for everything but scalars. */
  readonly decay?: boolean;
  /** Range of every element: perturbations are reflected into it and the mean stays inside. Default unbounded. */
  readonly bounds?: readonly [min: number, max: number];
}

/** How the members of a population share draws: antithetic members `2k` and `2k + 1` use draw `k` as `+` and `-`. */
export interface Pairing {
  readonly popSize: number;
  readonly antithetic: boolean;
}

export function leafSize(leaf: StrategyLeaf): number {
  return leaf.shape.reduce((size, side) => size * side, 1);
}

/** Number of independent draws in a population. */
export function drawCount({ popSize, antithetic }: Pairing): number {
  return antithetic ? popSize / 2 : popSize;
}

/** The draw of a member. */
export function drawOf(member: number, { antithetic }: Pairing): number {
  return antithetic ? member >>> 1 : member;
}

/** The sign with which a member uses its draw. */
export function signOf(member: number, { antithetic }: Pairing): 1 | -1 {
  return antithetic && member % 2 === 1 ? -1 : 1;
}

/** @throws INVALID_ARGUMENT for a shape, rank, scale or range that cannot be searched. */
export function checkLeaf(leaf: StrategyLeaf): void {
  const { path, shape, noiseRank, sigma, lr, minSigma = 0, bounds } = leaf;
  if (shape.some((side) => !Number.isInteger(side) || side < 1)) {
    throw new HyperfuncError(
      "INVALID_ARGUMENT",
      `"${path}": sides must be positive integers, got [${shape.join(", ")}].`,
    );
  }
  if (noiseRank !== undefined) checkRank(path, shape, noiseRank);
  if (sigma !== undefined) checkSchedule(`sigma of "${path}"`, sigma, "positive");
  if (lr !== undefined) checkSchedule(`lr of "${path}"`, lr, "zero");
  if (!(minSigma >= 0 && Number.isFinite(minSigma))) {
    throw new HyperfuncError(
      "INVALID_ARGUMENT",
      `minSigma of "${path}" must be zero or positive, got ${minSigma}.`,
    );
  }
  if (bounds === undefined) return;
  if (!(bounds[0] <= bounds[1])) {
    throw new HyperfuncError(
      "INVALID_ARGUMENT",
      `bounds of "${path}" must be ordered, got [${bounds.join(", ")}].`,
    );
  }
  if (noiseRank !== undefined) {
    throw new HyperfuncError(
      "INVALID_ARGUMENT",
      `"${path}" has both bounds and a noise rank; low-rank noise cannot be kept within bounds, leave one of them out.`,
    );
  }
}

function checkRank(path: string, shape: readonly number[], rank: number): void {
  const [out = 0, columns = 0] = shape;
  if (shape.length !== 2) {
    throw new HyperfuncError(
      "INVALID_ARGUMENT",
      `"${path}" has shape [${shape.join(", ")}]; only matrices take a noise rank, leave it out.`,
    );
  }
  const largest = Math.min(out, columns);
  if (Number.isInteger(rank) && rank >= 1 && rank <= largest) return;
  throw new HyperfuncError(
    "INVALID_ARGUMENT",
    `"${path}" is ${out} x ${columns}, so its noise rank must be an integer from 1 to ${largest}, got ${rank}; ` +
      `lower the rank for this parameter, or leave it out for full noise.`,
  );
}
