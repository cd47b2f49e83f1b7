/** What holds for every deterministic scorer. */
import { describe, expect, it } from "@jest/globals";
import { expectTypeOf } from "expect-type";
import fc from "fast-check";
import {
  example,
  hyperfunction,
  HyperSystem,
  isHyperfuncError,
  type Metric,
  type Scorer,
  type ScoreResult,
} from "@hyperfunc/core";
import { ClassificationAccuracy } from "./classification-accuracy.js";
import { CompositeScorer } from "./composite-scorer.js";
import { ContainsMatch } from "./contains-match.js";
import { ExactMatch } from "./exact-match.js";
import { F1 } from "./f1.js";
import { JsonMatch } from "./json-match.js";
import { Levenshtein } from "./levenshtein.js";
import { NumericDistance } from "./numeric-distance.js";
import { RegexMatch } from "./regex-match.js";

const SCORERS: Scorer<unknown, unknown, unknown>[] = [
  new ExactMatch(),
  new ClassificationAccuracy(),
  new ContainsMatch(),
  new RegexMatch({ pattern: "^1$" }),
  new RegexMatch(),
  new NumericDistance(),
  new NumericDistance({ find: "any" }),
  new Levenshtein(),
  new F1(),
  new JsonMatch(),
  new JsonMatch({ mode: "exact" }),
  new CompositeScorer([[new ExactMatch(), 1]]),
];

const cyclic: Record<string, unknown> = {};
cyclic["self"] = cyclic;
const revoked = Proxy.revocable([], {});
revoked.revoke();
const ODD: Record<string, unknown> = {
  null: null,
  undefined,
  NaN,
  "the empty text": "",
  "a symbol": Symbol("s"),
  "a function": () => "1",
  "a promise": Promise.resolve("1"),
  "a cycle": cyclic,
  "a revoked proxy": revoked.proxy,
  "a getter that throws": Object.defineProperty({}, "x", {
    enumerable: true,
    get: () => JSON.parse("{") as unknown,
  }),
  "a toJSON that throws": { toJSON: () => JSON.parse("{") as unknown },
  "a text without end": "(((([[[[{{{{".repeat(10_000),
  "deep JSON": "[".repeat(100_000) + "]".repeat(100_000),
  "punctuation without end": `a${".".repeat(60_000)}b`,
  "digits without end": `${"1".repeat(60_000)}x`,
  "many numbers": "7 ".repeat(20_000),
  "half a surrogate": "\ud800",
  "an object without prototype": Object.create(null),
  "a Map": new Map<unknown, unknown>([[{}, NaN]]),
  "an invalid date": new Date(NaN),
};

describe.each(
  SCORERS.map((scorer): [string, Scorer] => [
    `${scorer.name} ${JSON.stringify(Reflect.get(scorer, "options"))}`,
    scorer,
  ]),
)("%s", (_, scorer) => {
  const judge = (output: unknown, expected: unknown): ScoreResult =>
    scorer.score({ output, expected, inputs: {} }) as ScoreResult;
  const check = ({ score, feedback, details, status }: ScoreResult): void => {
    expect(score).toBeGreaterThanOrEqual(0);
    expect(score).toBeLessThanOrEqual(1);
    expect(feedback === "").toBe(score === 1);
    expect(details).toBeInstanceOf(Object);
    expect(status === "error" ? [score, details?.["error"]] : "ok").toEqual(
      status === "error" ? [0, feedback] : "ok",
    );
  };

  it("scores a perfect output 1, without feedback", () => {
    expect(judge("1", "1")).toMatchObject({ score: 1, feedback: "", status: "ok" });
  });

  it.each(Object.keys(ODD))("takes %s on either side", (name) => {
    const start = performance.now();
    check(judge(ODD[name], "1"));
    expect(judge(ODD[name], "1").status).toBe("ok");
    check(judge("1", ODD[name]));
    check(judge(ODD[name], ODD[name]));
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it("takes anything", () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
        fc.anything({ withSparseArray: true, withNullPrototype: true, withObjectString: true }),
        (output, expected) => check(judge(output, expected)),
      ),
      { numRuns: 100 },
    );
  });

  it("gives the same score again", () => {
    const first = judge("1 2", "1");
    expect(judge("1 2", "1")).toEqual(first);
  });
});

