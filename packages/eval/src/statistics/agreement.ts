import { invalidArgument } from "@hyperfunc/core";
import { requireRate, requireSameLength } from "./checks.js";

export interface Agreement {
  /** 1 for full agreement, 0 for what chance would give, below 0 for less; undefined where chance alone agrees fully. */
  readonly kappa: number | undefined;
  /** The share of examples with the same label. */
  readonly agreement: number;
  readonly n: number;
}

/**
 * How far two raters (a judge and a person) agree beyond chance about the same examples, by Cohen's kappa.
 *
 * κ = (p_o − p_e)/(1 − p_e), with p_o the share of examples with the same label and p_e = Σ_label p_a(label) ·
 * p_b(label) what independent raters with these label frequencies would agree on. Unweighted: all disagreements count
 * the same. Where both give one and the same label throughout, p_e is 1 and κ is undefined: such labels cannot tell
 * skill from chance.
 *
 * Source: Cohen (1960), "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20,
 * 37–46.
 *
 * @param a Labels of the first rater: all strings, all numbers or all booleans.
 * @param b Labels of the second rater, of the same type.
 * @throws INVALID_ARGUMENT for no labels, lists of different lengths, a NaN, or labels of different types.
 * @example
 * import { cohenKappa } from "@hyperfunc/eval";
 * const person = ["yes", "yes", "no", "no", "yes", "no"];
 * const judge = ["yes", "yes", "no", "yes", "yes", "no"];
 * const { kappa, agreement } = cohenKappa(person, judge);
 * console.log(kappa?.toFixed(3), agreement.toFixed(3)); // 0.667 0.833
 */
export function cohenKappa<Label extends string | number | boolean>(
  a: readonly Label[],
  b: readonly Label[],
): Agreement {
  requireSameLength(a, b, "Two raters");
  const n = a.length;
  if (n === 0)
    throw invalidArgument("Agreement needs at least one example, got none; give labelled examples.");
  requireOneType([...a, ...b]);
  const countsOfA = countsOf(a);
  const countsOfB = countsOf(b);
  let byChance = 0;
  for (const [label, count] of countsOfA) byChance += count * (countsOfB.get(label) ?? 0);
  const agreed = a.filter((label, i) => label === b[i]).length;
  // In counts, which are exact, instead of shares.
  const kappa = byChance === n * n ? undefined : (n * agreed - byChance) / (n * n - byChance);
  return { kappa, agreement: agreed / n, n };
}

function requireOneType(labels: readonly (string | number | boolean)[]): void {
  const type = typeof labels[0];
  if (labels.some((label) => Number.isNaN(label))) {
    throw invalidArgument("A label must not be NaN; leave out what was not labelled.");
  }
  const odd = labels.findIndex((label) => typeof label !== type);
  if (odd >= 0 || !["string", "number", "boolean"].includes(type)) {
    throw invalidArgument(
      `Labels must all be strings, all numbers or all booleans, got ${JSON.stringify(labels[0])} and ${JSON.stringify(labels[odd])}; convert one of them, or no label will match.`,
    );
  }
}

function countsOf<Label>(labels: readonly Label[]): Map<Label, number> {
  const counts = new Map<Label, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

/** How well a judge recognises what a person calls a pass and a failure; both between 0 and 1. */
export interface JudgeAccuracy {
  /** The share of true passes that the judge passes. */
  readonly sensitivity: number;
  /** The share of true failures that the judge fails. */
  readonly specificity: number;
}

/**
 * The true pass rate behind the rate that an imperfect judge reports, by the Rogan–Gladen estimator.
 *
 * (p + q₀ − 1)/(q₀ + q₁ − 1), clamped to 0…1, with p = `observedRate`, q₀ = specificity and q₁ = sensitivity, both
 * measured on examples that a person labelled. It does not carry the uncertainty of q₀ and q₁, and holds only where the
 * judge errs on the examples at hand as often as on those.
 *
 * Source: Rogan and Gladen (1978), American Journal of Epidemiology 107, 71–76; for judges Lee et al. (2025), "How to
 * Correctly Report LLM-as-a-Judge Evaluations", arXiv 2511.21140.
 *
 * @param observedRate The share that the judge passes, between 0 and 1.
 * @throws INVALID_ARGUMENT for a rate out of range, or a judge no better than chance (q₀ + q₁ ≤ 1).
 * @example
 * import { correctedRate } from "@hyperfunc/eval";
 * console.log(correctedRate(0.7, { sensitivity: 0.9, specificity: 0.8 }).toFixed(4)); // 0.7143
 */
export function correctedRate(observedRate: number, { sensitivity, specificity }: JudgeAccuracy): number {
  requireRate("observedRate", observedRate);
  requireRate("sensitivity", sensitivity);
  requireRate("specificity", specificity);
  const skill = specificity + sensitivity - 1;
  if (skill <= 0) {
    throw invalidArgument(
      `A judge with sensitivity ${sensitivity} and specificity ${specificity} is no better than chance, and its rate says nothing; improve the judge until they add up to more than 1.`,
      { sensitivity, specificity },
    );
  }
  return Math.min(1, Math.max(0, (observedRate - (1 - specificity)) / skill));
}
