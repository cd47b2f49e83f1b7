import { describe, expect, it } from "@jest/globals";
import { createRng } from "../rng/rng.js";
import { meanInterval } from "./mean-interval.js";

describe("meanInterval", () => {
  it("is the textbook interval", () => {
    // Gosset's sleep data, drug 2: R's t.test gives 0.898..3.762.
    const { mean, interval } = meanInterval([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]);
    expect(mean).toBeCloseTo(2.33, 12);
    expect(interval?.low).toBeCloseTo(0.8976775, 6);
    expect(interval?.high).toBeCloseTo(3.7623225, 6);
    expect(interval?.level).toBe(0.95);
  });

  it("covers the true mean as often as it says", () => {
    const rng = createRng(1);
    for (const level of [0.8, 0.95]) {
      let covered = 0;
      for (let trial = 0; trial < 4000; trial++) {
        const { interval } = meanInterval(
          Array.from({ length: 5 }, () => 3 + 2 * rng.normal()),
          level,
        );
        if (interval !== undefined && interval.low <= 3 && interval.high >= 3) covered++;
      }
      expect(Math.abs(covered / 4000 - level)).toBeLessThan(4.5 * Math.sqrt((level * (1 - level)) / 4000));
    }
  });

  it("has no interval for one value and no mean for none", () => {
    expect(meanInterval([7])).toEqual({ mean: 7, interval: undefined });
    expect(meanInterval([])).toEqual({ mean: NaN, interval: undefined });
  });

  it("has no width for equal values", () => {
    expect(meanInterval([2, 2, 2])).toEqual({ mean: 2, interval: { low: 2, high: 2, level: 0.95 } });
  });

  it("keeps its digits far from zero", () => {
    const { interval } = meanInterval([1e9 + 1, 1e9 + 2, 1e9 + 3]);
    expect((interval?.high ?? 0) - (interval?.low ?? 0)).toBeCloseTo(
      2 * 4.302652729749 * Math.sqrt(1 / 3),
      5,
    );
  });

  it.each([NaN, Infinity])("refuses %d among the values", (bad) => {
    expect(() => meanInterval([1, bad])).toThrow(`got ${bad} at position 1`);
  });

  it.each([0, 1, -1, NaN, 95])("refuses the level %d", (level) => {
    expect(() => meanInterval([1, 2], level)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });
});
