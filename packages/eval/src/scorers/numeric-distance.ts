import { invalidArgument, type Scorer, type ScoreResult } from "@hyperfunc/core";
import { numberSimilarity } from "./number-similarity.js";
import { numbersIn, parseNumber } from "./number-text.js";
import { requireChoice, requireNonNegative, requirePositive, withDefaults } from "./options.js";
import { scored, unjudged, type ComparedOutput } from "./result.js";
import { shownValue } from "./shown.js";

const SCALES = ["expected", "symmetric"] as const;
const FINDS = ["whole", "first", "last", "any"] as const;

export interface NumericDistanceOptions {
  /** Largest |output − expected| that scores 1. Default 0.01. */
  readonly tolerance?: number;
  /** Largest |output − expected| that scores 1, as a share of the larger of both. Default 0. */
  readonly relativeTolerance?: number;
  /** The distance at which the score reaches 0, in place of `scale`. */
  readonly maxDistance?: number | undefined;
  /** The distance at which the score reaches 0: |expected| + 1, or |expected| + |output|. Default "expected". */
  readonly scale?: (typeof SCALES)[number] | undefined;
  /** Where the number is in an output that is a text; "any" takes the one that scores best. Default "whole". */
  readonly find?: (typeof FINDS)[number];
}

/**
 * How near a number is: 1 within the tolerance, beyond it max(0, 1 − |d| / (maxDistance ?? |expected| + 1)).
 *
 * The score jumps at the edge of the tolerance; `tolerance: 0` makes it continuous. `{ scale: "symmetric", tolerance: 0
 * }` is 1 − |d| / (|expected| + |output|). Numbers may be texts such as "1,234.5"; null, "", arrays, booleans and NaN
 * are not numbers: as an output they score 0, as the expected value they are an error.
 *
 * @throws INVALID_ARGUMENT for a tolerance below 0, a maxDistance that is not above 0, or one beside a scale.
 * @example
 * import { NumericDistance } from "@hyperfunc/eval";
 * const scorer = new NumericDistance({ tolerance: 0.01 });
 * console.log(scorer.score({ output: "3.14", expected: 3.14159 }).score); // 1
 * console.log(scorer.score({ output: 3, expected: 4 }).feedback); // Off by 1.0000 (expected 4, got 3)
 */
export class NumericDistance implements Scorer<unknown, unknown, unknown> {
  readonly name = "NumericDistance";
  readonly options: Readonly<Required<NumericDistanceOptions>>;

  constructor(options: NumericDistanceOptions = {}) {
    this.options = withDefaults(
      this.name,
      { tolerance: 0.01, relativeTolerance: 0, maxDistance: undefined, scale: undefined, find: "whole" },
      options,
    );
    const { tolerance, relativeTolerance, maxDistance, scale, find } = this.options;
    requireNonNegative(this.name, "tolerance", tolerance);
    requireNonNegative(this.name, "relativeTolerance", relativeTolerance);
    requireChoice(this.name, "find", find, FINDS);
    if (scale !== undefined) requireChoice(this.name, "scale", scale, SCALES);
    if (maxDistance === undefined) return;
    requirePositive(this.name, "maxDistance", maxDistance);
    if (scale !== undefined) {
      throw invalidArgument(
        `${this.name}: maxDistance ${maxDistance} replaces scale "${scale}"; give one of them.`,
      );
    }
  }

  score({ output, expected }: ComparedOutput): ScoreResult {
    const [wanted] = numbersOf(expected, "whole");
    if (wanted === undefined) {
      return unjudged(`The expected value ${shownValue(expected)} is not numeric; give a number`);
    }
    const { find } = this.options;
    const judgements = numbersOf(output, find).map((got) => ({
      got,
      score: this.#nearness(got, wanted),
      difference: got === wanted ? 0 : Math.abs(got - wanted),
    }));
    const [first, ...others] = judgements;
    if (first === undefined) {
      const what = find === "whole" ? "Cannot convert to numeric" : "No number in";
      return scored(0, `${what}: ${shownValue(output)}`, { expected: wanted });
    }
    const { got, score, difference } = others.reduce(
      (best, next) => (isBetter(next, best) ? next : best),
      first,
    );
    return scored(score, `Off by ${shownDistance(difference)} (expected ${wanted}, got ${got})`, {
      output: got,
      expected: wanted,
      difference,
    });
  }

  #nearness(output: number, expected: number): number {
    const { tolerance, relativeTolerance, maxDistance, scale } = this.options;
    const largest = Math.max(Math.abs(output), Math.abs(expected));
    // An infinite number would be within any share of itself.
    const allowed = Number.isFinite(largest) ? Math.max(tolerance, relativeTolerance * largest) : 0;
    if (Math.abs(output - expected) <= allowed) return 1;
    return numberSimilarity(output, expected, maxDistance ?? scale ?? "expected");
  }
}

interface Candidate {
  readonly score: number;
  readonly difference: number;
}

function isBetter(next: Candidate, best: Candidate): boolean {
  return next.score > best.score || (next.score === best.score && next.difference < best.difference);
}

/** The numbers to judge, none where there is none; `Number("")`, `Number(null)` and `Number([])` would be 0. */
function numbersOf(value: unknown, find: (typeof FINDS)[number]): number[] {
  if (typeof value === "number") return Number.isNaN(value) ? [] : [value];
  if (typeof value === "bigint") return [Number(value)];
  if (typeof value !== "string") return [];
  const whole = parseNumber(value);
  if (find === "whole" || whole !== undefined) return whole === undefined ? [] : [whole];
  const found = numbersIn(value);
  return find === "any" ? found : found.slice(...(find === "first" ? [0, 1] : [-1]));
}

function shownDistance(distance: number): string {
  return distance >= 0.0001 && distance < 1e6 ? distance.toFixed(4) : String(Number(distance.toPrecision(4)));
}