describe("options", () => {
  it.each([
    [
      () => new ExactMatch({ casesensitive: true } as object),
      'ExactMatch has no option "casesensitive"; its options are caseSensitive, trim, normalizeUnicode.',
    ],
    [() => new ExactMatch({ trim: "yes" } as object), "ExactMatch: trim must be true or false, got 'yes'."],
    [() => new ExactMatch(null as never), "ExactMatch takes an object of options, got null."],
    [() => new ContainsMatch({ mode: "some" as "any" }), 'mode must be one of "all", "any", got \'some\''],
    [() => new NumericDistance({ tolerance: -1 }), "tolerance must be a finite number from 0, got -1"],
    [() => new NumericDistance({ tolerance: NaN }), "tolerance must be a finite number from 0, got NaN"],
    [
      () => new NumericDistance({ relativeTolerance: Infinity }),
      "relativeTolerance must be a finite number from 0, got Infinity",
    ],
    [() => new NumericDistance({ maxDistance: 0 }), "maxDistance must be a finite number above 0, got 0"],
    [
      () => new NumericDistance({ maxDistance: 1, scale: "symmetric" }),
      'replaces scale "symmetric"; give one of them',
    ],
    [() => new NumericDistance({ scale: "log" as "symmetric" }), "scale must be one of"],
    [() => new NumericDistance({ find: "middle" as "any" }), "find must be one of"],
    [() => new RegexMatch({ pattern: "(?P<n>x)" }), "a named group is (?<name>…)"],
    [
      () => new RegexMatch({ pattern: "" }),
      "a pattern must be a RegExp or a string that is not empty, got ''",
    ],
    [() => new RegexMatch({ flags: "q" }), "Invalid flags"],
    [() => new RegexMatch({ flags: 2 as unknown as string }), 'flags must be a string such as "im", got 2'],
    [() => new RegexMatch({ timeoutMs: 0 }), "timeoutMs must be a finite number above 0, got 0"],
    [
      () => new JsonMatch({ ignoreKeys: "id" as unknown as string[] }),
      "ignoreKeys must be an array of strings, got 'id'",
    ],
    [() => new JsonMatch({ numberTolerance: -1 }), "numberTolerance must be a finite number from 0"],
    [() => new JsonMatch({ mode: "fuzzy" as "exact" }), "mode must be one of"],
    [
      () => new F1({ stopWords: [1] as unknown as string[] }),
      "stopWords must be an array of strings, got [1]",
    ],
  ])("%#: %s", (make, message) => {
    let thrown: unknown;
    try {
      make();
    } catch (error) {
      thrown = error;
    }
    expect(isHyperfuncError(thrown, "INVALID_ARGUMENT")).toBe(true);
    expect((thrown as Error).message).toContain(message);
  });

  it("may be undefined, and stay as they were made", () => {
    const { options } = new NumericDistance({ maxDistance: undefined, tolerance: undefined } as object);
    expect(options).toMatchObject({ tolerance: 0.01, find: "whole" });
    expect(Object.isFrozen(options)).toBe(true);
  });
});

describe("as a metric", () => {
  const echo = hyperfunction({ name: "echo" }, ({ text }: { text: string }) => text);
  class Echo extends HyperSystem<{ text: string }, string> {
    async run(inputs: { text: string }) {
      return echo(inputs);
    }
  }

  it("scores a system, and says so when an example cannot be judged", async () => {
    const examples = [example({ text: "Paris" }, "paris"), example({ text: "Rome" }, "paris")];
    const system = new Echo();
    expect(await system.evaluate(examples, new ExactMatch({ caseSensitive: false }))).toBe(0.5);
    const broken = [...examples, example({ text: "Rome" }, "")];
    await expect(system.evaluate(broken, new ContainsMatch())).rejects.toThrow(
      "Scorer ContainsMatch could not judge: The expected value '' is no text to look for",
    );
  });

  it("fits every system's types", () => {
    expectTypeOf<ExactMatch>().toExtend<Metric<{ text: string }, string, string>>();
    expectTypeOf<JsonMatch>().toExtend<Metric<{ q: number }, { a: number }, { a: number }>>();
    expectTypeOf<CompositeScorer>().toExtend<Metric<{ text: string }, string, string>>();
    expectTypeOf(new ExactMatch().score({ output: 1, expected: 1 })).toEqualTypeOf<ScoreResult>();
    // @ts-expect-error -- an unknown option
    expect(() => new ExactMatch({ ignoreCase: true })).toThrow();
    // @ts-expect-error -- no expected value
    new ExactMatch().score({ output: 1 });
  });
});
