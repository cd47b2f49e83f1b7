/** From a judgement of single outputs to a metric: lists are checked, scores averaged, NaN refused by name. */
import { HyperfuncError } from "@hyperfunc/core";
import type { Numeric } from "./numeric.js";

/** Score of one output; NaN when the output holds NaN or an infinity. */
export type Judge<Output = Numeric> = (output: Output, expected: Numeric) => number | Promise<number>;

/** The mean score of a list of outputs; a promise when one of the scores is. */
export function meanScore<Output>(
  name: string,
  judge: Judge<Output>,
  outputs: readonly Output[],
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
  const plain = scores.filter((score) => typeof score === "number");
  if (plain.length === scores.length) return mean(name, plain);
  return Promise.all(scores.map(async (score) => score)).then((settled) => mean(name, settled));
}

function mean(name: string, scores: readonly number[]): number {
  const odd = scores.findIndex((score) => !Number.isFinite(score));
  if (odd < 0) return scores.reduce((sum, score) => sum + score, 0) / scores.length;
  throw new HyperfuncError(
    "INVALID_METRIC",
    `${name} returned ${scores[odd]}: output ${odd} contains NaN or an infinity; guard logarithms and divisions.`,
  );
}
