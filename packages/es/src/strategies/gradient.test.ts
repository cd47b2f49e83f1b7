import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { searchGradient } from "./gradient.js";
import { drawCount, leafSize, type StrategyLeaf } from "./leaf.js";
import { memberValues } from "./materialise.js";
import { drawNoise } from "./noise.js";
import { memberBatch, reflected } from "./perturbation.js";

const side = fc.integer({ min: 1, max: 9 });
const leaves: fc.Arbitrary<StrategyLeaf> = fc.oneof(
  fc.tuple(side, side, side).map(([out, columns, rank]) => ({
    path: "w",
    shape: [out, columns],
    noiseRank: Math.min(rank, out, columns),
  })),
  side.map((size) => ({ path: "b", shape: [size], noiseRank: undefined })),
  side.map((size) => ({ path: "t", shape: [size], noiseRank: undefined, bounds: [-0.5, 0.7] as const })),
);

describe("searchGradient", () => {
  it("equals the sum over members of score times realised perturbation, for any leaf, rank and population", () => {
    const scores = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(leaves, scores, fc.boolean(), fc.nat(), (leaf, half, antithetic, seed) => {
        const list = Float64Array.from(antithetic ? half.flatMap((score) => [score, -score / 3]) : half);
        const pairing = { popSize: list.length, antithetic };
        const mean = new Float32Array(leafSize(leaf)).fill(0.125);
        const noise = drawNoise(leaf, drawCount(pairing), seed, 0);
        const search = reflected({ leaf, mean, sigma: 0.5, noise }, pairing);
        const batch = memberBatch(search, pairing);

        const expected = new Float64Array(mean.length);
        list.forEach((score, member) => {
          memberValues(leaf, batch, member).forEach((value, i) => {
            expected[i] = (expected[i] ?? 0) + (0.25 * score * (value - 0.125)) / 0.5;
          });
        });
        searchGradient(search, list, 0.25, pairing).forEach((value, i) => {
          expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 5);
        });
      }),
    );
  });

  it("writes the same bits however often it is asked", () => {
    const leaf = { path: "w", shape: [17, 23], noiseRank: 3 };
    const pairing = { popSize: 10, antithetic: true };
    const noise = drawNoise(leaf, 5, 3, 2);
    const scores = Float64Array.from({ length: 10 }, (_, member) => Math.sin(member));
    const first = searchGradient({ leaf, noise }, scores, 0.1, pairing);
    expect(searchGradient({ leaf, noise: drawNoise(leaf, 5, 3, 2) }, scores, 0.1, pairing)).toEqual(first);
  });
});
