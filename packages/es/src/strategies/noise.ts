/**
 * The random directions of a generation, drawn again at will from (seed, generation, draw, path).
 *
 * A matrix W [out, in] is perturbed by E = sigma / sqrt(r) * A B^T with A [out, r] and B [in, r] standard normal
 * (EGGROLL, Sarkar et al. 2025, arXiv:2511.16652): every element of E has variance sigma^2, and no E is ever formed.
 * Vectors, scalars and matrices without a rank get one standard normal per element. This file makes the unit draws;
 * sigma and the antithetic sign belong to perturbation.ts.
 */
import { foldIn, rngKey } from "@hyperfunc/core";
import { hostNormals } from "../kernels/host-normals.js";
import { leafSize, type StrategyLeaf } from "./leaf.js";

/** Unit draws of one leaf. */
export type LeafNoise =
  /** `a [draws, rank, out]` and `b [draws, rank, in]`. */
  | { readonly kind: "lowRank"; readonly rank: number; readonly a: Float32Array; readonly b: Float32Array }
  /** `[draws, size]` */
  | { readonly kind: "full"; readonly draws: Float32Array }
  /** `[members, size]`, sign included: draws of a bounded leaf after reflection, which undoes the mirror symmetry. */
  | { readonly kind: "reflected"; readonly draws: Float32Array };

/** Draws the noise of one leaf for one generation: draw `k` depends on nothing but (seed, generation, k, path). */
export function drawNoise(leaf: StrategyLeaf, draws: number, seed: number, generation: number): LeafNoise {
  const key = rngKey(seed, "noise", leaf.path);
  const [out = 1, columns = 1] = leaf.shape;
  const rank = leaf.noiseRank;
  if (rank === undefined) {
    return { kind: "full", draws: hostNormals(foldIn(key, "full"), draws, leafSize(leaf), generation) };
  }
  return {
    kind: "lowRank",
    rank,
    a: hostNormals(foldIn(key, "a"), draws, rank * out, generation),
    b: hostNormals(foldIn(key, "b"), draws, rank * columns, generation),
  };
}
