import { invalidArgument } from "@hyperfunc/core";
import { requireCount, requireLevel } from "./checks.js";
import { normalQuantile } from "./normal.js";

export interface PowerOptions {
  /** Of the differences between the pairs, in the unit of the scores; at least 0. */
  readonly standardDeviation: number;
  /** The chance of finding the difference, between 1 − level and 1, exclusive. Default 0.8. */
  readonly power?: number;
  /** 1 minus the chance of finding a difference that is not there. Default 0.95. */
  readonly level?: number;
}

/**
 * The smallest true mean difference that a paired comparison of `n` examples finds with the given power.
 *
 * (z_{(1+level)/2} + z_power) · standardDeviation / √n, in the unit of the scores, with normal quantiles z and a
 * two-sided test. The chance of a significant result on the wrong side is left out, as usual. Below about 30 examples
 * Student's t would ask for a somewhat larger difference.
 *
 * Source: Miller (2024), "Adding Error Bars to Evals", arXiv 2411.00640, power analysis, where the variance of the
 * differences is ω² + σ_A²/K_A + σ_B²/K_B for K_A and K_B attempts per example.
 *
 * @throws INVALID_ARGUMENT for options out of range.
 * @example
 * import { minimumDetectableDifference } from "@hyperfunc/eval";
 * console.log(minimumDetectableDifference({ n: 1000, standardDeviation: 0.5 }).toFixed(4)); // 0.0443
 */
export function minimumDetectableDifference({
  n,
  standardDeviation,
  power = 0.8,
  level = 0.95,
}: PowerOptions & {
  /** Examples that both systems are scored on, at least 1. */
  readonly n: number;
}): number {
  requireCount("n", n, { min: 1 });
  return (quantiles(standardDeviation, power, level) * standardDeviation) / Math.sqrt(n);
}

/**
 * How many examples a paired comparison needs to find a true mean difference with the given power.
 *
 * ((z_{(1+level)/2} + z_power) · standardDeviation / difference)², rounded up, and at least 1: the inverse of
 * `minimumDetectableDifference`.
 *
 * Source: Miller (2024), "Adding Error Bars to Evals", arXiv 2411.00640, power analysis.
 *
 * @throws INVALID_ARGUMENT for options out of range.
 * @example
 * import { sampleSizeFor } from "@hyperfunc/eval";
 * console.log(sampleSizeFor({ difference: 0.03, standardDeviation: 0.5 })); // 2181
 */
export function sampleSizeFor({
  difference,
  standardDeviation,
  power = 0.8,
  level = 0.95,
}: PowerOptions & {
  /** In the unit of the scores, above 0. */
  readonly difference: number;
}): number {
  if (!(difference > 0 && difference < Infinity)) {
    throw invalidArgument(
      `\`difference\` must be above 0 and finite, got ${difference}; give its size without sign.`,
      {
        difference,
      },
    );
  }
  const exact = ((quantiles(standardDeviation, power, level) * standardDeviation) / difference) ** 2;
  // Rounding must not ask for one more where the number comes out whole.
  return Math.max(1, Math.ceil(exact * (1 - 1e-12)));
}

function quantiles(standardDeviation: number, power: number, level: number): number {
  if (!(standardDeviation >= 0 && standardDeviation < Infinity)) {
    throw invalidArgument(
      `\`standardDeviation\` must be at least 0 and finite, got ${standardDeviation}; take that of the differences between the pairs.`,
      { standardDeviation },
    );
  }
  requireLevel(level);
  if (!(power > 1 - level && power < 1)) {
    throw invalidArgument(
      `\`power\` must lie between 1 - level (${1 - level}) and 1, exclusive, got ${power}; 0.8 is usual.`,
      { power, level },
    );
  }
  return normalQuantile(power) - normalQuantile((1 - level) / 2);
}
