import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { numbersIn, parseNumber } from "./number-text.js";
import { NumericDistance } from "./numeric-distance.js";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

describe("NumericDistance", () => {
  it("says how far off an output is", () => {
    const scorer = new NumericDistance();
    expect(scorer.score({ output: "3", expected: 3.14 })).toEqual({
      score: expect.closeTo(1 - 0.14 / 4.14, 12),
      feedback: "Off by 0.1400 (expected 3.14, got 3)",
      details: { output: 3, expected: 3.14, difference: expect.closeTo(0.14, 12) },
      status: "ok",
    });
    expect(scorer.score({ output: "three", expected: 3 }).feedback).toBe(
      "Cannot convert to numeric: 'three'",
    );
    expect(scorer.score({ output: 3, expected: [] }).feedback).toBe(
      "The expected value [] is not numeric; give a number",
    );
    expect(new NumericDistance({ find: "last" }).score({ output: "no idea", expected: 3 }).feedback).toBe(
      "No number in: 'no idea'",
    );
    expect(new NumericDistance({ tolerance: 0 }).score({ output: 1e-7, expected: 2e-7 }).feedback).toContain(
      "Off by 1e-7 ",
    );
  });

  it("accepts what lies within either tolerance, edges included", () => {
    const judge = (options: object, output: number, expected: number): number =>
      new NumericDistance(options).score({ output, expected }).score;
    expect(judge({ tolerance: 1 }, 11, 10)).toBe(1);
    expect(judge({ tolerance: 1 }, 11.5, 10)).toBeCloseTo(1 - 1.5 / 11, 12);
    expect(judge({ relativeTolerance: 0.1, tolerance: 0 }, 90, 100)).toBe(1);
    expect(judge({ relativeTolerance: 0.1, tolerance: 0 }, 100, 90)).toBe(1);
    expect(judge({ relativeTolerance: 0.1, tolerance: 0 }, 89, 100)).toBeLessThan(1);
    expect(judge({ relativeTolerance: 0.1, tolerance: 5 }, 89, 100)).toBeLessThan(1); // not their sum
    expect(judge({ maxDistance: 2 }, 11, 10)).toBe(0.5);
    expect(judge({ maxDistance: 2 }, 13, 10)).toBe(0);
  });

  it("is 1 − |e − o| / (|e| + |o|) with the symmetric scale", () => {
    const scorer = new NumericDistance({ scale: "symmetric", tolerance: 0 });
    const modest = fc.double({ noNaN: true, min: -1e100, max: 1e100 });
    fc.assert(
      fc.property(modest, modest, (output, expected) => {
        const formula =
          output === expected ? 1 : 1 - Math.abs(expected - output) / (Math.abs(expected) + Math.abs(output));
        expect(scorer.score({ output, expected }).score).toBeCloseTo(Math.max(0, formula), 12);
      }),
    );
    expect(scorer.score({ output: 1e308, expected: 1.5e308 }).score).toBeCloseTo(0.8, 12);
    expect(scorer.score({ output: 5e-324, expected: 1e-323 }).score).toBeCloseTo(2 / 3, 12);
  });

  it("falls with the distance, whatever the scale", () => {
    const options = fc.record({
      tolerance: fc.double({ min: 0, max: 10, noNaN: true }),
      scale: fc.constantFrom("expected" as const, "symmetric" as const),
    });
    fc.assert(
      fc.property(
        options,
        finite,
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        (given, expected, a, b) => {
          const scorer = new NumericDistance(given);
          const away = Math.sign(expected) || 1;
          const [near, far] = [Math.min(a, b), Math.max(a, b)].map(
            (d) => scorer.score({ output: expected + away * d, expected }).score,
          );
          expect(near).toBeGreaterThanOrEqual(far as number);
        },
      ),
    );
  });

  it("takes the first, the last or the best number of a text", () => {
    const output = "Of 12 apples, 7 are left: **1,005**.";
    const got = (find: "first" | "last" | "any", expected: number): unknown =>
      new NumericDistance({ find }).score({ output, expected }).details?.["output"];
    expect([got("first", 0), got("last", 0), got("any", 8), got("any", 1000), got("any", -99)]).toEqual([
      12, 1005, 7, 1005, 7,
    ]);
  });
});

describe("parseNumber", () => {
  it("reads back every number that JavaScript writes", () => {
    fc.assert(fc.property(finite, (value) => expect(parseNumber(` ${value}\n`)).toBe(Number(String(value)))));
    fc.assert(
      fc.property(fc.integer(), (value) => expect(parseNumber(value.toLocaleString("en-US"))).toBe(value)),
    );
  });

  it.each([
    ["-1.5e3", -1500],
    ["+.5", 0.5],
    ["60.", 60],
    ["1,234,567.5", 1_234_567.5],
    ["-$1,000", -1000],
    ["€ 5", 5],
    ["¾", 0.75],
    ["-2½", -2.5],
    ["－７．５", -7.5],
  ])("reads %s", (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });

  it.each([
    "",
    " ",
    "-",
    ".",
    "e5",
    "1e",
    "1,23",
    "1,2345",
    "12,34.5",
    "1.2.3",
    "1 2",
    "0x10",
    "60%",
    "1__0",
    "_1",
    "inf",
    "NaN",
    "Infinity",
    "1e999",
    "5²",
    "--5",
    "½½",
  ])("refuses %p", (text) => {
    expect(parseNumber(text)).toBeUndefined();
  });

  it("finds numbers among words", () => {
    expect(numbersIn("(3) = $20, `7`; -4! 60% x=9 1. \\$5 ~2.5, .5")).toEqual([3, 20, 7, -4, 1, 5, 2.5, 0.5]);
    expect(numbersIn("none")).toEqual([]);
  });
});
