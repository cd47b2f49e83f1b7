/**
 * The search gradient g = (1/N) sum_i f_i eps_i of Salimans et al. (2017, arXiv:1703.03864) from shaped fitness f and
 * unit draws eps, for low-rank noise as (1/N) sum_p w_p A_p B_p^T / sqrt(r) without any perturbation being formed.
 *
 * Either is one matrix product with the draws as its inner side, summed in their order: the result does not depend on who
 * evaluated what.
 */
import { hostProduct } from "../kernels/host-product.js";
import { leafSize, type Pairing } from "./leaf.js";
import type { LeafSearch } from "./perturbation.js";

/** `scale * sum_i scores[i] * eps_i`, of the leaf's size and row-major; `scores` has one entry per member. */
export function searchGradient(
  { leaf, noise }: Pick<LeafSearch, "leaf" | "noise">,
  scores: Float64Array,
  scale: number,
  pairing: Pairing,
): Float32Array {
  const size = leafSize(leaf);
  if (noise.kind === "reflected") {
    const weights = Float32Array.from(scores, (score) => score * scale);
    return hostProduct(weights, noise.draws, 1, weights.length, size);
  }
  const weights = drawWeights(scores, scale, pairing);
  if (noise.kind === "full") {
    return hostProduct(Float32Array.from(weights), noise.draws, 1, weights.length, size);
  }
  const [out = 1, columns = 1] = leaf.shape;
  const { rank, a, b } = noise;
  const rows = weights.length * rank;
  return hostProduct(weightedFactors(a, weights, out, rank), b, out, rows, columns);
}

/** `[out, draws * rank]`: the left factors as columns, each with the weight of its draw. */
function weightedFactors(a: Float32Array, weights: Float64Array, out: number, rank: number): Float32Array {
  const rows = weights.length * rank;
  const shrink = 1 / Math.sqrt(rank);
  const factors = new Float32Array(out * rows);
  for (let row = 0; row < rows; row++) {
    const weight = (weights[Math.trunc(row / rank)] ?? 0) * shrink;
    for (let o = 0; o < out; o++) factors[o * rows + row] = weight * (a[row * out + o] ?? 0);
  }
  return factors;
}

/** One weight per draw; the members of an antithetic pair use their draw with opposite signs. */
function drawWeights(scores: Float64Array, scale: number, { antithetic }: Pairing): Float64Array {
  if (!antithetic) return scores.map((score) => score * scale);
  const weights = new Float64Array(scores.length / 2);
  for (let draw = 0; draw < weights.length; draw++) {
    weights[draw] = ((scores[2 * draw] ?? 0) - (scores[2 * draw + 1] ?? 0)) * scale;
  }
  return weights;
}
