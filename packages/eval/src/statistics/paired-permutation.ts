import { createRng } from "@hyperfunc/core";
import { requireCount, requireFinite, requireSameLength } from "./checks.js";

export interface PermutationOptions {
  /** Sign patterns drawn where there are too many to go through all, at least 1. Default 10 000. */
  readonly resamples?: number;
  /** The same seed gives the same p. Default 0. */
  readonly seed?: number;
}

export interface PairedPermutation {
  /** The mean of a − b. */
  readonly difference: number;
  /** Two-sided p-value of "it makes no difference which is a and which is b". */
  readonly p: number;
}

const EXACT_LIMIT = 16;

/**
 * How much higher `a` is than `b` on the same examples, by Fisher's sign-flip permutation test, which assumes no
 * distribution.
 *
 * p is the share of the sign patterns s for which |Σ s·(a − b)| is at least |Σ (a − b)|, a rounding error allowed for.
 * With at most 16 differences other than 0 all 2^m patterns are gone through and p is exact; with more, `resamples` are
 * drawn and p = (count + 1)/(resamples + 1), which is never 0. Without any difference p is 1. For passes and failures
 * the exact p is that of `mcNemar`.
 *
 * Source: Fisher (1935), The Design of Experiments, section 21; Phipson and Smyth (2010), "Permutation p-values should
 * never be zero", Statistical Applications in Genetics and Molecular Biology 9, 39.
 *
 * @throws INVALID_ARGUMENT for no pairs, lists of different lengths, a value that is not finite, or an option out of
 * range.
 * @example
 * import { pairedPermutation } from "@hyperfunc/eval";
 * const { difference, p } = pairedPermutation([0.9, 0.8, 0.7, 0.9], [0.7, 0.7, 0.6, 0.8]);
 * console.log(difference.toFixed(3), p); // 0.125 0.125
 */
export function pairedPermutation(
  a: readonly number[],
  b: readonly number[],
  { resamples = 10_000, seed = 0 }: PermutationOptions = {},
): PairedPermutation {
  requireSameLength(a, b, "Paired comparisons");
  requireFinite(a);
  requireFinite(b);
  requireCount("resamples", resamples, { min: 1 });
  const rng = createRng(seed);
  const differences = a.map((value, i) => value - (b[i] ?? NaN)).filter((value) => value !== 0);
  const sum = differences.reduce((total, value) => total + value, 0);
  const size = differences.reduce((total, value) => total + Math.abs(value), 0);
  const extreme = Math.abs(sum) - 1e-12 * size;
  const difference = sum / a.length;
  if (differences.length <= EXACT_LIMIT) {
    const sums = allSums(differences);
    return { difference, p: sums.filter((value) => Math.abs(value) >= extreme).length / sums.length };
  }
  let count = 0;
  for (let draw = 0; draw < resamples; draw++) {
    let total = 0;
    let bits = 0;
    for (const [i, value] of differences.entries()) {
      if (i % 32 === 0) bits = rng.uniform() * 2 ** 32;
      total += bits & 1 ? value : -value;
      bits >>>= 1;
    }
    if (Math.abs(total) >= extreme) count++;
  }
  return { difference, p: (count + 1) / (resamples + 1) };
}

/** Σ s·difference for every sign pattern s. */
function allSums(differences: readonly number[]): Float64Array {
  const sums = new Float64Array(2 ** differences.length);
  let filled = 1;
  for (const value of differences) {
    for (let i = 0; i < filled; i++) {
      const before = sums[i] ?? 0;
      sums[i] = before + value;
      sums[filled + i] = before - value;
    }
    filled *= 2;
  }
  return sums;
}
