import { createRng, invalidArgument, type Rng } from "@hyperfunc/core";
import { requireCount, requireFinite, requireLevel } from "./checks.js";
import { normalCdf, normalQuantile } from "./normal.js";
import { resamplePositions } from "./resample-positions.js";

export interface BootstrapOptions {
  /** Confidence between 0 and 1, exclusive. Default 0.95. */
  readonly level?: number;
  /** Samples drawn with replacement, at least 1. Default 10 000. */
  readonly resamples?: number;
  /** The same seed gives the same interval. Default 0. */
  readonly seed?: number;
  /** "bca" corrects the percentiles for bias and skewness, "percentile" takes them as they are. Default "bca". */
  readonly method?: "bca" | "percentile";
  /** What to estimate; must return a finite number and must not change or keep its argument. Default the mean. */
  readonly statistic?: (values: readonly number[]) => number;
}

export interface BootstrapInterval {
  /** The statistic of the values themselves. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/**
 * A statistic of independent values with its bootstrap interval, for any statistic and any distribution.
 *
 * The ends are percentiles of the statistic over resamples, interpolated linearly. With "percentile" they are
 * α = (1 ∓ level)/2. With "bca" they are Φ(b + (b + z)/(1 − a(b + z))) for z = Φ⁻¹(α), where the bias b is Φ⁻¹ of the
 * share of resamples below the estimate (ties count half) and the acceleration a is Σd³ / 6(Σd²)^(3/2) over the
 * jackknife's d = average − statistic without one value.
 *
 * Equal values, or a statistic that is the same for every resample, give low = high = estimate. A single value says
 * nothing about its spread and is refused. The share behind b is kept within half a resample of 0 and 1, so that b is
 * finite; where 1 − a(b + z) is not positive, the end is the most extreme resample. No end lies beyond the resamples.
 * For few values the interval is too narrow: at 0.9 it covers the mean of 25 exponential values in 87 % of samples.
 *
 * The mean of 200 values takes about 60 ms; with "bca" an own statistic is also called once per value.
 *
 * Source: Efron (1987), "Better bootstrap confidence intervals", Journal of the American Statistical Association 82,
 * 171–185; Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 14.
 *
 * @param values At least 2 finite values.
 * @throws INVALID_ARGUMENT for fewer than two values, a value or statistic that is not finite, or an option out of range.
 * @example
 * import { bootstrapInterval } from "@hyperfunc/eval";
 * const hours = [3, 5, 7, 18, 43, 85, 91, 98, 100, 130, 230, 487];
 * const { estimate, low, high } = bootstrapInterval(hours, { level: 0.9 });
 * console.log(estimate.toFixed(0), low > 55 && low < 70, high > 190 && high < 215); // 108 true true
 */
export function bootstrapInterval(
  values: readonly number[],
  { level = 0.95, resamples = 10_000, seed = 0, method = "bca", statistic }: BootstrapOptions = {},
): BootstrapInterval {
  requireFinite(values, 2);
  requireLevel(level);
  requireCount("resamples", resamples, { min: 1 });
  if (method !== "bca" && method !== "percentile") {
    throw invalidArgument(`\`method\` must be "bca" or "percentile", got ${JSON.stringify(method)}.`);
  }
  const rng = createRng(seed);
  const measure = statistic && checked(statistic);
  const estimate = measure ? measure(values) : meanOf(values);
  if (values.every((value) => value === values[0])) return { estimate, low: estimate, high: estimate };
  const replicates = measure
    ? replicatesOf(values, resamples, rng, measure)
    : meanReplicates(values, resamples, rng);
  replicates.sort();
  const tail = (1 - level) / 2;
  if (method === "percentile") {
    return { estimate, low: percentile(replicates, tail), high: percentile(replicates, 1 - tail) };
  }
  const bias = normalQuantile(shareBelow(replicates, estimate));
  const acceleration = accelerationOf(values, measure);
  const corrected = (z: number): number => {
    const moved = bias + z;
    const slope = 1 - acceleration * moved;
    return slope > 0 ? normalCdf(bias + moved / slope) : moved > 0 ? 1 : 0;
  };
  const z = normalQuantile(tail);
  return {
    estimate,
    low: percentile(replicates, corrected(z)),
    high: percentile(replicates, corrected(-z)),
  };
}

function checked(statistic: (values: readonly number[]) => number): (values: readonly number[]) => number {
  return (values) => {
    const result = statistic(values);
    if (!Number.isFinite(result)) {
      throw invalidArgument(
        `The statistic of a bootstrap must be finite for every resample of the values and for all but one of them, got ${result} for [${values.slice(0, 5).join(", ")}${values.length > 5 ? ", …" : ""}].`,
      );
    }
    return result;
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function meanReplicates(values: readonly number[], resamples: number, rng: Rng): Float64Array {
  const size = values.length;
  const data = Float64Array.from(values);
  const position = resamplePositions(rng, size);
  return new Float64Array(resamples).map(() => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += data[position()] ?? NaN;
    return sum / size;
  });
}

function replicatesOf(
  values: readonly number[],
  resamples: number,
  rng: Rng,
  measure: (values: readonly number[]) => number,
): Float64Array {
  const position = resamplePositions(rng, values.length);
  return new Float64Array(resamples).map(() => measure(values.map(() => values[position()] ?? NaN)));
}

/** The share of the replicates below the estimate, ties counting half, half a replicate away from 0 and 1. */
function shareBelow(replicates: Float64Array, estimate: number): number {
  // Sums in another order differ by rounding; without this allowance such ties would fall to one side.
  const allowance = 1e-13 * replicates.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let twice = 0;
  for (const value of replicates) {
    if (value < estimate - allowance) twice += 2;
    else if (value <= estimate + allowance) twice += 1;
  }
  const count = replicates.length;
  return Math.min(Math.max(twice, 1), 2 * count - 1) / (2 * count);
}

function accelerationOf(
  values: readonly number[],
  measure: ((values: readonly number[]) => number) | undefined,
): number {
  // Without one value the mean moves by (value − mean) / (n − 1), and a does not depend on the factor.
  const left = measure ? values.map((_, i) => -measure(values.filter((_value, j) => j !== i))) : [...values];
  const centre = meanOf(left);
  let squares = 0;
  let cubes = 0;
  for (const value of left) {
    squares += (value - centre) ** 2;
    cubes += (value - centre) ** 3;
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}

/** The quantile of sorted values, linear between neighbours (type 7 of Hyndman and Fan 1996). */
function percentile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] ?? NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? NaN;
  return low + (high - low) * (position - below);
}
