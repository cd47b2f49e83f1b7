/**
 * The cases of other evaluators' test suites that concern a scorer of ours, and where ours differs on purpose.
 *
 * Each has the score of the other evaluator. Without `difference` ours is the same; with it ours is as given, and
 * docs/scorers.md has a row of that name.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import type { Scorer, ScoreResult } from "@hyperfunc/core";
import { ContainsMatch } from "./contains-match.js";
import { ExactMatch } from "./exact-match.js";
import { F1 } from "./f1.js";
import { JsonMatch } from "./json-match.js";
import { Levenshtein } from "./levenshtein.js";
import { NumericDistance, type NumericDistanceOptions } from "./numeric-distance.js";
import { RegexMatch } from "./regex-match.js";

interface Case {
  readonly output: unknown;
  readonly expected: unknown;
  readonly theirs: number | "throws";
  readonly difference?: string;
  readonly ours?: number | "error";
  /** In place of the suite's. */
  readonly scorer?: Scorer;
}

interface Suite {
  readonly evaluator: "autoevals" | "inspect_ai";
  readonly title: string;
  readonly scorer: Scorer;
  readonly cases: readonly Case[];
}

const same = (output: unknown, expected: unknown, theirs: number): Case => ({ output, expected, theirs });

const differs = (
  difference: string,
  output: unknown,
  expected: unknown,
  theirs: Case["theirs"],
  ours: number | "error",
  scorer?: Scorer,
): Case => ({ output, expected, theirs, difference, ours, ...(scorer === undefined ? {} : { scorer }) });

const TEXTS = [
  same("", "", 1),
  same("", "a", 0),
  same("a", "", 0),
  same("a", "a", 1),
  same("a", "b", 0),
  same("ab", "ac", 0.5),
  same("ac", "bc", 0.5),
  same("abc", "axc", 0.66667),
  same("xabxcdxxefxgx", "1ab2cd34ef5g6", 0.53846),
];

const ABC = { a: 1, b: 2 };

const AUTOEVALS: Suite[] = [
  {
    evaluator: "autoevals",
    title: "ExactMatch",
    scorer: new ExactMatch(),
    cases: [
      same("hello", "hello", 1),
      same("hello", "world", 0),
      same(123, 123, 1),
      same(123, "123", 1),
      same(ABC, { ...ABC }, 1),
      same(ABC, { a: 1, b: 3 }, 0),
      same([1, 2, 3], [1, 2, 3], 1),
      same([1, 2, 3], [3, 2, 1], 0),
      same(ABC, '{"a": 1, "b": 2}', 1),
      same(ABC, '{"a":1, "b":2}', 1),
      same(ABC, { b: 2, a: 1, c: 3 }, 0),
      same(null, null, 1),
      same(null, undefined, 1),
      differs("ExactMatch: order of keys", ABC, { b: 2, a: 1 }, 0, 1),
      differs("ExactMatch: order of keys", ABC, '{"b":2, "a":1}', 0, 1),
      // Only in the Python suite; JavaScript does the same with "null".
      differs("ExactMatch: null and its name", null, "None", 1, 0),
      differs("ExactMatch: null and its name", null, "null", 1, 0),
    ],
  },
  {
    evaluator: "autoevals",
    title: "Levenshtein",
    scorer: new Levenshtein(),
    cases: [
      ...TEXTS,
      differs("missing expected value", "a", undefined, "throws", "error"),
      differs("Levenshtein: objects", { a: 1 }, { b: 2 }, 1, 5 / 7),
      differs("Levenshtein: unit of length", "😀a", "😀b", 2 / 3, 0.5),
    ],
  },
  {
    evaluator: "autoevals",
    title: "NumericDiff",
    scorer: new NumericDistance({ scale: "symmetric", tolerance: 0 }),
    cases: [
      same(0, 0, 1),
      same(0, 1, 0),
      same(1, 2, 0.66667),
      same(-1, 2, 0),
      differs("missing expected value", 1, undefined, "throws", "error"),
      differs("NumericDiff: NaN", NaN, 1, NaN, 0),
      differs("NumericDiff: NaN", 1, NaN, NaN, "error"),
      differs("NumericDiff: numbers as texts", "1,000", 1000, NaN, 1),
    ],
  },
  {
    evaluator: "autoevals",
    title: "JSONDiff",
    scorer: new JsonMatch(),
    cases: [
      ...TEXTS,
      same(null, null, 1),
      same(undefined, null, 1),
      same("", null, 0),
      same([], {}, 0),
      same([], [], 1),
      same({}, {}, 1),
      same({ a: 1 }, { a: 1 }, 1),
      same({ a: 1 }, { a: 2 }, 0.66667),
      same({ a: 1 }, ["a", 1], 0.57143),
      same({ a: 1 }, { b: { a: 1 } }, 0),
      same({ a: 1 }, { a: null }, 0),
      same({ mapping: { a: "foo", b: "bar" } }, { mapping: { a: "Foo", b: "Bar" }, Extra: 5 }, 0.33333),
      same('{"x": 1, "y": 2}', '{"y": 2, "x": 1}', 1),
      same('{"zs": ["a", "b"], "x": 1, "y": 2}', '{"y": 2, "zs": ["a", "b"], "x": 1}', 1),
      same('{"o1": {"x": 1, "y": 2}}', '{"o1": {"y": 2, "x": 1}}', 1),
      same('{"xs": [{"o1": {"x": 1, "y": [2]}}]}', '{"xs": [{"o1": {"y": [2], "x": 1}}]}', 1),
      same('{"o1": {"x": 2, "y": 2}}', '{"o1": {"y": 2, "x": 1}}', 0.83333),
      same({ o1: { x: 2, y: 2 } }, '{"o1": {"y": 2, "x": 1}}', 0.83333),
      same('{"x": 1, "y": 2}', '{"x": 1, "z": 2}', 0.33333),
      same("[1, 2]", "[1, 2]", 1),
      same("[1, 2]", "[2, 1]", 0.66667),
      differs("JSONDiff: booleans that differ", { a: true }, { a: false }, 0.2, 0),
      differs("JSONDiff: broken JSON", "{a: 1}", { a: 1 }, 0.375, 0),
      differs("JSONDiff: a number as JSON text", "100", 100, 0.6, 1),
      differs("missing expected value", { a: 1 }, undefined, 0, "error"),
    ],
  },
];

