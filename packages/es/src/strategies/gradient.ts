/**
 * The search gradient g = (1/N) sum_i f_i eps_i of Salimans et al. (2017, arXiv:1703.03864) from shaped fitness f and
 * unit draws eps, for low-rank noise as (1/N) sum_p w_p A_p B_p^T / sqrt(r) without any perturbation being formed.
 *
 * Sums run in the order of the draws, in groups of four, in float64: the result does not depend on who evaluated what.
 */
import { leafSize, type Pairing } from "./leaf.js";
import type { LeafSearch } from "./perturbation.js";

const GROUP = 4;

/** `scale * sum_i scores[i] * eps_i`, of the leaf's size and row-major; `scores` has one entry per member. */
export function searchGradient(
  { leaf, noise }: Pick<LeafSearch, "leaf" | "noise">,
  scores: Float64Array,
  scale: number,
  pairing: Pairing,
): Float32Array {
  const gradient = new Float32Array(leafSize(leaf));
  if (noise.kind === "reflected") {
    addWeightedRows(
      gradient,
      0,
      padded(scores.map((score) => score * scale)),
      scores.length,
      noise.draws,
      gradient.length,
    );
    return gradient;
  }
  const weights = drawWeights(scores, scale, pairing);
  if (noise.kind === "full") {
    addWeightedRows(gradient, 0, padded(weights), weights.length, noise.draws, gradient.length);
    return gradient;
  }
  const [out = 1, columns = 1] = leaf.shape;
  const { rank, a, b } = noise;
  const rows = weights.length * rank;
  const coefficients = padded(new Float64Array(rows));
  const shrink = 1 / Math.sqrt(rank);
  for (let o = 0; o < out; o++) {
    for (let row = 0; row < rows; row++) {
      coefficients[row] = (weights[Math.trunc(row / rank)] ?? 0) * shrink * (a[row * out + o] ?? 0);
    }
    addWeightedRows(gradient, o * columns, coefficients, rows, b, columns);
  }
  return gradient;
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

/** Zeros up to a whole number of groups. */
function padded(coefficients: Float64Array): Float64Array {
  const result = new Float64Array(Math.ceil(coefficients.length / GROUP) * GROUP);
  result.set(coefficients);
  return result;
}

/** `target[offset + i] = sum_k coefficients[k] * rows[k, i]` for `count` rows of one width. */
function addWeightedRows(
  target: Float32Array,
  offset: number,
  coefficients: Float64Array,
  count: number,
  rows: Float32Array,
  width: number,
): void {
  const sums = new Float64Array(width);
  for (let k = 0; k < count; k += GROUP) {
    const c0 = coefficients[k] ?? 0;
    const c1 = coefficients[k + 1] ?? 0;
    const c2 = coefficients[k + 2] ?? 0;
    const c3 = coefficients[k + 3] ?? 0;
    // Past the last row the coefficient is zero; the row read in its place only has to exist.
    const r0 = k * width;
    const r1 = Math.min(k + 1, count - 1) * width;
    const r2 = Math.min(k + 2, count - 1) * width;
    const r3 = Math.min(k + 3, count - 1) * width;
    for (let i = 0; i < width; i++) {
      sums[i] =
        (sums[i] ?? 0) +
        (c0 * (rows[r0 + i] ?? 0) +
          c1 * (rows[r1 + i] ?? 0) +
          c2 * (rows[r2 + i] ?? 0) +
          c3 * (rows[r3 + i] ?? 0));
    }
  }
  for (let i = 0; i < width; i++) target[offset + i] = sums[i] ?? 0;
}
