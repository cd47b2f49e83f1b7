import type { Scorer, ScoreResult } from "@hyperfunc/core";
import { canonicalText, scalarTexts } from "./canonical-text.js";
import { requireTexts, withDefaults } from "./options.js";
import { scored, unjudged, type ComparedOutput } from "./result.js";
import { shown, shownValue } from "./shown.js";
import { wordTokens } from "./word-tokens.js";

export interface F1Options {
  /** Words that do not count. Default none; English articles never count. */
  readonly stopWords?: readonly string[];
}

/**
 * Overlap of words: 2·P·R / (P + R), where P is the share of the output's words that were expected and R the share of
 * the expected words that are in the output.
 *
 * Words count as often as they occur; case, ASCII punctuation and English articles do not, and numbers are compared by
 * value. Of a list of expected answers the best one counts. Empty answers are left out; without any, or with a value
 * that is no text, the expected value is an error.
 *
 * @throws INVALID_ARGUMENT for stop words that are not strings.
 * @see P. Rajpurkar et al., SQuAD: 100,000+ questions for machine comprehension of text, 2016, section 6.1.
 * @example
 * import { F1 } from "@hyperfunc/eval";
 * const result = new F1().score({ output: "The city is Paris.", expected: ["Paris", "Paris, France"] });
 * console.log(result.score.toFixed(2), result.details?.["precision"]); // 0.50 0.3333333333333333
 */
export class F1 implements Scorer<unknown, unknown, unknown> {
  readonly name = "F1";
  readonly options: Readonly<Required<F1Options>>;

  constructor(options: F1Options = {}) {
    this.options = withDefaults(this.name, { stopWords: [] }, options);
    requireTexts(this.name, "stopWords", this.options.stopWords);
  }

  score({ output, expected }: ComparedOutput): ScoreResult {
    const answers = scalarTexts(expected)?.filter((answer) => answer.trim() !== "") ?? [];
    if (answers.length === 0) {
      return unjudged(
        `The expected value ${shownValue(expected)} is no answer; give a text or a list of texts`,
      );
    }
    const { text, problem } = canonicalText(output);
    if (problem !== undefined) return scored(0, `The output is ${problem}`);
    const words = this.#words(text);
    const overlaps = answers.map((answer) => ({ answer, ...overlap(words, this.#words(answer)) }));
    const { f1, precision, recall, answer } = overlaps.reduce((best, next) =>
      next.f1 > best.f1 ? next : best,
    );
    const shares = `precision ${precision.toFixed(2)}, recall ${recall.toFixed(2)}`;
    return scored(f1, `Expected ${shown(answer)} but got ${shown(text)} (${shares})`, {
      precision,
      recall,
      answer,
    });
  }

  #words(text: string): string[] {
    return wordTokens(text, this.options.stopWords);
  }
}

function overlap(
  output: readonly string[],
  expected: readonly string[],
): { f1: number; precision: number; recall: number } {
  const left = new Map<string, number>();
  for (const word of expected) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of output) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    common++;
  }
  // Nothing said is nothing wrong; nothing expected is nothing missed.
  const precision = output.length === 0 ? 1 : common / output.length;
  const recall = expected.length === 0 ? 1 : common / expected.length;
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { f1, precision, recall };
}