const numeric = (find: NonNullable<NumericDistanceOptions["find"]>): Scorer =>
  new NumericDistance({ find, tolerance: 0 });
const at = (
  find: NonNullable<NumericDistanceOptions["find"]>,
  output: string,
  expected: string,
  theirs: number,
): Case => ({ ...same(output, expected, theirs), scorer: numeric(find) });

const MATCH: Suite = {
  evaluator: "inspect_ai",
  title: "match(numeric=True)",
  scorer: numeric("last"),
  cases: [
    same("28 + 32 = 60\nThis solves the problem.", "60", 1),
    same("**ANSWER: 28 + 32 = 60**\nThis solves the problem.", "60", 1),
    same("28 + 32 = 60%", "32", 1),
    same("The answer is 25", "5", 0),
    same("the value is 110", "10", 0),
    at("first", "50 is the answer", "5", 0),
    at("any", "got 25 here", "5", 0),
    at("any", "first 7 then 25 then done", "25", 1),
    same("5", "-5", 0),
    same("the result is -5", "-5", 1),
    same("the result is -5 exactly", "-5", 1),
    same("pi is approximately 3.14", "3.14", 1),
    same("pi is approximately 33.14", "3.14", 0),
    same("the value is 1000", "1e3", 1),
    same("2.0", "2", 1),
    same("result: -5.0", "-5", 1),
    at("whole", "5 some text", "5", 0),
    at("whole", "5abc", "5", 0),
    at("whole", "5", "5", 1),
    same("answer: \u22125", "-5", 1),
    same("the result is ½", "0.5", 1),
    at("any", "got -½ as the result", "-0.5", 1),
    same("answer 2½", "2.5", 1),
    same("the answer is １２３", "123", 1),
    same("the answer is -½ extra", "-0.5", 1),
    at("first", "leading text then -½", "-0.5", 1),
    differs("match: numerals of other scripts", "result: 三", "3", 1, 0),
    differs("match: a wrong number", "got 7 and 11", "25", 0, 1 - 14 / 26, numeric("any")),
    differs("match: a percentage", "28 + 32 = 60%", "60%", 1, "error"),
    differs("a list of targets", "28 + 32 = 60%\nThis solves the problem.", ["60", "60%"], 1, "error"),
    differs("match: digits compared", "1000001", "1000000", 1, 1 - 1 / 1_000_001),
    differs("match: decimal comma", "1,5", "15", 1, 0),
  ],
};

const groups = (
  pattern: string,
  output: string,
  expected: string,
  theirs: number,
  ours: number = theirs,
): Case => ({
  ...same(output, expected, theirs),
  ...(ours === theirs ? {} : { difference: "pattern, answer: groups and the target", ours }),
  scorer: new RegexMatch({ pattern }),
});
const LETTER = "ANSWER\\s*:\\s*([A-Za-z])(?:[^\\w]|\\n|$)(?![^]*ANSWER\\s*:)";

