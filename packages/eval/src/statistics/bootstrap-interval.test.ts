import { describe, expect, it } from "@jest/globals";
import { createRng } from "@hyperfunc/core";
import fc from "fast-check";
import { bootstrapInterval, type BootstrapOptions } from "./bootstrap-interval.js";
import { resamplePositions } from "./resample-positions.js";

/** Hours between failures of an air conditioner: Proschan (1963), in Davison and Hinkley (1997), example 1.1. */
const AIR = [3, 5, 7, 18, 43, 85, 91, 98, 100, 130, 230, 487];
/** Admission scores of 15 law schools: Efron and Tibshirani (1993), table 3.1. */
const LAW = [576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594];
const SCORES = [0.9, 0.7, 0.4, 0.35, 0.2, 0.8, 0.75, 0.6, 0.1, 0.55];
const PASSES = [...Array<number>(17).fill(1), 0, 0, 0];

const variance = (values: readonly number[]): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
};
const deviation = (values: readonly number[]): number =>
  Math.sqrt((variance(values) * values.length) / (values.length - 1));

/**
 * scipy 1.10.1: scipy.stats.bootstrap((values,), statistic, confidence_level=level, n_resamples=2_000_000,
 * method="BCa" or "percentile", vectorized=True, batch=20_000, random_state=numpy.random.default_rng(1)), with
 * numpy.mean, numpy.var or numpy.std(ddof=1). Beside each end, 4.5 standard deviations of scipy's own end between seeds
 * at 30 000 resamples, the number drawn here.
 */
const SCIPY: [string, readonly number[], BootstrapOptions, [number, number], [number, number]][] = [
  ["hours", AIR, { level: 0.95 }, [56.916666666666664, 1.6], [226.33333333333334, 8]],
  ["hours", AIR, { level: 0.95, method: "percentile" }, [46.833333333333336, 1.3], [191.16666666666666, 2.4]],
  ["hours", AIR, { level: 0.9 }, [62.833333333333336, 1.6], [202.41666666666666, 5.4]],
  ["hours", AIR, { level: 0.9, method: "percentile" }, [53.333333333333336, 1.3], [176, 2.4]],
  ["law", LAW, { level: 0.95 }, [581.4666666666667, 0.9], [622.4, 1.1]],
  ["law", LAW, { level: 0.95, method: "percentile" }, [580.4666666666667, 0.9], [621.1333333333333, 1.1]],
  ["scores", SCORES, { level: 0.95 }, [0.365, 0.011], [0.68, 0.009]],
  ["scores", SCORES, { level: 0.9, method: "percentile" }, [0.4, 0.011], [0.665, 0.009]],
  // Resamples of 0 and 1 lie on a lattice, so that the ends agree exactly.
  ["passes", PASSES, { level: 0.95 }, [0.65, 1e-12], [0.95, 1e-12]],
  ["passes", PASSES, { level: 0.95, method: "percentile" }, [0.7, 1e-12], [1, 1e-12]],
  ["passes", PASSES, { level: 0.9 }, [0.65, 1e-12], [0.95, 1e-12]],
  ["passes", PASSES, { level: 0.9, method: "percentile" }, [0.7, 1e-12], [0.95, 1e-12]],
  [
    "deviation",
    AIR,
    { level: 0.9, statistic: deviation },
    [65.32506131924896, 1.1],
    [219.3633933261851, 3.1],
  ],
  [
    "deviation",
    AIR,
    { level: 0.9, method: "percentile", statistic: deviation },
    [44.64370735121139, 1.1],
    [193.12235091838133, 3.1],
  ],
  ["variance", AIR, { level: 0.9, statistic: variance }, [3905.3541666666665, 122], [44004.7287016987, 1280]],
];

