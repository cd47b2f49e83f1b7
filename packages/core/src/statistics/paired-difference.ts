import { invalidArgument } from "../errors/hyperfunc-error.js";
import { meanAndError, meanInterval, type MeanInterval } from "./mean-interval.js";
import { studentTwoSidedP } from "./student-t.js";

export interface PairedDifference extends MeanInterval {
  /** Two-sided p-value of "no difference"; undefined with fewer than two pairs. */
  readonly p: number | undefined;
}

/**
 * How much higher `a` is than `b` on the same examples, by the paired t test.
 *
 * Pairs cancel what makes an example easy or hard, so far fewer of them are needed than independent values. Differences
 * that are all equal leave no doubt: p is then 1 for none and 0 otherwise.
 *
 * @param level Confidence of the interval. Default 0.95.
 * @throws INVALID_ARGUMENT for lists of different lengths, a value that is not finite, or a level out of range.
 * @example
 * import { pairedDifference } from "@hyperfunc/core";
 * const gain = pairedDifference([0.9, 0.8, 0.7, 0.9], [0.7, 0.7, 0.6, 0.8]);
 * console.log(gain.mean, gain.p); // 0.125… 0.015…
 */
export function pairedDifference(a: readonly number[], b: readonly number[], level = 0.95): PairedDifference {
  if (a.length !== b.length) {
    throw invalidArgument(
      `A paired comparison needs lists of equal length, got ${a.length} and ${b.length}.`,
    );
  }
  const differences = a.map((value, index) => value - (b[index] ?? NaN));
  const result = meanInterval(differences, level);
  const { standardError } = meanAndError(differences);
  if (standardError === undefined) return { ...result, p: undefined };
  if (standardError === 0) return { ...result, p: result.mean === 0 ? 1 : 0 };
  return { ...result, p: studentTwoSidedP(result.mean / standardError, differences.length - 1) };
}