const PATTERN: Suite = {
  evaluator: "inspect_ai",
  title: "pattern, answer",
  scorer: new RegexMatch(),
  cases: [
    groups("(foo)", "foo", "foo", 1),
    groups("(foo)", "foo", "target doesn't match", 0, 1),
    groups("(foo)", "model doesn't match", "foo", 0),
    groups("(FOO)", "foo", "foo", 1),
    groups("(foo) (bar)", "foo bar", "foo", 1),
    groups("(foo) (bar)", "foo bar", "bar", 1),
    groups("(foo) (foo)", "foo foo", "foo", 1),
    groups("(foo|bar) (foo|bar)", "foo bar", "bar", 0, 1),
    groups("(foo) (bar)", "foo bar", "target doesn't match", 0, 1),
    groups("(foo) (bar)", "model doesn't match", "bar", 0),
    groups("(f[oz]o) (b[az]r)", "foo bzr", "bar", 0, 1),
    groups("ANSWER: (A|B)", "ANSWER: A", "B", 0, 1),
    groups("ANSWER: (A|B) ALTERNATE_ANSWER: (A|B)", "ANSWER: A ALTERNATE_ANSWER: A", "B", 0, 1),
    groups("ANSWER:\\s*(\\d+)?", "ANSWER: ", "42", 0, 1),
    groups(LETTER, "ANSWER: B", "B", 1),
    groups(LETTER, "ANSWER: B", "C", 0, 1),
    groups(LETTER, "ANSWER: Yes", "No", 0),
    groups(LETTER, "Let me think. ANSWER: A\nWait, that is wrong.\nANSWER: B", "B", 1),
  ],
};

const trimmed = new ExactMatch({ trim: true, caseSensitive: false });

const CLASSIFICATION: Suite[] = [
  {
    evaluator: "inspect_ai",
    title: "exact",
    scorer: trimmed,
    cases: [
      same("foo", "foo", 1),
      same("foo1", "foo", 0),
      same("hello", " hello", 1),
      same("hello", "", 0),
      same("world hello", "hello world", 0),
      same("hello hello", "hello", 0),
      differs("a list of targets", "foo", ["foobar", "boofar", "foo"], 1, 0),
      differs("exact: normalisation", "(3.14)", "3.14", 1, 0),
      differs("exact: normalisation", "3,000", "3000", 1, 0),
      differs("exact: normalisation", "$1,000.", "1000", 1, 0),
      differs("exact: normalisation", "don't", "dont", 1, 0),
      differs("exact: normalisation", "U.S.", "US", 1, 0),
      // F1 normalises in the same way.
      ...[
        ["(3.14)", "3.14"],
        ["3,000", "3000"],
        ["$1,000.", "1000"],
        ["don't", "dont"],
        ["U.S.", "US"],
      ].map(([output, expected]) => ({ ...same(output, expected, 1), scorer: new F1() })),
    ],
  },
  {
    evaluator: "inspect_ai",
    title: "f1",
    scorer: new F1(),
    cases: [
      same("foo", "foo", 1),
      same("foo1", "foo", 0),
      same("Paris", ["Paris, Texas", "Paris"], 1),
      { ...same("Paris", "Paris, Texas", 0), scorer: new F1({ stopWords: ["Paris"] }) },
      { ...same("Paris", "Paris, Texas", 1), scorer: new F1({ stopWords: ["Texas"] }) },
      same("hello", " hello", 1),
      same("hello", ["", "hello"], 1),
      same("(3.14)", "3.14", 1),
      same("The answer is 3.14.", "3.14", 0.5),
      differs("f1: rounding", "Paris", "Paris, Texas", 0.67, 2 / 3),
      differs("f1: an empty target", "hello", "", 0, "error"),
      differs("f1: repeated words", "ha ha ha", "ha", 1, 0.5),
    ],
  },
  {
    evaluator: "inspect_ai",
    title: "includes",
    scorer: new ContainsMatch({ mode: "any" }),
    cases: [
      same("The answer is Paris.", "paris", 1),
      same("HAUPTSTRASSE", "straße", 1),
      same("The answer is Rome.", "paris", 0),
      same("The answer is Rome.", ["paris", "rome"], 1),
      differs("includes: an empty target", "anything", "", 1, "error"),
    ],
  },
];

const SUITES = [...AUTOEVALS, MATCH, PATTERN, ...CLASSIFICATION];

describe.each(SUITES)("$evaluator, $title", ({ scorer, cases }) => {
  it.each(cases)("$output beside $expected: $theirs", async (given) => {
    const { output, expected, theirs, difference } = given;
    const ours: ScoreResult = await (given.scorer ?? scorer).score({ output, expected, inputs: {} });
    if (difference === undefined) {
      expect(ours.status).toBe("ok");
      expect(ours.score).toBeCloseTo(theirs as number, 4);
      return;
    }
    if (given.ours === "error") expect(ours.status).toBe("error");
    else {
      expect(ours.score).toBeCloseTo(given.ours as number, 9);
      expect(ours.score).not.toBe(theirs);
    }
  });
});

it("has a row in docs/scorers.md for every difference, and no other", () => {
  const text = readFileSync(new URL("../../../../docs/scorers.md", import.meta.url), "utf8");
  const section = text.split("\n## Other evaluators' conventions\n")[1] ?? "";
  const documented = section
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter(([, evaluator]) => evaluator === "autoevals" || evaluator === "inspect_ai")
    .map(([, evaluator, difference]) => `${evaluator}, ${difference}`);
  const found = SUITES.flatMap(({ evaluator, cases }) =>
    cases.flatMap(({ difference }) => (difference === undefined ? [] : [`${evaluator}, ${difference}`])),
  );
  expect([...new Set(found)].sort()).toEqual(documented.sort());
});
