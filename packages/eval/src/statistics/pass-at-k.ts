import { requireCount } from "./checks.js";

/**
 * The chance that at least one of `k` attempts at an example succeeds, estimated without bias from `samples` attempts of
 * which `correct` succeeded.
 *
 * 1 − C(n − c, k) / C(n, k) with n = `samples` and c = `correct`; 1 where fewer than `k` failed. For a dataset, average
 * over its examples. The plug-in 1 − (1 − c/n)^k would be too low.
 *
 * Source: Chen et al. (2021), "Evaluating Large Language Models Trained on Code", arXiv 2107.03374, equation 1.
 *
 * @param samples Attempts made, a whole number of at least 1.
 * @param correct Attempts that succeeded, from 0 to `samples`.
 * @param k Attempts allowed, from 1 to `samples`.
 * @throws INVALID_ARGUMENT for counts out of range or not whole.
 * @example
 * import { passAtK } from "@hyperfunc/eval";
 * console.log(passAtK(10, 3, 1), passAtK(10, 3, 5).toFixed(4)); // 0.3 0.9167
 */
export function passAtK(samples: number, correct: number, k: number): number {
  requireCounts(samples, correct, k);
  return drawWithout(samples, correct, k).some;
}

/**
 * The chance that all of `k` attempts at an example succeed, estimated without bias from `samples` attempts of which
 * `correct` succeeded: what to ask of a system that has to be reliable.
 *
 * C(c, k) / C(n, k) with n = `samples` and c = `correct`; 0 where fewer than `k` succeeded. For a dataset, average over
 * its examples.
 *
 * Source: Yao et al. (2024), "τ-bench", arXiv 2406.12045, where it is written pass^k.
 *
 * @param samples Attempts made, a whole number of at least 1.
 * @param correct Attempts that succeeded, from 0 to `samples`.
 * @param k Attempts that have to succeed, from 1 to `samples`.
 * @throws INVALID_ARGUMENT for counts out of range or not whole.
 * @example
 * import { passHatK } from "@hyperfunc/eval";
 * console.log(passHatK(4, 3, 1), passHatK(4, 3, 2)); // 0.75 0.5
 */
export function passHatK(samples: number, correct: number, k: number): number {
  requireCounts(samples, correct, k);
  return drawWithout(samples, samples - correct, k).none;
}

function requireCounts(samples: number, correct: number, k: number): void {
  requireCount("samples", samples, { min: 1 });
  requireCount("correct", correct, { max: samples });
  requireCount("k", k, { min: 1, max: samples });
}

/**
 * The chances that `draws` of `size` things hold none and some of the `marked` ones.
 *
 * By the draw that finds the first one, so that every term is positive: neither chance loses digits to a subtraction,
 * and no binomial coefficient is formed.
 */
function drawWithout(size: number, marked: number, draws: number): { none: number; some: number } {
  if (marked + draws > size) return { none: 0, some: 1 };
  // Which of the two sets is called drawn and which marked makes no difference.
  const steps = Math.min(marked, draws);
  const others = Math.max(marked, draws);
  let none = 1;
  let some = 0;
  for (let i = 0; i < steps && none > 0; i++) {
    some += none * (others / (size - i));
    none *= (size - i - others) / (size - i);
  }
  return { none, some };
}
