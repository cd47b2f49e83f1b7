import { requireCount, requireLevel } from "./checks.js";
import { normalQuantile } from "./normal.js";

export interface WilsonInterval {
  /** successes / trials. */
  readonly proportion: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The share of successes among independent trials with Wilson's score interval, which stays within 0 and 1 and holds
 * its level for few trials and for shares near 0 and 1.
 *
 * The ends are (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n), with p = successes/trials, n = trials and z the
 * normal quantile of (1 + level)/2; without continuity correction. No success gives low = 0, no failure high = 1.
 *
 * Source: Wilson (1927), Journal of the American Statistical Association 22, 209–212; Newcombe (1998), Statistics in
 * Medicine 17, 857–872, method 3.
 *
 * @param successes A whole number from 0 to `trials`.
 * @param trials A whole number of at least 1.
 * @param level Confidence between 0 and 1, exclusive. Default 0.95.
 * @throws INVALID_ARGUMENT for no trials, counts out of range or not whole, or a level out of range.
 * @example
 * import { wilsonInterval } from "@hyperfunc/eval";
 * const { proportion, low, high } = wilsonInterval(81, 263);
 * console.log(proportion.toFixed(4), low.toFixed(4), high.toFixed(4)); // 0.3080 0.2553 0.3662
 */
export function wilsonInterval(successes: number, trials: number, level = 0.95): WilsonInterval {
  requireCount("trials", trials, { min: 1 });
  requireCount("successes", successes, { max: trials });
  requireLevel(level);
  const z = -normalQuantile((1 - level) / 2);
  return {
    proportion: successes / trials,
    low: lowerEnd(successes, trials, z),
    high: 1 - lowerEnd(trials - successes, trials, z),
  };
}

/** The smaller root of Wilson's quadratic, from its product with the larger one: the difference would cancel near 0. */
function lowerEnd(count: number, trials: number, z: number): number {
  const share = count / trials;
  const root = z * Math.sqrt(z * z + 4 * count * (1 - share));
  return (2 * count * share) / (2 * count + z * z + root);
}
