import type { Scorer, ScoreResult } from "@hyperfunc/core";
import { canonicalText, foldCase } from "./canonical-text.js";
import { parseContainer } from "./json-text.js";
import { withDefaults } from "./options.js";
import { scored, unjudged, type ComparedOutput } from "./result.js";
import { mismatch } from "./shown.js";

export interface ExactMatchOptions {
  /** Default true. */
  readonly caseSensitive?: boolean;
  /** Removes white space at both ends of both texts. Default false. */
  readonly trim?: boolean;
  /** Compares texts in Unicode's normal form NFC. Default true. */
  readonly normalizeUnicode?: boolean;
}

/**
 * 1 when output and expected have the same canonical text, else 0.
 *
 * Strings are compared as they are, numbers by value, null and undefined as the empty text, objects and arrays as JSON
 * with sorted keys. Beside an object or array, a string that holds JSON is read as that JSON. NaN equals nothing: as an
 * output it scores 0, as the expected value it is an error, as are functions, promises and cycles.
 *
 * @throws INVALID_ARGUMENT for an unknown option or a flag that is no boolean.
 * @example
 * import { ExactMatch } from "@hyperfunc/eval";
 * const scorer = new ExactMatch({ caseSensitive: false });
 * console.log(scorer.score({ output: "PARIS", expected: "Paris" }).score); // 1
 * console.log(scorer.score({ output: "Rome", expected: "Paris" }).feedback); // Expected 'Paris' but got 'Rome'
 */
export class ExactMatch implements Scorer<unknown, unknown, unknown> {
  readonly name = "ExactMatch";
  readonly options: Readonly<Required<ExactMatchOptions>>;

  constructor(options: ExactMatchOptions = {}) {
    this.options = withDefaults(
      this.name,
      { caseSensitive: true, trim: false, normalizeUnicode: true },
      options,
    );
  }

  score({ output, expected }: ComparedOutput): ScoreResult {
    const wanted = this.#text(expected, output);
    if (wanted.problem !== undefined) return unjudged(`The expected value is ${wanted.problem}`);
    const got = this.#text(output, expected);
    if (got.problem !== undefined) return scored(0, `The output is ${got.problem}`);
    const equal = this.#folded(got.text) === this.#folded(wanted.text);
    return scored(equal ? 1 : 0, mismatch(got.text, wanted.text));
  }

  #text(value: unknown, other: unknown): ReturnType<typeof canonicalText> {
    const { trim, normalizeUnicode } = this.options;
    const besideStructure = typeof other === "object" && other !== null;
    const parsed = besideStructure && typeof value === "string" ? parseContainer(value) : undefined;
    const reading = canonicalText(parsed ?? value, normalizeUnicode);
    return trim && reading.text !== undefined ? { text: reading.text.trim() } : reading;
  }

  #folded(text: string): string {
    return this.options.caseSensitive ? text : foldCase(text);
  }
}
