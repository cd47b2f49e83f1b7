import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { canonicalText, foldCase } from "./canonical-text.js";
import { ExactMatch } from "./exact-match.js";

describe("ExactMatch", () => {
  it("shows short texts, and the lengths of long ones", () => {
    const scorer = new ExactMatch();
    expect(scorer.score({ output: "b", expected: "a" }).feedback).toBe("Expected 'a' but got 'b'");
    expect(scorer.score({ output: "b".repeat(101), expected: "a" }).feedback).toBe(
      "Output does not match expected (lengths: 101 vs 1)",
    );
    expect(scorer.score({ output: { b: 1, a: null }, expected: [] }).feedback).toBe(
      `Expected '[]' but got '{"a":null,"b":1}'`,
    );
  });

  it("names an output that has no text", () => {
    const scorer = new ExactMatch();
    const told = (output: unknown): string => scorer.score({ output, expected: "a" }).feedback;
    expect(told(Promise.resolve("a"))).toBe("The output is a promise; await it first");
    expect(told(NaN)).toBe("The output is NaN");
    expect(told(new Map([["a", new Map()]]))).toContain(`'{"a":{}}'`);
    expect(scorer.score({ output: "a", expected: NaN }).feedback).toBe("The expected value is NaN");
  });

  it("keeps trimming and folding apart", () => {
    const judge = (options: object): number =>
      new ExactMatch(options).score({ output: " A", expected: "a" }).score;
    expect([{}, { trim: true }, { caseSensitive: false }].map(judge)).toEqual([0, 0, 0]);
    expect(judge({ trim: true, caseSensitive: false })).toBe(1);
  });

  it("reads a text as JSON beside a structure only", () => {
    const judge = (expected: unknown): number =>
      new ExactMatch().score({ output: '{"a": 1}', expected }).score;
    expect([judge({ a: 1 }), judge('{"a": 1}'), judge('{"a":1}')]).toEqual([1, 1, 0]);
  });

  it("tells integers apart that are one number", () => {
    const judge = (output: unknown): number => new ExactMatch().score({ output, expected: 2n ** 53n }).score;
    expect([judge(2n ** 53n), judge(2n ** 53n + 1n)]).toEqual([1, 0]);
  });

  it("takes __proto__ for a key like any other", () => {
    const output = JSON.parse('{"__proto__": {"a": 1}}') as unknown;
    expect(new ExactMatch().score({ output, expected: {} }).score).toBe(0);
    expect(new ExactMatch().score({ output, expected: '{"__proto__": {"a": 1}}' }).score).toBe(1);
  });

  it("sorts keys after they are normalised", () => {
    const [composed, decomposed] = [
      { "\u00e9": 1, f: 2 },
      { f: 2, "e\u0301": 1 },
    ];
    expect(new ExactMatch().score({ output: composed, expected: decomposed }).score).toBe(1);
  });
});

describe("canonicalText", () => {
  it("agrees with JSON.stringify on JSON with sorted keys", () => {
    const sorted = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(sorted)
        : typeof value === "object" && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .sort(([a], [b]) => (`${a}!` < `${b}!` ? -1 : 1))
                .map(([key, inner]) => [`${key}!`, sorted(inner)]),
            )
          : value;
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // A sign behind each key keeps whole numbers from being sorted first.
        const plain = sorted(value);
        const again = JSON.parse(JSON.stringify(plain), (_, inner: unknown) =>
          Object.is(inner, -0) ? 0 : inner,
        ) as unknown;
        if (typeof plain === "object" && plain !== null) {
          expect(canonicalText(plain, false).text).toBe(JSON.stringify(again));
        }
      }),
    );
  });
});

describe("foldCase", () => {
  it.each([
    ["STRASSE", "straße"],
    ["STRAẞE", "strasse"],
    ["ΟΔΟΣ", "οδος"],
    ["ﬁ", "FI"],
    ["\u212a", "k"],
    ["İ", "i\u0307"],
    ["µ", "\u03bc"],
  ])("takes %s for %s", (one, other) => {
    expect(foldCase(one)).toBe(foldCase(other));
  });

  it("keeps the dotless i apart, and finds a word-final sigma inside a word", () => {
    expect(foldCase("ı")).not.toBe(foldCase("i"));
    expect(foldCase("ΟΔΟΣΑ")).toContain(foldCase("ΟΔΟΣ"));
  });
});
