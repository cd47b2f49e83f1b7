import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { drawCount, type Pairing, type StrategyLeaf, type Values } from "./leaf.js";
import { memberValues } from "./materialise.js";
import { drawNoise } from "./noise.js";
import { memberBatch, reflected } from "./perturbation.js";

function batchOf(leaf: StrategyLeaf, mean: Values, sigma: number, pairing: Pairing, seed = 0) {
  const noise = drawNoise(leaf, drawCount(pairing), seed, 0);
  return memberBatch(reflected({ leaf, mean, sigma, noise }, pairing), pairing);
}

describe("memberBatch", () => {
  const mirrored = { popSize: 6, antithetic: true };

  it("keeps a matrix in factors, with scale and sign in a", () => {
    const leaf = { path: "w", shape: [4, 3], noiseRank: 2 };
    const mean = Float32Array.from({ length: 12 }, (_, i) => i);
    const batch = batchOf(leaf, mean, 0.5, mirrored);
    if (batch.kind !== "lowRank") throw new Error("expected factors");
    expect(batch.base).toBe(mean);
    expect([batch.rank, batch.a.length, batch.b.length]).toEqual([2, 6 * 4 * 2, 6 * 3 * 2]);
    const unit = drawNoise(leaf, 3, 0, 0);
    if (unit.kind !== "lowRank") throw new Error("expected factors");
    // Member 3 is the mirror image of draw 1; row 2, rank 1.
    const scaled = -((0.5 / Math.SQRT2) * (unit.a[(1 * 2 + 1) * 4 + 2] ?? 0));
    expect(batch.a[(3 * 4 + 2) * 2 + 1]).toBeCloseTo(scaled, 6);
    expect(batch.b[(3 * 3 + 2) * 2 + 1]).toBe(unit.b[(1 * 2 + 1) * 3 + 2]);
  });

  it("mirrors the members of an antithetic pair around the mean", () => {
    for (const leaf of [
      { path: "w", shape: [4, 3], noiseRank: 2 },
      { path: "b", shape: [12], noiseRank: undefined },
    ]) {
      const batch = batchOf(leaf, new Float32Array(12), 0.1, mirrored);
      for (let pair = 0; pair < 3; pair++) {
        const plus = memberValues(leaf, batch, 2 * pair);
        expect(memberValues(leaf, batch, 2 * pair + 1)).toEqual(plus.map((value) => -value));
        expect(plus.some((value) => value !== 0)).toBe(true);
      }
    }
  });

  it("gives every member its own draw without antithetic sampling", () => {
    const leaf = { path: "b", shape: [2], noiseRank: undefined };
    const batch = batchOf(leaf, new Float32Array(2), 1, { popSize: 5, antithetic: false });
    const members = Array.from({ length: 5 }, (_, member) => String(memberValues(leaf, batch, member)));
    expect(new Set(members).size).toBe(5);
  });

  it("keeps the precision of the mean", () => {
    const leaf = { path: "t", shape: [], noiseRank: undefined };
    const batch = batchOf(leaf, Float64Array.of(0.1), 1e-9, mirrored);
    if (batch.kind !== "dense") throw new Error("expected dense values");
    expect(batch.values).toBeInstanceOf(Float64Array);
    expect(batch.values[0]).toBeCloseTo(0.1, 7);
    expect(batch.values[0]).not.toBe(Math.fround(batch.values[0] ?? 0));
  });

  it("keeps every member of a bounded leaf inside, moved off the mean even at the bounds", () => {
    const leaf = { path: "t", shape: [], noiseRank: undefined, bounds: [0, 1] } as const;
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0.01, max: 3, noNaN: true }),
        fc.nat(),
        (mean, sigma, seed) => {
          const batch = batchOf(leaf, Float64Array.of(mean), sigma, mirrored, seed);
          if (batch.kind !== "dense") throw new Error("expected dense values");
          for (const value of batch.values) {
            expect(value).toBeGreaterThanOrEqual(0);
            expect(value).toBeLessThanOrEqual(1);
            expect(value).not.toBe(mean);
          }
        },
      ),
    );
  });
});
