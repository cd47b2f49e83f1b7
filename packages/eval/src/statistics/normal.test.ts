import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { normalCdf, normalQuantile } from "./normal.js";

/** scipy 1.10.1: scipy.stats.norm.ppf(p). */
const QUANTILES = [
  [1e-300, -37.0470962993612],
  [1e-100, -21.273453560965322],
  [1e-20, -9.262340089798409],
  [1e-12, -7.034483825301131],
  [1e-5, -4.264890793922825],
  [0.001, -3.090232306167813],
  [0.01, -2.3263478740408408],
  [0.025, -1.9599639845400545],
  [0.07, -1.4757910281791706],
  [0.075, -1.4395314709384563],
  [0.1, -1.2815515655446004],
  [0.3, -0.5244005127080409],
  [0.49, -0.02506890825871106],
  [0.5, 0],
  [0.6, 0.2533471031357997],
  [0.8, 0.8416212335729143],
  [0.925, 1.4395314709384563],
  [0.95, 1.6448536269514722],
  [0.975, 1.959963984540054],
  [0.99, 2.3263478740408408],
  [0.995, 2.5758293035489004],
  [0.999999, 4.753424308817087],
] as const;

/** scipy 1.10.1: scipy.stats.norm.cdf(x). */
const PROBABILITIES = [
  [-37, 5.7255712225239266e-300],
  [-20, 2.7536241186061556e-89],
  [-8, 6.22096057427174e-16],
  [-5, 2.866515718791933e-7],
  [-3.01, 0.0013062384487694675],
  [-3, 0.0013498980316300933],
  [-2.99, 0.0013948872354922468],
  [-2, 0.022750131948179195],
  [-1, 0.15865525393145707],
  [-0.5, 0.3085375387259869],
  [-1e-9, 0.49999999960105773],
  [0, 0.5],
  [0.1, 0.539827837277029],
  [0.6744897501960817, 0.75],
  [1, 0.8413447460685429],
  [1.959963984540054, 0.975],
  [3, 0.9986501019683699],
  [6, 0.9999999990134123],
  [9, 1],
] as const;

describe("normalQuantile", () => {
  it.each(QUANTILES)("of %d is %d", (p, expected) => {
    expect(Math.abs(normalQuantile(p) - expected)).toBeLessThanOrEqual(
      1e-13 * Math.max(1, Math.abs(expected)),
    );
  });

  it("is infinite at the ends and nothing outside", () => {
    expect([0, 1, -0.1, 1.1, NaN].map(normalQuantile)).toEqual([-Infinity, Infinity, NaN, NaN, NaN]);
  });
});

describe("normalCdf", () => {
  it.each(PROBABILITIES)("of %d is %d", (x, expected) => {
    expect(Math.abs(normalCdf(x) / expected - 1)).toBeLessThan(1e-12);
  });

  it("runs from 0 to 1", () => {
    expect([-Infinity, -50, 50, Infinity].map(normalCdf)).toEqual([0, 0, 1, 1]);
    expect(normalCdf(NaN)).toBeNaN();
  });

  it("undoes the quantile", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-290, max: 1 - 1e-10, noNaN: true }), (p) => {
        expect(Math.abs(normalCdf(normalQuantile(p)) / p - 1)).toBeLessThan(1e-11);
      }),
    );
  });

  it("is symmetric and rises", () => {
    const x = fc.double({ min: -38, max: 38, noNaN: true });
    fc.assert(
      fc.property(x, x, (a, b) => {
        expect(normalCdf(-a) + normalCdf(a)).toBeCloseTo(1, 14);
        expect(normalCdf(Math.min(a, b))).toBeLessThanOrEqual(normalCdf(Math.max(a, b)));
      }),
    );
  });
});
