import { describe, expect, it } from "@jest/globals";
import { createRng } from "@hyperfunc/core";
import fc from "fast-check";
import { cohenKappa, correctedRate } from "./agreement.js";

/** Two lists of labels from a table of counts: row of the first rater, column of the second. */
function labelsOf(table: readonly (readonly number[])[]): [string[], string[]] {
  const a: string[] = [];
  const b: string[] = [];
  table.forEach((row, i) => {
    row.forEach((count, j) => {
      for (let k = 0; k < count; k++) {
        a.push(`label ${i}`);
        b.push(`label ${j}`);
      }
    });
  });
  return [a, b];
}

/** statsmodels 0.13.5: statsmodels.stats.inter_rater.cohens_kappa(numpy.array(table)).kappa. */
const STATSMODELS: [number[][], number][] = [
  [
    [
      [20, 5],
      [10, 15],
    ],
    0.3999999999999999,
  ],
  [
    [
      [45, 15],
      [25, 15],
    ],
    0.13043478260869554,
  ],
  [
    [
      [25, 35],
      [5, 35],
    ],
    0.25925925925925924,
  ],
  [
    [
      [0, 3],
      [4, 0],
    ],
    -0.9599999999999996,
  ],
];

const label = fc.constantFrom("a", "b", "c");
const ratings = fc.array(fc.tuple(label, label), { minLength: 1, maxLength: 40 });

describe("cohenKappa", () => {
  it.each(STATSMODELS)("is statsmodels' %#", (table, kappa) => {
    expect(cohenKappa(...labelsOf(table)).kappa).toBeCloseTo(kappa, 14);
  });

  it("counts three labels", () => {
    const a = "yes yes no no maybe yes no yes no maybe yes no".split(" ");
    const b = "yes no no no maybe yes yes yes no no yes maybe".split(" ");
    const { kappa, agreement, n } = cohenKappa(a, b);
    // cohens_kappa as above, of the table of these labels.
    expect(kappa).toBeCloseTo(0.4666666666666666, 14);
    expect(agreement).toBe(8 / 12);
    expect(n).toBe(12);
  });

  it("does not depend on the order of raters and examples, nor on the labels' names", () => {
    fc.assert(
      fc.property(ratings, (list) => {
        const a = list.map(([first]) => first);
        const b = list.map(([, second]) => second);
        const result = cohenKappa(a, b);
        expect(cohenKappa(b, a)).toEqual(result);
        expect(cohenKappa([...a].reverse(), [...b].reverse())).toEqual(result);
        const number = { a: 1, b: 2, c: 3 };
        expect(
          cohenKappa(
            a.map((name) => number[name]),
            b.map((name) => number[name]),
          ),
        ).toEqual(result);
      }),
    );
  });

  it("lies between -1 and 1, is 1 only for full agreement, and rises with it", () => {
    fc.assert(
      fc.property(ratings, (list) => {
        const { kappa, agreement } = cohenKappa(
          list.map(([first]) => first),
          list.map(([, second]) => second),
        );
        if (kappa === undefined) return expect(agreement).toBe(1);
        expect(kappa).toBeGreaterThanOrEqual(-1);
        expect(kappa).toBeLessThanOrEqual(1);
        expect(kappa === 1).toBe(agreement === 1);
        expect(kappa).toBeLessThanOrEqual(agreement);
      }),
    );
  });

  it("is about 0 for raters who guess, whatever they agree on", () => {
    const rng = createRng(6);
    const guesses = (): boolean[] => Array.from({ length: 20_000 }, () => rng.uniform() < 0.9);
    const { kappa = NaN, agreement } = cohenKappa(guesses(), guesses());
    expect(Math.abs(kappa)).toBeLessThan(0.03);
    expect(agreement).toBeCloseTo(0.82, 1);
  });

  it("is undefined where both give one label throughout, and 0 where one rater does", () => {
    expect(cohenKappa([true, true], [true, true])).toEqual({ kappa: undefined, agreement: 1, n: 2 });
    expect(cohenKappa([1, 1, 1], [1, 2, 1])).toEqual({ kappa: 0, agreement: 2 / 3, n: 3 });
    expect(cohenKappa(["a"], ["b"])).toEqual({ kappa: 0, agreement: 0, n: 1 });
  });

  it.each<[string, unknown[], unknown[], string]>([
    ["no labels", [], [], "at least one example"],
    ["other lengths", ["a"], ["a", "b"], "equal length, got 1 and 2"],
    ["labels of two types", ["1", "2"], [1, 2], 'got "1" and 1; convert'],
    ["NaN", [1, NaN], [1, 2], "must not be NaN"],
    ["a missing label", ["a", undefined], ["a", "b"], 'got "a" and undefined'],
    ["only missing labels", [undefined], [undefined], "got undefined"],
  ])("refuses %s", (_name, a, b, message) => {
    expect(() => cohenKappa(a as string[], b as string[])).toThrow(message);
    expect(() => cohenKappa(a as string[], b as string[])).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  });
});

describe("correctedRate", () => {
  const rate = fc.double({ min: 0, max: 1, noNaN: true });
  const good = fc.double({ min: 0.6, max: 1, noNaN: true });

  it("undoes what the judge's errors did", () => {
    fc.assert(
      fc.property(rate, good, good, (truth, sensitivity, specificity) => {
        const observed = truth * sensitivity + (1 - truth) * (1 - specificity);
        expect(correctedRate(Math.min(1, observed), { sensitivity, specificity })).toBeCloseTo(truth, 12);
      }),
    );
  });

  it("rises with the observed rate and stays within 0 and 1", () => {
    fc.assert(
      fc.property(rate, rate, good, good, (a, b, sensitivity, specificity) => {
        const low = correctedRate(Math.min(a, b), { sensitivity, specificity });
        const high = correctedRate(Math.max(a, b), { sensitivity, specificity });
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("is (p + q0 - 1) / (q0 + q1 - 1), clamped", () => {
    expect(correctedRate(0.7, { sensitivity: 0.9, specificity: 0.8 })).toBeCloseTo(0.5 / 0.7, 14);
    expect(correctedRate(0.1, { sensitivity: 0.9, specificity: 0.8 })).toBe(0);
    expect(correctedRate(0.95, { sensitivity: 0.9, specificity: 0.8 })).toBe(1);
    expect(correctedRate(0.4, { sensitivity: 1, specificity: 1 })).toBe(0.4);
  });

  it.each([
    [0.5, 0.5, 0.5, "is no better than chance"],
    [0.5, 0.2, 0.3, "sensitivity 0.2 and specificity 0.3"],
    [1.2, 0.9, 0.9, "`observedRate` must lie between 0 and 1, got 1.2"],
    [0.5, 90, 0.9, "`sensitivity` must lie between 0 and 1, got 90; divide a percentage by 100"],
    [0.5, 0.9, NaN, "`specificity` must lie between 0 and 1, got NaN"],
  ])("refuses %d with %d and %d", (observed, sensitivity, specificity, message) => {
    expect(() => correctedRate(observed, { sensitivity, specificity })).toThrow(message);
    expect(() => correctedRate(observed, { sensitivity, specificity })).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  });
});
