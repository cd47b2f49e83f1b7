import { requireCount } from "./checks.js";

export interface McNemar {
  /** Two-sided p-value of "both pass equally often". */
  readonly p: number;
  /** The examples that decide, onlyA + onlyB. */
  readonly n: number;
}

/** Further down a float64 loses its digits, and a factor near 1 would leave it at its last value for ever. */
const SMALLEST_NORMAL = 2 ** -1022;

/**
 * McNemar's exact test of whether two systems pass equally often on the same examples, from the examples that only one
 * of them passes.
 *
 * p = min(1, 2 · P(X ≤ min(onlyA, onlyB))) for X binomial with n = onlyA + onlyB trials and probability ½; no mid-p
 * and no continuity correction. Examples that both or neither pass say nothing. Without any that decide, p is 1.
 *
 * The probabilities are summed relative to the largest one, in about 20 √n steps, so that no count overflows; a p
 * below about 1e-308 comes out as 0.
 *
 * Source: McNemar (1947), Psychometrika 12, 153–157; Fagerland, Lydersen and Laake (2013), BMC Medical Research
 * Methodology 13:91, for the exact form.
 *
 * @param onlyA Examples that only the first system passes.
 * @param onlyB Examples that only the second system passes.
 * @throws INVALID_ARGUMENT for counts that are negative or not whole, or a sum beyond 2^53.
 * @example
 * import { mcNemar } from "@hyperfunc/eval";
 * const { p, n } = mcNemar(1, 9);
 * console.log(p.toFixed(4), n); // 0.0215 10
 */
export function mcNemar(onlyA: number, onlyB: number): McNemar {
  requireCount("onlyA", onlyA);
  requireCount("onlyB", onlyB);
  const n = onlyA + onlyB;
  requireCount("onlyA + onlyB", n);
  const fewer = Math.min(onlyA, onlyB);
  const middle = Math.floor(n / 2);
  let weight = 1;
  let upToMiddle = 0;
  let upToFewer = 0;
  for (let k = middle; k >= 0 && weight > SMALLEST_NORMAL; k--) {
    upToMiddle += weight;
    if (k <= fewer) upToFewer += weight;
    weight *= k / (n - k + 1);
  }
  // Symmetric; for even n the middle, of weight 1, is its own mirror image.
  const total = 2 * upToMiddle - (n % 2 === 0 ? 1 : 0);
  return { p: Math.min(1, (2 * upToFewer) / total), n };
}
