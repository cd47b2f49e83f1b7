import { describe, expect, it } from "@jest/globals";
import { createRng } from "@hyperfunc/core";
import fc from "fast-check";
import { wilsonInterval } from "./wilson-interval.js";

/** statsmodels 0.13.5: statsmodels.stats.proportion.proportion_confint(k, n, alpha=1 - level, method="wilson"). */
const STATSMODELS = [
  [81, 263, 0.95, 0.2552885198782742, 0.36620957698280004],
  [15, 148, 0.95, 0.06238639953073628, 0.16048724172330803],
  [0, 20, 0.95, 0, 0.1611251580528194],
  [1, 29, 0.95, 0.006113214292762667, 0.17175521879320294],
  [7, 10, 0.95, 0.39677814746114537, 0.8922087325936989],
  [7, 10, 0.99, 0.32002467920110256, 0.9204336834769342],
  [50, 50, 0.9, 0.9486668142137298, 1],
  [999_999, 1_000_000, 0.95, 0.9999943350881957, 0.9999998234754233],
  [1, 3, 0.5, 0.1828172501586131, 0.5277418231406088],
] as const;

/** Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3. */
const NEWCOMBE = [
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
] as const;

const counts = fc
  .integer({ min: 1, max: 10_000 })
  .chain((trials) => fc.tuple(fc.integer({ min: 0, max: trials }), fc.constant(trials)));

describe("wilsonInterval", () => {
  it.each(STATSMODELS)("of %d in %d at %d is statsmodels'", (successes, trials, level, low, high) => {
    const interval = wilsonInterval(successes, trials, level);
    expect(interval.proportion).toBe(successes / trials);
    expect(Math.abs(interval.low - low)).toBeLessThan(1e-14);
    expect(Math.abs(interval.high - high)).toBeLessThan(1e-14);
  });

  it.each(NEWCOMBE)("of %d in %d is the published %d to %d", (successes, trials, low, high) => {
    const interval = wilsonInterval(successes, trials);
    expect(Number(interval.low.toFixed(4))).toBe(low);
    expect(Number(interval.high.toFixed(4))).toBe(high);
  });

  it("holds the proportion, stays within 0 and 1, and mirrors the failures", () => {
    fc.assert(
      fc.property(counts, fc.double({ min: 0.01, max: 0.999, noNaN: true }), ([successes, trials], level) => {
        const { proportion, low, high } = wilsonInterval(successes, trials, level);
        const failures = wilsonInterval(trials - successes, trials, level);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(proportion);
        expect(high).toBeGreaterThanOrEqual(proportion);
        expect(high).toBeLessThanOrEqual(1);
        expect(failures.low).toBeCloseTo(1 - high, 14);
        expect(failures.high).toBeCloseTo(1 - low, 14);
      }),
    );
  });

  it("narrows with more trials and widens with the level", () => {
    fc.assert(
      fc.property(counts, ([successes, trials]) => {
        const width = (factor: number, level: number): number => {
          const { low, high } = wilsonInterval(successes * factor, trials * factor, level);
          return high - low;
        };
        expect(width(4, 0.95)).toBeLessThan(width(1, 0.95));
        expect(width(1, 0.99)).toBeGreaterThan(width(1, 0.95));
      }),
    );
  });

  it("is exactly 0 and 1 without successes and failures", () => {
    expect(wilsonInterval(0, 7).low).toBe(0);
    expect(wilsonInterval(7, 7).high).toBe(1);
  });

  it("covers a true rate about as often as it says", () => {
    const rng = createRng(3);
    for (const rate of [0.5, 0.9]) {
      let covered = 0;
      for (let repeat = 0; repeat < 3000; repeat++) {
        const successes = Array.from({ length: 40 }, () => rng.uniform()).filter((u) => u < rate).length;
        const { low, high } = wilsonInterval(successes, 40);
        if (low <= rate && rate <= high) covered++;
      }
      // Exact coverage at n = 40, from the binomial: 0.962 at 0.5, 0.944 at 0.9.
      expect(covered / 3000).toBeGreaterThan(0.925);
      expect(covered / 3000).toBeLessThan(0.98);
    }
  });

  it.each([
    [0, 0, "`trials` must be a whole number of at least 1, got 0"],
    [-1, 5, "`successes` must be a whole number from 0 to 5, got -1"],
    [6, 5, "`successes` must be a whole number from 0 to 5, got 6"],
    [1.5, 5, "got 1.5"],
    [NaN, 5, "got NaN"],
    [1, Infinity, "got Infinity"],
  ])("refuses %d of %d", (successes, trials, message) => {
    expect(() => wilsonInterval(successes, trials)).toThrow(message);
  });

  it.each([0, 1, -1, NaN, 95])("refuses the level %d", (level) => {
    expect(() => wilsonInterval(1, 2, level)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    expect(() => wilsonInterval(1, 2, level)).toThrow(`got ${level}; give 0.95 for 95 %`);
  });
});