describe("bootstrapInterval", () => {
  it.each(SCIPY)("is scipy's, %s %#", (_name, values, options, [low, lowError], [high, highError]) => {
    const interval = bootstrapInterval(values, { ...options, resamples: 30_000, seed: 1 });
    expect(Math.abs(interval.low - low)).toBeLessThanOrEqual(lowError);
    expect(Math.abs(interval.high - high)).toBeLessThanOrEqual(highError);
  });

  it("depends on the seed alone", () => {
    const first = bootstrapInterval(AIR, { seed: 5, resamples: 500 });
    expect(bootstrapInterval(AIR, { seed: 5, resamples: 500 })).toEqual(first);
    expect(bootstrapInterval(AIR, { seed: 6, resamples: 500 })).not.toEqual(first);
  });

  it("gives an own mean the interval of the built-in one", () => {
    const own = (values: readonly number[]): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    const built = bootstrapInterval(AIR, { resamples: 2000 });
    const { estimate, low, high } = bootstrapInterval(AIR, { resamples: 2000, statistic: own });
    expect(estimate).toBe(built.estimate);
    expect(low).toBeCloseTo(built.low, 8);
    expect(high).toBeCloseTo(built.high, 8);
  });

  it("moves and scales with the values, rounding or not", () => {
    const values = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 2, maxLength: 25 });
    fc.assert(
      fc.property(values, fc.constantFrom("bca" as const, "percentile" as const), (list, method) => {
        const plain = bootstrapInterval(list, { resamples: 300, method });
        const moved = bootstrapInterval(
          list.map((value) => value * 0.1 + 0.3),
          { resamples: 300, method },
        );
        expect(moved.estimate).toBeCloseTo(plain.estimate * 0.1 + 0.3, 12);
        expect(moved.low).toBeCloseTo(plain.low * 0.1 + 0.3, 10);
        expect(moved.high).toBeCloseTo(plain.high * 0.1 + 0.3, 10);
      }),
    );
  });

  it("stays between the least and the greatest value and widens with the level", () => {
    const values = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(values, fc.integer(), (list, seed) => {
        const narrow = bootstrapInterval(list, { level: 0.8, resamples: 200, seed });
        const wide = bootstrapInterval(list, { level: 0.99, resamples: 200, seed });
        expect(wide.low).toBeLessThanOrEqual(narrow.low);
        expect(narrow.low).toBeLessThanOrEqual(narrow.high);
        expect(narrow.high).toBeLessThanOrEqual(wide.high);
        expect(wide.low).toBeGreaterThanOrEqual(Math.min(...list) - 1e-12);
        expect(wide.high).toBeLessThanOrEqual(Math.max(...list) + 1e-12);
      }),
    );
  });

  it("covers the mean of a skewed distribution about as often as it is known to", () => {
    const rng = createRng(11);
    let covered = 0;
    for (let repeat = 0; repeat < 300; repeat++) {
      const values = Array.from({ length: 25 }, () => -Math.log(1 - rng.uniform()));
      const { low, high } = bootstrapInterval(values, { level: 0.9, resamples: 400, seed: repeat });
      if (low <= 1 && 1 <= high) covered++;
    }
    // scipy's covers 0.863 of 1500 such samples, at 1000 resamples each.
    expect(Math.abs(covered / 300 - 0.863)).toBeLessThan(0.07);
  });

  it("has no width for equal values and for a constant statistic", () => {
    expect(bootstrapInterval([0.1, 0.1, 0.1])).toMatchObject({
      low: bootstrapInterval([0.1, 0.1, 0.1]).estimate,
      high: bootstrapInterval([0.1, 0.1, 0.1]).estimate,
    });
    expect(bootstrapInterval(AIR, { statistic: () => 4, resamples: 20 })).toEqual({
      estimate: 4,
      low: 4,
      high: 4,
    });
  });

  it("has finite ends where every resample is below the estimate, and at extreme levels", () => {
    const distinct = (values: readonly number[]): number => new Set(values).size;
    const { estimate, low, high } = bootstrapInterval(LAW, { statistic: distinct, resamples: 200 });
    expect(estimate).toBe(15);
    expect(low).toBeLessThanOrEqual(high);
    expect(high).toBeLessThan(15);
    const skewed = (values: readonly number[]): number =>
      1000 * distinct(values) - values.reduce((sum, value) => sum + value, 0) / values.length;
    const ends = bootstrapInterval(AIR, { statistic: skewed, resamples: 200 });
    expect(ends.low).toBeLessThanOrEqual(ends.high);
    expect(ends.high).toBeLessThan(ends.estimate);
    const outlier = [...Array<number>(30).fill(0), 1];
    const extreme = bootstrapInterval(outlier, { level: 1 - 1e-12, resamples: 500 });
    expect(extreme.low).toBe(0);
    expect(extreme.high).toBeLessThanOrEqual(1);
    expect(extreme.high).toBeGreaterThan(extreme.estimate);
  });

  it("interpolates between resamples", () => {
    let calls = 0;
    const options: BootstrapOptions = {
      method: "percentile",
      level: 0.8,
      resamples: 5,
      statistic: () => calls++,
    };
    const { estimate, low, high } = bootstrapInterval(AIR, options);
    expect(estimate).toBe(0);
    // numpy.percentile([1, 2, 3, 4, 5], [10, 90])
    expect(low).toBeCloseTo(1.4, 14);
    expect(high).toBeCloseTo(4.6, 14);
  });

  it("works from one resample", () => {
    const { low, high } = bootstrapInterval(AIR, { resamples: 1 });
    expect(low).toBe(high);
  });

  it.each<[string, readonly number[], BootstrapOptions, string]>([
    ["no value", [], {}, "at least 2 values, got 0"],
    ["one value", [1], {}, "at least 2 values, got 1"],
    ["NaN", [1, NaN], {}, "got NaN at position 1"],
    ["a level in percent", [1, 2], { level: 95 }, "got 95; give 0.95"],
    ["no resamples", [1, 2], { resamples: 0 }, "`resamples` must be a whole number of at least 1, got 0"],
    ["half a resample", [1, 2], { resamples: 1.5 }, "got 1.5"],
    ["an infinite seed", [1, 2], { seed: Infinity }, "Infinity"],
    ["another method", [1, 2], { method: "t" as "bca" }, '`method` must be "bca" or "percentile", got "t"'],
    ["a statistic without a value", [1, 2], { statistic: () => NaN }, "got NaN for [1, 2]"],
    ["a statistic that one value less breaks", [1, 2], { statistic: deviation }, "got NaN for ["],
  ])("refuses %s", (_name, values, options, message) => {
    expect(() => bootstrapInterval(values, options)).toThrow(message);
    expect(() => bootstrapInterval(values, options)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  });
});

