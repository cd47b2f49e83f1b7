/** From a judgement of single outputs to a metric: lists are checked, scores averaged, NaN refused by name. */
import { HyperfuncError } from "@hyperfunc/core";
import type { Numeric } from "./numeric.js";

/** Score of one output; NaN when the output holds NaN or an infinity. */
export type Judge = (output: Numeric, expected: Numeric) => number | Promise<number>;

/** The mean score of a list of outputs; a promise when one of the scores is. */
export function meanScore(
  name: string,
  judge: Judge,
  outputs: readonly Numeric[],
  expected: readonly Numeric[],
): number | Promise<number> {
  if (outputs.length === 0) {
    throw new HyperfuncError("INVALID_METRIC", `${name} has nothing to judge: the list of outputs is empty.`);
  }
  if (outputs.length !== expected.length) {
    throw new HyperfuncError(
      "INVALID_METRIC",
      `${name} got ${outputs.length} outputs and ${expected.length} expected values; give one for each.`,
    );
  }
  const scores = outputs.map((output, index) => judge(output, expected[index] ?? Number.NaN));
  return scores.every((score) => typeof score === "number")
    ? mean(name, scores)
    : Promise.all(scores).then((settled) => mean(name, settled));
}

function mean(name: string, scores: readonly number[]): number {
  const odd = scores.findIndex((score) => !Number.isFinite(score));
  if (odd < 0) return scores.reduce((sum, score) => sum + score, 0) / scores.length;
  throw new HyperfuncError(
    "INVALID_METRIC",
    `${name} returned ${scores[odd]}: output ${odd} contains NaN or an infinity; guard logarithms and divisions.`,
  );
}
