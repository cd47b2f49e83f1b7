import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { passAtK, passHatK } from "./pass-at-k.js";

/** Python 3: float(1 - Fraction(comb(n - c, k), comb(n, k))) and float(Fraction(comb(c, k), comb(n, k))). */
const EXACT = [
  [10, 3, 5, 0.9166666666666666, 0],
  [200, 13, 100, 0.9999194971988055, 0],
  [200, 1, 10, 0.05, 0],
  [10, 3, 1, 0.3, 0.3],
  [1000, 500, 100, 1, 3.197616079092609e-33],
  [100_000, 7, 1000, 0.06793662928533821, 0],
  [20, 20, 3, 1, 1],
  [5, 3, 3, 1, 0.1],
] as const;

const counts = fc
  .integer({ min: 1, max: 60 })
  .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 0, max: n }), fc.integer({ min: 1, max: n })));

function choose(n: number, k: number): bigint {
  let result = 1n;
  for (let i = 0; i < k; i++) result = (result * BigInt(n - i)) / BigInt(i + 1);
  return k > n ? 0n : result;
}

/** a / b with 15 digits. */
const ratio = (a: bigint, b: bigint): number => Number((a * 10n ** 30n) / b) / 1e30;

describe.each([
  ["passAtK", passAtK],
  ["passHatK", passHatK],
])("%s", (name, estimate) => {
  it.each(EXACT)("of %d samples, %d correct, k = %d", (n, c, k, some, all) => {
    const expected = name === "passAtK" ? some : all;
    expect(Math.abs(estimate(n, c, k) - expected)).toBeLessThanOrEqual(1e-13 * expected);
  });

  it("is its binomial coefficients, in exact integers", () => {
    fc.assert(
      fc.property(counts, ([n, c, k]) => {
        const all = choose(n, k);
        const part = name === "passAtK" ? all - choose(n - c, k) : choose(c, k);
        expect(estimate(n, c, k)).toBeCloseTo(ratio(part, all), 13);
      }),
    );
  });

  it("rises with the correct samples", () => {
    fc.assert(
      fc.property(counts, ([n, c, k]) => {
        fc.pre(c > 0);
        expect(estimate(n, c, k)).toBeGreaterThanOrEqual(estimate(n, c - 1, k));
      }),
    );
  });

  it("does not overflow", () => {
    expect(estimate(1e6, 1e6, 5e5)).toBe(1);
    expect(estimate(1e6, 0, 5e5)).toBe(0);
    expect(estimate(1e6, 5e5, 5e5)).toBe(name === "passAtK" ? 1 : 0);
    expect(estimate(1e15, 5e14, 1)).toBe(0.5);
  });

  it.each([
    [0, 0, 1, "`samples` must be a whole number of at least 1, got 0"],
    [5, 6, 1, "`correct` must be a whole number from 0 to 5, got 6"],
    [5, -1, 1, "`correct` must be a whole number from 0 to 5, got -1"],
    [5, 2, 6, "`k` must be a whole number from 1 to 5, got 6"],
    [5, 2, 0, "`k` must be a whole number from 1 to 5, got 0"],
    [5, 0.5, 2, "got 0.5"],
    [NaN, 0, 1, "got NaN"],
  ])("refuses %d, %d, %d", (n, c, k, message) => {
    expect(() => estimate(n, c, k)).toThrow(message);
    expect(() => estimate(n, c, k)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });
});

describe("passAtK and passHatK", () => {
  it("are both the pass rate at k = 1 and go apart from there", () => {
    fc.assert(
      fc.property(counts, ([n, c, k]) => {
        expect(passAtK(n, c, 1)).toBe(c / n);
        expect(passHatK(n, c, 1)).toBeCloseTo(c / n, 15);
        expect(passAtK(n, c, k)).toBeGreaterThanOrEqual(passAtK(n, c, 1));
        expect(passHatK(n, c, k)).toBeLessThanOrEqual(passHatK(n, c, 1));
      }),
    );
  });

  it("are unbiased: over all outcomes of n attempts they average 1 - (1 - p)^k and p^k", () => {
    const p = 0.3;
    const n = 8;
    for (const k of [1, 3, 8]) {
      let some = 0;
      let all = 0;
      for (let c = 0; c <= n; c++) {
        const weight = Number(choose(n, c)) * p ** c * (1 - p) ** (n - c);
        some += weight * passAtK(n, c, k);
        all += weight * passHatK(n, c, k);
      }
      expect(some).toBeCloseTo(1 - (1 - p) ** k, 13);
      expect(all).toBeCloseTo(p ** k, 13);
    }
  });
});
