import type { Scorer, ScoreResult } from "@hyperfunc/core";
import { jsonSimilarity, withoutKeys, type JsonDifference } from "./json-difference.js";
import { looksLikeContainer, parseJson } from "./json-text.js";
import { requireChoice, requireNonNegative, requireTexts, withDefaults } from "./options.js";
import { readPlain, type PlainReading } from "./plain-value.js";
import { scored, unjudged, type ComparedOutput } from "./result.js";
import { shownValue } from "./shown.js";

const MODES = ["exact", "partial"] as const;
const MOST_SHOWN = 5;

export interface JsonMatchOptions {
  /** "exact" scores 1 for equal JSON values and else 0, "partial" how similar they are. Default "partial". */
  readonly mode?: (typeof MODES)[number];
  /** Keys that do not count, in objects at any depth. Default none. */
  readonly ignoreKeys?: readonly string[];
  /** Largest difference of two numbers that counts as none. Default 0. */
  readonly numberTolerance?: number;
}

/**
 * How similar two JSON values are, whatever the order of their keys.
 *
 * Objects: mean over the union of their keys. Arrays, by position: sum divided by the longer length. Texts: 1 − edit
 * distance / longer length. Numbers: 1 − |e − o| / (|e| + |o|). Booleans and null: all or nothing. Values of different
 * kinds: edit distance of their JSON. `mode: "partial"` takes a missing key for null, and reads strings inside that
 * hold an object or array; `"exact"` does neither. Output and expected may be values or JSON text; an output that should
 * be JSON and is not scores 0, and an expected value that is undefined or broken JSON is an error. `details.differences`
 * lists the differing places by JSON Pointer (RFC 6901).
 *
 * @throws INVALID_ARGUMENT for an unknown option or mode, or a numberTolerance below 0.
 * @example
 * import { JsonMatch } from "@hyperfunc/eval";
 * const expected = { name: "Ada", born: 1815 };
 * const result = new JsonMatch({ mode: "exact" }).score({ output: '{"born": 1816, "name": "Ada"}', expected });
 * console.log(result.feedback); // 1 difference: /born: expected 1815 but got 1816
 */
export class JsonMatch implements Scorer<unknown, unknown, unknown> {
  readonly name = "JsonMatch";
  readonly options: Readonly<Required<JsonMatchOptions>>;

  constructor(options: JsonMatchOptions = {}) {
    this.options = withDefaults(this.name, { mode: "partial", ignoreKeys: [], numberTolerance: 0 }, options);
    requireChoice(this.name, "mode", this.options.mode, MODES);
    requireTexts(this.name, "ignoreKeys", this.options.ignoreKeys);
    requireNonNegative(this.name, "numberTolerance", this.options.numberTolerance);
  }

  score({ output, expected }: ComparedOutput): ScoreResult {
    const wanted = readExpected(expected, output);
    if (wanted.problem !== undefined) return unjudged(`The expected value is ${wanted.problem}`);
    const got = readOutput(output, wanted.value);
    if (got.problem !== undefined) return scored(0, `The output is ${got.problem}`);
    const { mode, numberTolerance } = this.options;
    const ignoreKeys = new Set(this.options.ignoreKeys);
    const [o, e] = [withoutKeys(got.value, ignoreKeys), withoutKeys(wanted.value, ignoreKeys)];
    const differences: JsonDifference[] = [];
    const rules = { lenient: mode === "partial", numberTolerance, ignoreKeys };
    const similarity = jsonSimilarity(o, e, rules, differences);
    const exact = differences.length === 0 ? 1 : 0;
    return scored(mode === "exact" ? exact : similarity, told(differences), { differences });
  }
}

/** A string is text itself, unless it holds an object or array, or the output shows that it holds another value. */
function readExpected(expected: unknown, output: unknown): PlainReading {
  if (expected === undefined) return { problem: "undefined; give a JSON value, or null" };
  if (typeof expected !== "string") return readPlain(expected, true);
  const { value, problem } = parseJson(expected);
  if (looksLikeContainer(expected)) {
    return problem === undefined ? readPlain(value, true) : { problem: `not valid JSON: ${problem}` };
  }
  const isText = problem !== undefined || typeof output === "string";
  return readPlain(isText ? expected : value, true);
}

/** A string is JSON text, unless a string was expected and it holds no object or array. */
function readOutput(output: unknown, expected: unknown): PlainReading {
  if (typeof output !== "string") return readPlain(output, true);
  const { value, problem } = parseJson(output);
  if (problem === undefined && (typeof expected !== "string" || looksLikeContainer(output))) {
    return readPlain(value, true);
  }
  if (typeof expected === "string") return readPlain(output, true);
  return { problem: `not valid JSON: ${problem}` };
}

function told(differences: readonly JsonDifference[]): string {
  const places = differences.slice(0, MOST_SHOWN).map((place) => {
    const where = place.path === "" ? "the whole value" : place.path;
    if (!("output" in place)) return `${where}: missing, expected ${shownValue(place.expected)}`;
    if (!("expected" in place)) return `${where}: not expected, got ${shownValue(place.output)}`;
    return `${where}: expected ${shownValue(place.expected)} but got ${shownValue(place.output)}`;
  });
  const rest = differences.length > MOST_SHOWN ? "; …" : "";
  const count = differences.length === 1 ? "1 difference" : `${differences.length} differences`;
  return `${count}: ${places.join("; ")}${rest}`;
}
