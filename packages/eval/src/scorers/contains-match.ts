import type { Scorer, ScoreResult } from "@hyperfunc/core";
import { canonicalText, foldCase, scalarTexts } from "./canonical-text.js";
import { requireChoice, withDefaults } from "./options.js";
import { scored, unjudged, type ComparedOutput } from "./result.js";
import { shown, shownValue } from "./shown.js";

const MODES = ["all", "any"] as const;

export interface ContainsMatchOptions {
  /** Default false. */
  readonly caseSensitive?: boolean;
  /** For a list: "all" scores the share of it that was found, "any" scores 1 when one was found. Default "all". */
  readonly mode?: (typeof MODES)[number];
}

/**
 * The share of the expected texts that occur in the output: found / expected, or with `mode: "any"` 1 for one of them.
 *
 * Expected is a string (or number, or boolean) or a list of some. Both sides are compared in Unicode's normal form
 * NFC, case folded unless `caseSensitive`; an output that is an object is searched as JSON. An empty text would be
 * found everywhere, so an expected value that is or contains one is an error, as are null, an empty list and objects.
 *
 * @throws INVALID_ARGUMENT for an unknown option or mode.
 * @example
 * import { ContainsMatch } from "@hyperfunc/eval";
 * const result = new ContainsMatch().score({ output: "The answer is 42.", expected: ["answer", "42", "because"] });
 * console.log(result.score.toFixed(2)); // 0.67
 * console.log(result.feedback); // Output does not contain 'because'
 */
export class ContainsMatch implements Scorer<unknown, unknown, unknown> {
  readonly name = "ContainsMatch";
  readonly options: Readonly<Required<ContainsMatchOptions>>;

  constructor(options: ContainsMatchOptions = {}) {
    this.options = withDefaults(this.name, { caseSensitive: false, mode: "all" }, options);
    requireChoice(this.name, "mode", this.options.mode, MODES);
  }

  score({ output, expected }: ComparedOutput): ScoreResult {
    const wanted = scalarTexts(expected) ?? [];
    if (wanted.length === 0 || wanted.includes("")) {
      return unjudged(
        `The expected value ${shownValue(expected)} is no text to look for; give a string that is not empty, or a list`,
      );
    }
    const { text, problem } = canonicalText(output);
    if (problem !== undefined) return scored(0, `The output is ${problem}`);
    const searched = this.#folded(text);
    const found = wanted.filter((part) => searched.includes(this.#folded(part)));
    const missing = wanted.filter((part) => !found.includes(part));
    const names = missing.map(shown).join(", ");
    const details = { found, missing };
    if (this.options.mode === "all") {
      return scored(found.length / wanted.length, `Output does not contain ${names}`, details);
    }
    const none = wanted.length === 1 ? names : `any of ${names}`;
    return scored(found.length > 0 ? 1 : 0, `Output does not contain ${none}`, details);
  }

  #folded(text: string): string {
    return this.options.caseSensitive ? text : foldCase(text);
  }
}
