import { describe, expect, it } from "@jest/globals";
import { createRng, meanInterval } from "@hyperfunc/core";
import fc from "fast-check";
import { clusteredInterval } from "./clustered-interval.js";

/**
 * statsmodels 0.13.5: f = OLS(y, numpy.ones(n)).fit(cov_type="cluster", cov_kwds={"groups": g, "use_correction": True,
 * "df_correction": True}, use_t=True); f.params, f.bse, f.conf_int(0.05). The last number of each row is f.bse with
 * use_correction=False: Miller's formula.
 */
const STATSMODELS: [number[], number[], number, number, number, number, number][] = [
  [
    [1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1],
    [0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 4],
    0.5833333333333335,
    0.2231426251813838,
    -0.03620992,
    1.20287658,
    0.1995848314333322,
  ],
  [
    [0.9, 0.7, 0.4, 0.35, 0.2, 0.8, 0.75, 0.6, 0.1, 0.55],
    [0, 0, 1, 1, 1, 2, 2, 3, 3, 3],
    0.5350000000000001,
    0.11923925528113632,
    0.15552747,
    0.91447253,
    0.10326422420180184,
  ],
  [
    [0.9, 0.7, 0.4, 0.35, 0.2, 0.8, 0.75, 0.6, 0.1, 0.55],
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    0.5350000000000001,
    0.08401388774085707,
    0.34494738,
    0.72505262,
    0.0797025721040419,
  ],
];

const value = fc.double({ min: -10, max: 10, noNaN: true });

describe("clusteredInterval", () => {
  it.each(STATSMODELS)("is statsmodels' %#", (values, clusters, mean, standardError, low, high, plain) => {
    const result = clusteredInterval(values, clusters);
    expect(result.mean).toBeCloseTo(mean, 14);
    expect(result.standardError).toBeCloseTo(standardError, 14);
    expect(result.low).toBeCloseTo(low, 8);
    expect(result.high).toBeCloseTo(high, 8);
    expect(result.clusters).toBe(new Set(clusters).size);
    const { clusters: count } = result;
    expect(result.standardError * Math.sqrt((count - 1) / count)).toBeCloseTo(plain, 14);
  });

  it("is Miller's double sum over pairs, but for the factor", () => {
    const pairs = fc.array(fc.tuple(value, fc.constantFrom("a", "b", "c")), { minLength: 3, maxLength: 30 });
    fc.assert(
      fc.property(pairs, (list) => {
        const values = list.map(([first]) => first);
        const clusters = list.map(([, second]) => second);
        const count = new Set(clusters).size;
        fc.pre(count > 1);
        const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
        let sum = 0;
        for (const [x, a] of list) {
          for (const [y, b] of list) if (a === b) sum += (x - mean) * (y - mean);
        }
        const miller = Math.max(sum, 0) / values.length ** 2;
        const { standardError } = clusteredInterval(values, clusters);
        expect(standardError ** 2).toBeCloseTo((miller * count) / (count - 1), 9);
      }),
    );
  });

  it("is the plain interval of the mean where every value is a cluster", () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 20 }), (values) => {
        const { mean, low, high } = clusteredInterval(
          values,
          values.map((_, i) => i),
          0.9,
        );
        const { mean: plain, interval } = meanInterval(values, 0.9);
        expect(mean).toBeCloseTo(plain, 12);
        expect(low).toBeCloseTo(interval?.low ?? NaN, 9);
        expect(high).toBeCloseTo(interval?.high ?? NaN, 9);
      }),
    );
  });

  it("gains nothing from repeating the values within their clusters", () => {
    const values = [0.2, 0.9, 0.4, 0.7, 0.1];
    const once = clusteredInterval(values, ["a", "b", "c", "d", "e"]);
    const often = clusteredInterval(
      [...values, ...values, ...values],
      ["a", "b", "c", "d", "e", "a", "b", "c", "d", "e", "a", "b", "c", "d", "e"],
    );
    expect(often.standardError).toBeCloseTo(once.standardError, 14);
    expect(often.high).toBeCloseTo(once.high, 12);
  });

  it("covers the mean of dependent values as often as it says, where the plain interval does not", () => {
    const rng = createRng(7);
    const repeats = 300;
    let covered = 0;
    let plain = 0;
    for (let repeat = 0; repeat < repeats; repeat++) {
      const clusters = Array.from({ length: 60 }, (_, i) => i % 12);
      const shared = Array.from({ length: 12 }, () => rng.normal());
      const values = clusters.map((cluster) => (shared[cluster] ?? 0) + rng.normal());
      const { low, high } = clusteredInterval(values, clusters);
      if (low <= 0 && 0 <= high) covered++;
      const { interval } = meanInterval(values);
      if (interval !== undefined && interval.low <= 0 && 0 <= interval.high) plain++;
    }
    expect(Math.abs(covered / repeats - 0.95)).toBeLessThan(0.05);
    expect(plain / repeats).toBeLessThan(0.8);
  });

  it("has no width for equal values and keeps 1 and '1' apart", () => {
    expect(clusteredInterval([2, 2, 2], [1, "1", 1])).toEqual({
      mean: 2,
      standardError: 0,
      low: 2,
      high: 2,
      clusters: 2,
    });
  });

  it.each<[string, number[], (string | number)[], string]>([
    ["no values", [], [], "at least 1 value, got 0"],
    ["one cluster", [1, 2], ["a", "a"], "at least two clusters, got 1"],
    ["other lengths", [1, 2], ["a"], "equal length, got 2 and 1"],
    ["NaN", [1, NaN], ["a", "b"], "got NaN at position 1"],
    [
      "a cluster that is missing",
      [1, 2],
      ["a", undefined as unknown as string],
      "got undefined at position 1",
    ],
    ["a cluster that is NaN", [1, 2], [NaN, 1], "got NaN at position 0"],
  ])("refuses %s", (_name, values, clusters, message) => {
    expect(() => clusteredInterval(values, clusters)).toThrow(message);
    expect(() => clusteredInterval(values, clusters)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  });

  it("refuses the level 95", () => {
    expect(() => clusteredInterval([1, 2], [1, 2], 95)).toThrow("got 95");
  });
});
