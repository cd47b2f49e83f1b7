import { describe, expect, it } from "@jest/globals";
import { createRng } from "@hyperfunc/core";
import fc from "fast-check";
import { mcNemar } from "./mcnemar.js";

/**
 * statsmodels 0.13.5: statsmodels.stats.contingency_tables.mcnemar([[0, a], [b, 0]], exact=True).pvalue, the same as
 * scipy 1.10.1: scipy.stats.binomtest(a, a + b, 0.5).pvalue.
 */
const STATSMODELS = [
  [1, 9, 0.021484375],
  [9, 1, 0.021484375],
  [5, 5, 1],
  [10, 3, 0.09228515625],
  [0, 6, 0.03125],
  [40, 60, 0.05688793364098088],
  [121, 59, 4.4344492637551645e-6],
  [1000, 1200, 2.181702640791419e-5],
  [0, 1000, 1.8665272370064378e-301],
  [49_000, 51_000, 2.588716038346895e-10],
  [4_990_000, 5_010_000, 2.5448004911550766e-10],
] as const;

describe("mcNemar", () => {
  it.each(STATSMODELS)("of %d and %d is %d", (a, b, expected) => {
    const { p, n } = mcNemar(a, b);
    expect(n).toBe(a + b);
    expect(Math.abs(p / expected - 1)).toBeLessThan(1e-9);
  });

  it("is exact in small numbers", () => {
    const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k);
    fc.assert(
      fc.property(fc.nat({ max: 25 }), fc.nat({ max: 25 }), (a, b) => {
        let tail = 0;
        for (let k = 0; k <= Math.min(a, b); k++) tail += choose(a + b, k);
        expect(mcNemar(a, b).p).toBeCloseTo(Math.min(1, (2 * tail) / 2 ** (a + b)), 13);
      }),
    );
  });

  it("does not depend on the order, lies in (0, 1] and falls with the imbalance", () => {
    fc.assert(
      fc.property(fc.nat({ max: 400 }), fc.nat({ max: 400 }), (a, b) => {
        const { p } = mcNemar(a, b);
        expect(mcNemar(b, a).p).toBe(p);
        expect(p).toBeGreaterThan(0);
        expect(p).toBeLessThanOrEqual(1);
        if (a > 0 && a < b) expect(mcNemar(a - 1, b + 1).p).toBeLessThan(p);
      }),
    );
  });

  it("holds its level where both pass equally often", () => {
    const rng = createRng(5);
    let rejected = 0;
    for (let repeat = 0; repeat < 4000; repeat++) {
      const onlyA = Array.from({ length: 30 }, () => rng.uniform()).filter((u) => u < 0.5).length;
      if (mcNemar(onlyA, 30 - onlyA).p <= 0.05) rejected++;
    }
    // Exactly 0.0428 for 30 pairs: at most 9 or at least 21.
    expect(Math.abs(rejected / 4000 - 0.0428)).toBeLessThan(0.015);
  });

  it("does not overflow and comes to an end", () => {
    // The normal approximation with continuity correction: z = (2e5 - 1) / √1e10.
    expect(mcNemar(5e9 - 1e5, 5e9 + 1e5).p / 0.0455).toBeCloseTo(1, 2);
    const start = performance.now();
    expect(mcNemar(0, 1e10)).toEqual({ p: 0, n: 1e10 });
    // Some 2 million steps; going through all 5e9 takes seconds on any machine.
    expect(performance.now() - start).toBeLessThan(2000);
    expect(mcNemar(5e8, 5e8).p).toBe(1);
  });

  it("says nothing without examples that decide", () => {
    expect(mcNemar(0, 0)).toEqual({ p: 1, n: 0 });
    expect(mcNemar(0, 1)).toEqual({ p: 1, n: 1 });
  });

  it.each([
    [-1, 2, "`onlyA` must be a whole number of at least 0, got -1"],
    [1, 2.5, "`onlyB` must be a whole number of at least 0, got 2.5"],
    [NaN, 2, "got NaN"],
    [2 ** 53 - 1, 2, "`onlyA + onlyB`"],
  ])("refuses %d and %d", (a, b, message) => {
    expect(() => mcNemar(a, b)).toThrow(message);
    expect(() => mcNemar(a, b)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });
});
