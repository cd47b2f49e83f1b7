import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { drawNoise, type LeafNoise } from "./noise.js";

const matrix = { path: "net.hp.weight", shape: [5, 3], noiseRank: 2 };
const vector = { path: "net.hp.bias", shape: [7], noiseRank: undefined };

/** Every number of one draw. */
function numbers(noise: LeafNoise, draw: number, draws: number): number[] {
  const arrays = noise.kind === "lowRank" ? [noise.a, noise.b] : [noise.draws];
  return arrays.flatMap((values) => {
    const width = values.length / draws;
    return [...values.subarray(draw * width, (draw + 1) * width)];
  });
}

describe("drawNoise", () => {
  it("depends on seed, generation, draw and path, and on nothing else", () => {
    for (const leaf of [matrix, vector]) {
      const few = drawNoise(leaf, 3, 7, 4);
      const many = drawNoise(leaf, 20, 7, 4);
      for (let draw = 0; draw < 3; draw++) expect(numbers(many, draw, 20)).toEqual(numbers(few, draw, 3));
      const others = [
        drawNoise(leaf, 3, 8, 4),
        drawNoise(leaf, 3, 7, 5),
        drawNoise({ ...leaf, path: "net.hp.other" }, 3, 7, 4),
      ];
      for (const other of others) expect(numbers(other, 0, 3)).not.toEqual(numbers(few, 0, 3));
      expect(numbers(few, 1, 3)).not.toEqual(numbers(few, 0, 3));
    }
  });

  it("gives factors of the matrix's sides, and one number per element of anything else", () => {
    const low = drawNoise(matrix, 4, 0, 0);
    expect(low.kind === "lowRank" && [low.rank, low.a.length, low.b.length]).toEqual([
      2,
      4 * 2 * 5,
      4 * 2 * 3,
    ]);
    const full = drawNoise(vector, 4, 0, 0);
    expect(full.kind === "full" && full.draws.length).toBe(4 * 7);
    const scalar = drawNoise({ path: "t", shape: [], noiseRank: undefined }, 4, 0, 0);
    expect(scalar.kind === "full" && scalar.draws.length).toBe(4);
  });

  it("has mean 0 and variance 1 per element, also for products of factors", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.nat(), (rank, seed) => {
        const draws = 3000;
        const noise = drawNoise({ path: "w", shape: [6, 6], noiseRank: rank }, draws, seed, 0);
        if (noise.kind !== "lowRank") throw new Error("expected factors");
        let sum = 0;
        let squares = 0;
        for (let draw = 0; draw < draws; draw++) {
          let element = 0;
          for (let r = 0; r < rank; r++) {
            element += (noise.a[(draw * rank + r) * 6 + 1] ?? 0) * (noise.b[(draw * rank + r) * 6 + 4] ?? 0);
          }
          element /= Math.sqrt(rank);
          sum += element;
          squares += element * element;
        }
        expect(Math.abs(sum / draws)).toBeLessThan(0.1);
        expect(Math.abs(squares / draws - 1)).toBeLessThan(0.25);
      }),
      { numRuns: 8, seed: 1 },
    );
  });
});
