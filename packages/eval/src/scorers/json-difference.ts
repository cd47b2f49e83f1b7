/** Where two JSON values differ, and how much. */
import { stableJson } from "./canonical-text.js";
import { parseContainer } from "./json-text.js";
import { textSimilarity } from "./levenshtein.js";
import { numberSimilarity } from "./number-similarity.js";
import { isPlainObject, readPlain, type Plain } from "./plain-value.js";

/** A place where the values differ; `path` is a JSON Pointer (RFC 6901), empty for the whole value. */
export interface JsonDifference {
  readonly path: string;
  /** Absent where the output has something that was not expected. */
  readonly expected?: unknown;
  /** Absent where the output lacks something. */
  readonly output?: unknown;
}

export interface JsonRules {
  /** Lenient: strings that hold an object or array are read as it, and a missing key is like null. */
  readonly lenient: boolean;
  /** Largest difference of numbers that counts as none. */
  readonly numberTolerance: number;
  /** Keys left out of every object. */
  readonly ignoreKeys: ReadonlySet<string>;
}

/**
 * Similarity from 0 to 1: objects the mean over the union of their keys, arrays the sum over their positions divided by
 * the longer length, texts by edit distance, numbers 1 − |e − o| / (|e| + |o|), booleans and null all or nothing, and
 * values of different kinds by the edit distance of their JSON. Differing places are added to `differences`.
 */
export function jsonSimilarity(
  output: Plain | undefined,
  expected: Plain | undefined,
  rules: JsonRules,
  differences: JsonDifference[],
  path = "",
): number {
  const [o, e] = [prepared(output, rules), prepared(expected, rules)];
  if (isPlainObject(o) && isPlainObject(e)) {
    const keys = [...new Set([...Object.keys(e), ...Object.keys(o)])];
    const scores = keys.map((key) =>
      jsonSimilarity(o[key], e[key], rules, differences, `${path}/${escaped(key)}`),
    );
    return keys.length === 0 ? 1 : sum(scores) / keys.length;
  }
  if (Array.isArray(o) && Array.isArray(e)) {
    const length = Math.max(o.length, e.length);
    const scores = Array.from({ length }, (_, i) => {
      const both = i < o.length && i < e.length;
      const here = `${path}/${i}`;
      if (both) return jsonSimilarity(o[i], e[i], rules, differences, here);
      differences.push(difference(here, o[i], e[i]));
      return 0;
    });
    return length === 0 ? 1 : sum(scores) / length;
  }
  const score = leafSimilarity(o, e, rules);
  if (score < 1) differences.push(difference(path, o, e));
  return score;
}

function leafSimilarity(output: Plain | undefined, expected: Plain | undefined, rules: JsonRules): number {
  if (output === expected || (rules.lenient && isNothing(output) && isNothing(expected))) return 1;
  if (isNothing(output) || isNothing(expected)) return 0;
  if (typeof output === "number" && typeof expected === "number") {
    if (Math.abs(output - expected) <= rules.numberTolerance) return 1;
    return numberSimilarity(output, expected, "symmetric");
  }
  // Edit distances of long texts take time, and here only equality counts.
  if (!rules.lenient) return 0;
  if (typeof output === "boolean" && typeof expected === "boolean") return 0;
  if (typeof output === "string" && typeof expected === "string") {
    return textSimilarity(output, expected).score;
  }
  return textSimilarity(stableJson(output), stableJson(expected)).score;
}

function isNothing(value: Plain | undefined): value is null | undefined {
  return value === null || value === undefined;
}

function prepared(value: Plain | undefined, { lenient, ignoreKeys }: JsonRules): Plain | undefined {
  if (!lenient || typeof value !== "string") return value;
  const parsed = parseContainer(value);
  const plain = parsed === undefined ? undefined : readPlain(parsed, true).value;
  return plain === undefined ? value : withoutKeys(plain, ignoreKeys);
}

export function withoutKeys(value: Plain, ignored: ReadonlySet<string>): Plain {
  if (ignored.size === 0 || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((entry) => withoutKeys(entry, ignored));
  const kept = Object.create(null) as { [key: string]: Plain };
  for (const [key, inner] of Object.entries(value)) {
    if (!ignored.has(key)) kept[key] = withoutKeys(inner, ignored);
  }
  return kept;
}

function difference(path: string, output: Plain | undefined, expected: Plain | undefined): JsonDifference {
  return {
    path,
    ...(expected === undefined ? {} : { expected }),
    ...(output === undefined ? {} : { output }),
  };
}

function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
