import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { JsonMatch } from "./json-match.js";

/** `fc.jsonValue` as JSON.parse gives it. */
const json = fc.json().map((text) => JSON.parse(text) as unknown);
const container = fc.oneof(
  fc.array(json, { maxLength: 4 }),
  fc.dictionary(fc.string(), json, { maxKeys: 4, noNullPrototype: true }),
);

describe("JsonMatch", () => {
  it("lists the places that differ by JSON Pointer", () => {
    const result = new JsonMatch().score({
      output: { "a/b": 1, "m~n": [1, 2], extra: true },
      expected: { "a/b": 2, "m~n": [1], lost: "x" },
    });
    expect(result.details?.["differences"]).toEqual([
      { path: "/a~1b", expected: 2, output: 1 },
      { path: "/m~0n/1", output: 2 },
      { path: "/lost", expected: "x" },
      { path: "/extra", output: true },
    ]);
    expect(result.feedback).toBe(
      "4 differences: /a~1b: expected 2 but got 1; /m~0n/1: not expected, got 2; /lost: missing, expected 'x'; /extra: not expected, got true",
    );
    expect(result.score).toBeCloseTo((2 / 3 + 1 / 2 + 0 + 0) / 4, 12);
  });

  it("shows five of many differences, and the whole value as such", () => {
    const scorer = new JsonMatch();
    const many = scorer.score({ output: [1, 2, 3, 4, 5, 6], expected: [] });
    expect(many.feedback).toMatch(/^6 differences: .*\/4: not expected, got 5; …$/);
    expect(scorer.score({ output: "a", expected: "b" }).feedback).toBe(
      "1 difference: the whole value: expected 'b' but got 'a'",
    );
  });

  it("says why an output is no JSON", () => {
    const result = new JsonMatch().score({ output: "```json\n{}\n```", expected: {} });
    expect(result).toMatchObject({
      score: 0,
      status: "ok",
      feedback: expect.stringMatching(/^The output is not valid JSON: ./),
    });
  });

  it.each(["exact", "partial"] as const)("finds every value equal to its own JSON, mode %s", (mode) => {
    const scorer = new JsonMatch({ mode });
    fc.assert(
      fc.property(container, (value) => {
        const reversed = JSON.stringify(value, (_, inner: unknown) =>
          typeof inner === "object" && inner !== null && !Array.isArray(inner)
            ? Object.fromEntries(Object.entries(inner).reverse())
            : inner,
        );
        for (const [output, expected] of [
          [reversed, value],
          [value, reversed],
          [value, value],
        ]) {
          expect(scorer.score({ output, expected })).toMatchObject({
            score: 1,
            details: { differences: [] },
          });
        }
      }),
    );
  });

  it("scores alike both ways, and exactly 1 only where nothing differs", () => {
    const [partial, exact] = [new JsonMatch(), new JsonMatch({ mode: "exact" })];
    fc.assert(
      fc.property(container, container, (a, b) => {
        const there = partial.score({ output: a, expected: b });
        expect(partial.score({ output: b, expected: a }).score).toBeCloseTo(there.score, 12);
        if (exact.score({ output: a, expected: b }).score === 1) expect(there.score).toBe(1);
      }),
    );
  });

  it("leaves keys out at every depth, in texts that hold JSON too", () => {
    const scorer = new JsonMatch({ ignoreKeys: ["id"] });
    expect(
      scorer.score({ output: { id: 1, a: [{ id: 2, b: 1 }] }, expected: { a: [{ b: 1 }], id: 3 } }).score,
    ).toBe(1);
    expect(scorer.score({ output: { a: '{"id": 1}' }, expected: { a: {} } }).score).toBe(1);
    expect(new JsonMatch().score({ output: { id: 1 }, expected: { id: 2 } }).score).toBeLessThan(1);
  });

  it("takes near numbers for equal within the tolerance", () => {
    const judge = (numberTolerance: number): number =>
      new JsonMatch({ mode: "exact", numberTolerance }).score({ output: [10.5], expected: [10] }).score;
    expect([judge(0), judge(0.4), judge(0.5)]).toEqual([0, 0, 1]);
  });

  it("compares two texts as texts, unless they hold an object or array", () => {
    const judge = (output: unknown, expected: string): number =>
      new JsonMatch({ mode: "exact" }).score({ output, expected }).score;
    expect([judge("1", "1.0"), judge(1, "1.0"), judge("[1]", "[1.0]")]).toEqual([0, 1, 1]);
  });

  it("takes __proto__ for a key like any other", () => {
    const output = JSON.parse('{"__proto__": 1}') as unknown;
    expect(new JsonMatch().score({ output, expected: {} })).toMatchObject({
      score: 0,
      details: { differences: [{ path: "/__proto__", output: 1 }] },
    });
  });
});
