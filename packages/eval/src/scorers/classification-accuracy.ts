import type { Scorer, ScoreResult } from "@hyperfunc/core";
import { foldCase, scalarText } from "./canonical-text.js";
import { withDefaults } from "./options.js";
import { scored, unjudged, type ComparedOutput } from "./result.js";
import { shownValue } from "./shown.js";

export interface ClassificationAccuracyOptions {
  /** Default true. */
  readonly caseSensitive?: boolean;
  /** Removes white space at both ends of both labels. Default false. */
  readonly trim?: boolean;
}

/**
 * 1 when the predicted label is the expected one, else 0; the mean over examples is the accuracy.
 *
 * A label is a string, number, boolean or bigint, and is compared as its text (the number 1 is "1"), in Unicode's
 * normal form NFC. Anything else is no label: as an output it scores 0; as the expected value it is an error, as are
 * null and the empty text. `details` holds `predicted` and `expected`, from which a confusion matrix can be counted.
 *
 * @throws INVALID_ARGUMENT for an unknown option or a flag that is no boolean.
 * @example
 * import { ClassificationAccuracy } from "@hyperfunc/eval";
 * const scorer = new ClassificationAccuracy({ caseSensitive: false, trim: true });
 * console.log(scorer.score({ output: "Positive\n", expected: "positive" }).score); // 1
 * console.log(scorer.score({ output: "negative", expected: "positive" }).feedback); // Predicted 'negative', expected 'positive'
 */
export class ClassificationAccuracy implements Scorer<unknown, unknown, unknown> {
  readonly name = "ClassificationAccuracy";
  readonly options: Readonly<Required<ClassificationAccuracyOptions>>;

  constructor(options: ClassificationAccuracyOptions = {}) {
    this.options = withDefaults(this.name, { caseSensitive: true, trim: false }, options);
  }

  score({ output, expected }: ComparedOutput): ScoreResult {
    const details = { predicted: output, expected };
    const wanted = this.#label(expected);
    if (wanted === undefined || wanted === "") {
      return unjudged(`The expected value ${shownValue(expected)} is no label`, details);
    }
    const feedback = `Predicted ${shownValue(output)}, expected ${shownValue(expected)}`;
    return scored(this.#label(output) === wanted ? 1 : 0, feedback, details);
  }

  #label(value: unknown): string | undefined {
    const text = scalarText(value);
    if (text === undefined) return undefined;
    const trimmed = this.options.trim ? text.trim() : text;
    return this.options.caseSensitive ? trimmed : foldCase(trimmed);
  }
}
