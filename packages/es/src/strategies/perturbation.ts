/** From unit draws to the members' values: mean + sign * sigma * draw, kept in factors where the noise is low-rank. */
import type { LeafBatch } from "@hyperfunc/core";
import { drawOf, leafSize, signOf, type Pairing, type StrategyLeaf, type Values } from "./leaf.js";
import type { LeafNoise } from "./noise.js";
import { reflect } from "./reflection.js";

/** Everything that makes the members' values of one leaf in one generation. */
export interface LeafSearch {
  readonly leaf: StrategyLeaf;
  readonly mean: Values;
  readonly sigma: number;
  readonly noise: LeafNoise;
}

/**
 * Reflects the draws of a bounded leaf so that every member stays in the range; other noise is returned as it is.
 *
 * Near a bound the two members of a pair are no mirror images any more. At the bound itself they would coincide and
 * cancel in the mirrored estimate, and the mean could never leave. So the result has one signed draw per member: the
 * displacement that the member really got, in units of sigma, from which the gradient is estimated as a regression.
 */
export function reflected(search: LeafSearch, pairing: Pairing): LeafSearch {
  const { leaf, mean, sigma, noise } = search;
  if (leaf.bounds === undefined || noise.kind !== "full") return search;
  const [min, max] = leaf.bounds;
  const size = leafSize(leaf);
  const draws = new Float32Array(pairing.popSize * size);
  for (let member = 0; member < pairing.popSize; member++) {
    const scale = signOf(member, pairing) * sigma;
    const from = drawOf(member, pairing) * size;
    for (let i = 0; i < size; i++) {
      const centre = mean[i] ?? 0;
      draws[member * size + i] =
        (reflect(centre + scale * (noise.draws[from + i] ?? 0), min, max) - centre) / sigma;
    }
  }
  return { ...search, noise: { kind: "reflected", draws } };
}

/** Values of every member: `[members, size]`, or factors `a [members, out, rank]` and `b [members, in, rank]`. */
export function memberBatch({ leaf, mean, sigma, noise }: LeafSearch, pairing: Pairing): LeafBatch {
  if (noise.kind === "lowRank") {
    const [out = 1, columns = 1] = leaf.shape;
    const scale = sigma / Math.sqrt(noise.rank);
    return {
      kind: "lowRank",
      base: mean instanceof Float32Array ? mean : Float32Array.from(mean),
      rank: noise.rank,
      a: memberFactors(noise.a, out, noise.rank, pairing, (member) => signOf(member, pairing) * scale),
      b: memberFactors(noise.b, columns, noise.rank, pairing, () => 1),
    };
  }
  const size = leafSize(leaf);
  const length = pairing.popSize * size;
  const values = mean instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
  const [min, max] = leaf.bounds ?? [-Infinity, Infinity];
  const own = noise.kind === "reflected";
  for (let member = 0; member < pairing.popSize; member++) {
    const scale = own ? sigma : signOf(member, pairing) * sigma;
    const from = (own ? member : drawOf(member, pairing)) * size;
    for (let i = 0; i < size; i++) {
      const value = (mean[i] ?? 0) + scale * (noise.draws[from + i] ?? 0);
      values[member * size + i] = Math.min(Math.max(value, min), max);
    }
  }
  return { kind: "dense", values };
}

/** Draws `[draws, rank, side]` as member factors `[members, side, rank]`. */
function memberFactors(
  draws: Float32Array,
  side: number,
  rank: number,
  pairing: Pairing,
  scaleOf: (member: number) => number,
): Float32Array {
  const factors = new Float32Array(pairing.popSize * side * rank);
  for (let member = 0; member < pairing.popSize; member++) {
    const scale = scaleOf(member);
    const from = drawOf(member, pairing) * rank * side;
    const to = member * side * rank;
    for (let r = 0; r < rank; r++) {
      for (let i = 0; i < side; i++) factors[to + i * rank + r] = scale * (draws[from + r * side + i] ?? 0);
    }
  }
  return factors;
}
