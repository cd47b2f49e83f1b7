import { describe, expect, it } from "@jest/globals";
import { createRng } from "../rng/rng.js";
import { pairedDifference } from "./paired-difference.js";

describe("pairedDifference", () => {
  it("is Gosset's paired test of the sleep data", () => {
    const drug2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    const drug1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    const { mean, interval, p } = pairedDifference(drug2, drug1);
    expect(mean).toBeCloseTo(1.58, 12);
    expect(p).toBeCloseTo(0.00283289, 8);
    expect(interval?.low).toBeCloseTo(0.7001142, 6);
    expect(interval?.high).toBeCloseTo(2.4598858, 6);
    expect(pairedDifference(drug1, drug2)).toMatchObject({ mean: -mean, p });
  });

  it("rejects a true null hypothesis as often as p says", () => {
    const rng = createRng(2);
    let rejected = 0;
    for (let trial = 0; trial < 4000; trial++) {
      const hard = Array.from({ length: 6 }, () => 10 * rng.normal());
      const { p = 1 } = pairedDifference(
        hard.map((value) => value + rng.normal()),
        hard.map((value) => value + rng.normal()),
      );
      if (p < 0.1) rejected++;
    }
    expect(Math.abs(rejected / 4000 - 0.1)).toBeLessThan(0.022);
  });

  it("is certain about differences that are all equal", () => {
    expect(pairedDifference([1, 2, 3], [1, 2, 3])).toMatchObject({ mean: 0, p: 1 });
    expect(pairedDifference([2, 3, 4], [1, 2, 3])).toMatchObject({
      mean: 1,
      p: 0,
      interval: { low: 1, high: 1 },
    });
  });

  it("says nothing from one pair, and nothing at all from none", () => {
    expect(pairedDifference([3], [1])).toEqual({ mean: 2, interval: undefined, p: undefined });
    expect(pairedDifference([], [])).toEqual({ mean: NaN, interval: undefined, p: undefined });
  });

  it("refuses lists of different lengths", () => {
    expect(() => pairedDifference([1, 2], [1])).toThrow("got 2 and 1");
  });
});
