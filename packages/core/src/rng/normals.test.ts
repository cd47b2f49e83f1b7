import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { fillNormals } from "./normals.js";
import { rngKey } from "./rng-key.js";

function normals(length: number, seed: number, counter: number): Float32Array {
  const out = new Float32Array(length);
  fillNormals(out, rngKey(seed, "normals"), counter);
  return out;
}

/** Mean of `f` in units of its standard error, given its expectation and variance. */
function deviation(
  values: Float32Array,
  f: (x: number) => number,
  expected: number,
  variance: number,
): number {
  let sum = 0;
  for (const value of values) sum += f(value);
  return (sum / values.length - expected) / Math.sqrt(variance / values.length);
}

/** Abramowitz and Stegun 7.1.26, to 1e-7. */
function normalCdf(x: number): number {
  const t = 1 / (1 + 0.3275911 * (Math.abs(x) / Math.SQRT2));
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const upper = 0.5 * series * Math.exp((-x * x) / 2);
  return x < 0 ? upper : 1 - upper;
}

describe("fillNormals", () => {
  const sample = normals(500_000, 1, 0);

  it("has the moments of the standard normal", () => {
    expect(Math.abs(deviation(sample, (x) => x, 0, 1))).toBeLessThan(4.5);
    expect(Math.abs(deviation(sample, (x) => x ** 2, 1, 2))).toBeLessThan(4.5);
    expect(Math.abs(deviation(sample, (x) => x ** 3, 0, 15))).toBeLessThan(4.5);
    expect(Math.abs(deviation(sample, (x) => x ** 4, 3, 96))).toBeLessThan(4.5);
    expect(Math.abs(deviation(sample, (x) => x ** 6, 15, 10170))).toBeLessThan(4.5);
  });

  it("has its distribution function, also in the tails", () => {
    const sorted = sample.slice().sort();
    for (let x = -4; x <= 4; x += 0.25) {
      const p = normalCdf(x);
      const below = sorted.findIndex((value) => value >= x) / sorted.length;
      expect(Math.abs(below - p) / Math.sqrt((p * (1 - p)) / sorted.length)).toBeLessThan(4.5);
    }
    expect(sample.every((value) => Number.isFinite(value) && Math.abs(value) < 8)).toBe(true);
  });

  it("has the tail of the normal beyond the last layer, and not that of an exponential", () => {
    const start = 3.6541528853610088;
    const many = new Float32Array(1_000_000);
    const beyond: number[] = [];
    for (let counter = 0; counter < 12; counter++) {
      fillNormals(many, rngKey(1, "tail"), counter);
      for (const value of many) if (value > start || value < -start) beyond.push(Math.abs(value) - start);
    }
    // Twice the upper tail, and density over tail minus start (Mills' ratio).
    const probability = 0.0002580324877;
    const excess = 0.2428861863;
    expect(Math.abs(beyond.length / 12e6 - probability)).toBeLessThan(4.5 * Math.sqrt(probability / 12e6));
    const mean = beyond.reduce((sum, value) => sum + value, 0) / beyond.length;
    expect(Math.abs(mean - excess)).toBeLessThan((4.5 * 0.24) / Math.sqrt(beyond.length));
  });

  it("draws independently within a fill, across counters and across keys", () => {
    const lag = (shift: number): Float32Array =>
      sample.subarray(shift).map((value, index) => value * (sample[index] ?? 0));
    const against = (other: Float32Array): Float32Array =>
      other.map((value, index) => value * (sample[index] ?? 0));
    const products = [
      lag(1),
      lag(2),
      lag(7),
      against(normals(sample.length, 1, 1)),
      against(normals(sample.length, 2, 0)),
    ];
    for (const product of products) {
      expect(Math.abs(deviation(product, (x) => x, 0, 1))).toBeLessThan(4.5);
      expect(Math.abs(deviation(product, (x) => x ** 2, 1, 8))).toBeLessThan(4.5);
    }
  });

  it("gives the same bits for the same key, counter and index", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.nat(0xffffffff),
        fc.integer({ min: 1, max: 5000 }),
        (seed, counter, length) => {
          const all = normals(length, seed, counter);
          expect(normals(Math.ceil(length / 3), seed, counter)).toEqual(all.slice(0, Math.ceil(length / 3)));
        },
      ),
      { numRuns: 50 },
    );
  });

  it("does not change from release to release", () => {
    const values = normals(100_000, 3, 4);
    expect([...values.slice(0, 3)]).toEqual([-0.4563775360584259, 0.4743073880672455, -1.0490840673446655]);
    // A checksum that also covers draws outside the fast path.
    const words = new Uint32Array(values.buffer);
    expect(words.reduce((hash, word) => (Math.imul(hash, 31) + word) | 0, 0)).toBe(-1636043394);
  });
});
