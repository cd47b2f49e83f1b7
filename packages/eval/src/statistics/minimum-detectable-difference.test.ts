import { describe, expect, it } from "@jest/globals";
import { createRng, pairedDifference } from "@hyperfunc/core";
import fc from "fast-check";
import { minimumDetectableDifference, sampleSizeFor } from "./minimum-detectable-difference.js";

/**
 * First column scipy 1.10.1: sd * (norm.ppf(1 - alpha / 2) + norm.ppf(power)) / n**0.5, alpha = 1 - level.
 *
 * Second column statsmodels 0.13.5: sd * NormalIndPower(ddof=0).solve_power(nobs1=n, alpha=alpha, power=power, ratio=0,
 * alternative="two-sided"), which also counts significant results on the wrong side and so asks for a little less.
 */
const DIFFERENCES = [
  [1000, 0.5, 0.8, 0.95, 0.04429695174148298, 0.04429692372284405],
  [200, 0.4, 0.9, 0.99, 0.1091032068062109, 0.10910268430273738],
  [50, 1, 0.5, 0.9, 0.23261743073533472, 0.23243887725809043],
] as const;

/** The same with the difference given: (sd * (…) / difference)**2, and solve_power(effect_size=difference / sd). */
const SIZES = [
  [0.03, 0.5, 0.8, 0.95, 2180.2443706525246, 2180.239030368895],
  [0.1, 0.4, 0.9, 0.99, 238.0701947079765, 238.0701946654643],
  [0.05, 0.5, 0.8, 0.95, 784.8879734349086, 784.8860506688932],
] as const;

const options = fc.record({
  standardDeviation: fc.double({ min: 0.01, max: 10, noNaN: true }),
  power: fc.double({ min: 0.3, max: 0.99, noNaN: true }),
  level: fc.double({ min: 0.8, max: 0.999, noNaN: true }),
});

describe("minimumDetectableDifference", () => {
  it.each(DIFFERENCES)("of %d examples, deviation %d, power %d at %d", (n, sd, power, level, scipy, both) => {
    const difference = minimumDetectableDifference({ n, standardDeviation: sd, power, level });
    expect(difference).toBeCloseTo(scipy, 14);
    expect(Math.abs(difference / both - 1)).toBeLessThan(1e-3);
  });

  it("is found about as often as the power says", () => {
    const rng = createRng(10);
    const n = 60;
    const difference = minimumDetectableDifference({ n, standardDeviation: 0.5 });
    let found = 0;
    for (let repeat = 0; repeat < 300; repeat++) {
      const a = Array.from({ length: n }, () => difference + 0.5 * rng.normal());
      const { p = 1 } = pairedDifference(
        a,
        a.map(() => 0),
      );
      if (p < 0.05) found++;
    }
    expect(Math.abs(found / 300 - 0.8)).toBeLessThan(0.08);
  });

  it("falls with the examples, and is 0 without spread", () => {
    fc.assert(
      fc.property(options, fc.integer({ min: 1, max: 10_000 }), (given, n) => {
        const one = minimumDetectableDifference({ ...given, n });
        expect(minimumDetectableDifference({ ...given, n: 4 * n })).toBeCloseTo(one / 2, 12);
      }),
    );
    expect(minimumDetectableDifference({ n: 5, standardDeviation: 0 })).toBe(0);
  });
});

describe("sampleSizeFor", () => {
  it.each(SIZES)(
    "finds %d with deviation %d, power %d at %d",
    (difference, sd, power, level, scipy, both) => {
      const n = sampleSizeFor({ difference, standardDeviation: sd, power, level });
      expect(n).toBe(Math.ceil(scipy));
      expect(n).toBe(Math.ceil(both));
    },
  );

  it("has the usual defaults", () => {
    expect(sampleSizeFor({ difference: 0.03, standardDeviation: 0.5 })).toBe(2181);
    expect(minimumDetectableDifference({ n: 1000, standardDeviation: 0.5 })).toBeCloseTo(
      0.04429695174148298,
      14,
    );
  });

  it("is the least number that finds the difference, and at least 1", () => {
    fc.assert(
      fc.property(options, fc.double({ min: 0.01, max: 1, noNaN: true }), (given, difference) => {
        const n = sampleSizeFor({ ...given, difference });
        expect(minimumDetectableDifference({ ...given, n })).toBeLessThanOrEqual(difference * (1 + 1e-9));
        if (n > 1) expect(minimumDetectableDifference({ ...given, n: n - 1 })).toBeGreaterThan(difference);
      }),
    );
    expect(sampleSizeFor({ difference: 1, standardDeviation: 0 })).toBe(1);
  });

  it("undoes minimumDetectableDifference", () => {
    fc.assert(
      fc.property(options, fc.integer({ min: 1, max: 100_000 }), (given, n) => {
        const difference = minimumDetectableDifference({ ...given, n });
        expect(sampleSizeFor({ ...given, difference })).toBe(n);
      }),
    );
  });
});

describe("the options", () => {
  const valid = { n: 10, difference: 0.1, standardDeviation: 0.5 };

  it.each([
    [{ standardDeviation: -1 }, "`standardDeviation` must be at least 0 and finite, got -1"],
    [{ standardDeviation: NaN }, "got NaN"],
    [{ power: 1 }, "and 1, exclusive, got 1"],
    [{ power: 80 }, "got 80"],
    [{ power: 0.04 }, "`power` must lie between 1 - level"],
    [{ level: 95 }, "got 95; give 0.95"],
  ])("are refused: %o", (change, message) => {
    expect(() => minimumDetectableDifference({ ...valid, ...change })).toThrow(message);
    expect(() => sampleSizeFor({ ...valid, ...change })).toThrow(message);
    expect(() => sampleSizeFor({ ...valid, ...change })).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  });

  it.each([0, -3, 1.5, NaN])("refuse %d examples", (n) => {
    expect(() => minimumDetectableDifference({ ...valid, n })).toThrow(
      `\`n\` must be a whole number of at least 1, got ${n}`,
    );
  });

  it.each([0, -0.1, NaN, Infinity])("refuse the difference %d", (difference) => {
    expect(() => sampleSizeFor({ ...valid, difference })).toThrow(`above 0 and finite, got ${difference}`);
  });
});
