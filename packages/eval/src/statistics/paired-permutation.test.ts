import { describe, expect, it } from "@jest/globals";
import { createRng } from "@hyperfunc/core";
import fc from "fast-check";
import { mcNemar } from "./mcnemar.js";
import { pairedPermutation } from "./paired-permutation.js";

/** Darwin's differences of cross- and self-fertilised maize, in eighths of an inch: Fisher (1935), chapter III. */
const DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];

/** 40 numbers, too many to go through all patterns. */
const MANY = [
  1.14, -1.16, 0.33, -0.16, -0.11, 0.01, -0.89, 0, -0.31, 1.78, 0.23, -0.06, -0.02, -0.21, -0.41, -0.08, 0.36,
  0, 0.6, 0.02, 0.13, 0.89, 0.39, -0.13, 0.03, 0.39, 1.09, -0.01, 0, 0.62, -0.32, -0.03, 0.56, 0.41, 0.17,
  0.46, -1.29, 0.63, -0.36, -0.71,
];

const zeros = (list: readonly number[]): number[] => list.map(() => 0);

/**
 * scipy 1.10.1: scipy.stats.permutation_test((a, b), lambda x, y, axis: numpy.mean(x - y, axis=axis),
 * permutation_type="samples", vectorized=True, alternative="two-sided", n_resamples=numpy.inf); for DARWIN Fisher
 * (1935), section 21, has the same 1726 of 32 768 (863 one-sided).
 */
const SCIPY: [string, number[], number[], number, number][] = [
  [
    "scores",
    [0.9, 0.8, 0.7, 0.9, 0.4, 0.65, 0.3, 0.85],
    [0.7, 0.75, 0.6, 0.95, 0.2, 0.6, 0.35, 0.6],
    0.09375,
    24 / 256,
  ],
  [
    "sleep",
    [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
    [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2],
    1.58,
    4 / 1024,
  ],
  ["maize", DARWIN, zeros(DARWIN), 20.933333333333334, 1726 / 32_768],
];

describe("pairedPermutation", () => {
  it.each(SCIPY)("is scipy's exact test of the %s", (_name, a, b, difference, p) => {
    const result = pairedPermutation(a, b);
    expect(result.difference).toBeCloseTo(difference, 14);
    expect(result.p).toBe(p);
  });

  it("draws patterns where there are too many", () => {
    // As above with n_resamples=2_000_000, random_state=5: 0.29447.
    const { difference, p } = pairedPermutation(MANY, zeros(MANY), { resamples: 30_000, seed: 2 });
    expect(difference).toBeCloseTo(0.0995, 14);
    expect(Math.abs(p - 0.29447)).toBeLessThan(0.011);
    expect(pairedPermutation(MANY, zeros(MANY), { seed: 3 })).toEqual(
      pairedPermutation(MANY, zeros(MANY), { seed: 3 }),
    );
    expect(pairedPermutation(MANY, zeros(MANY), { seed: 3 }).p).not.toBe(
      pairedPermutation(MANY, zeros(MANY), { seed: 4 }).p,
    );
  });

  it("draws what going through all would give", () => {
    // 17 differences, one of them too small to matter.
    const list = [...DARWIN, 1e-9, 0.5e-9];
    const { p } = pairedPermutation(list, zeros(list), { resamples: 30_000 });
    expect(Math.abs(p - 1726 / 32_768)).toBeLessThan(0.0055);
  });

  it("never says 0", () => {
    const ones = Array<number>(60).fill(1);
    expect(pairedPermutation(ones, zeros(ones), { resamples: 999 }).p).toBe(0.001);
  });

  it("is the exact McNemar test for passes and failures", () => {
    const outcome = fc.constantFrom(0, 1);
    fc.assert(
      fc.property(fc.array(fc.tuple(outcome, outcome), { minLength: 1, maxLength: 16 }), (pairs) => {
        const a = pairs.map(([first]) => first);
        const b = pairs.map(([, second]) => second);
        const onlyA = pairs.filter(([first, second]) => first > second).length;
        const onlyB = pairs.filter(([first, second]) => first < second).length;
        expect(pairedPermutation(a, b).p).toBeCloseTo(mcNemar(onlyA, onlyB).p, 13);
      }),
    );
  });

  it("changes sign with the order, and p stays the same, whatever the unit", () => {
    const score = fc.integer({ min: -9, max: 9 });
    fc.assert(
      fc.property(fc.array(fc.tuple(score, score), { minLength: 1, maxLength: 10 }), (pairs) => {
        const a = pairs.map(([first]) => first);
        const b = pairs.map(([, second]) => second);
        const { difference, p } = pairedPermutation(a, b);
        const swapped = pairedPermutation(b, a);
        expect(swapped.difference).toBeCloseTo(-difference, 14);
        expect(swapped.p).toBe(p);
        expect(p).toBeGreaterThan(0);
        expect(p).toBeLessThanOrEqual(1);
        const tenths = (list: number[]): number[] => list.map((value) => value * 0.1);
        expect(pairedPermutation(tenths(a), tenths(b)).p).toBe(p);
      }),
    );
  });

  it("rejects a true null hypothesis as often as p says", () => {
    const rng = createRng(8);
    for (const size of [8, 20]) {
      let rejected = 0;
      for (let repeat = 0; repeat < 1000; repeat++) {
        const a = Array.from({ length: size }, () => rng.normal());
        if (pairedPermutation(a, zeros(a), { resamples: 199, seed: repeat }).p <= 0.1) rejected++;
      }
      expect(Math.abs(rejected / 1000 - 0.1)).toBeLessThan(0.04);
    }
  });

  it("says nothing where nothing differs, and little from one pair", () => {
    expect(pairedPermutation([1, 2], [1, 2])).toEqual({ difference: 0, p: 1 });
    expect(pairedPermutation([3], [1])).toEqual({ difference: 2, p: 1 });
  });

  it.each<[string, number[], number[], object, string]>([
    ["no pairs", [], [], {}, "at least 1 value, got 0"],
    ["other lengths", [1, 2], [1], {}, "equal length, got 2 and 1"],
    ["NaN", [1, NaN], [1, 2], {}, "got NaN at position 1"],
    ["Infinity", [1, 2], [Infinity, 2], {}, "got Infinity at position 0"],
    ["no resamples", [1], [2], { resamples: 0 }, "`resamples` must be a whole number of at least 1, got 0"],
    ["a seed that is NaN", [1], [2], { seed: NaN }, "NaN"],
  ])("refuses %s", (_name, a, b, options, message) => {
    expect(() => pairedPermutation(a, b, options)).toThrow(message);
    expect(() => pairedPermutation(a, b, options)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  });
});