describe("resamplePositions", () => {
  it.each([1, 2, 3, 7, 200, 2 ** 25])("stays below %d and falls everywhere alike", (size) => {
    const position = resamplePositions(createRng(4), size);
    const cells = Math.min(size, 7);
    const counts = Array<number>(cells).fill(0);
    const draws = Array.from({ length: 70_000 }, position);
    expect(draws.every((at) => Number.isInteger(at) && at >= 0 && at < size)).toBe(true);
    for (const at of draws) {
      const cell = Math.floor((at * cells) / size);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
    const sizes = counts.map((_, cell) => {
      const first = (at: number): number => Math.ceil((at * size) / cells);
      return (first(cell + 1) - first(cell)) / size;
    });
    counts.forEach((count, cell) => {
      const share = sizes[cell] ?? 0;
      expect(Math.abs(count - 70_000 * share)).toBeLessThanOrEqual(
        5 * Math.sqrt(70_000 * share * (1 - share)),
      );
    });
  });

  it("draws neighbours independently", () => {
    const position = resamplePositions(createRng(9), 3);
    const pairs = Array<number>(9).fill(0);
    for (let draw = 0; draw < 90_000; draw++) {
      const pair = position() * 3 + position();
      pairs[pair] = (pairs[pair] ?? 0) + 1;
    }
    for (const count of pairs) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});
