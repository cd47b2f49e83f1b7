/** What a user declares about the parameters of an `EggrollES`, and where they start. */
import { fillNormals, HyperfuncError, rngKey } from "@hyperfunc/core";
import { leafSize, type StrategyLeaf } from "./leaf.js";
import type { Schedule } from "./schedule.js";

/**
 * A shape, `[]` for a scalar and `[out, in]` for a matrix, or a shape with details.
 *
 * Without `init`, matrices start at normal draws of variance 2 / (out + in) (Glorot and Bengio 2010), keyed by seed and
 * name, and everything else at zeros.
 */
export type ParameterDeclaration =
  | readonly number[]
  | {
      readonly shape: readonly number[];
      /** Starting values, row-major. */
      readonly init?: ArrayLike<number>;
      /** Rank of this matrix's noise; `"full"` gives every element its own. Default: the rank for all matrices. */
      readonly rank?: number | "full";
      /** Noise scale of this parameter; default the common one. */
      readonly sigma?: Schedule;
      /** Learning rate of this parameter; default the common one. */
      readonly lr?: Schedule;
    };

/** The leaf that a declaration describes. */
export function declaredLeaf(
  path: string,
  declaration: ParameterDeclaration,
  rank: number | "full",
): StrategyLeaf {
  if (!("shape" in declaration))
    return { path, shape: [...declaration], noiseRank: rankFor(declaration, rank) };
  const { shape, sigma, lr } = declaration;
  return {
    path,
    shape: [...shape],
    noiseRank: declaration.rank === undefined ? rankFor(shape, rank) : fullOr(declaration.rank),
    ...(sigma === undefined ? {} : { sigma }),
    ...(lr === undefined ? {} : { lr }),
  };
}

/** The declaration that gives this leaf again, without its starting values. */
export function redeclared({ shape, noiseRank, sigma, lr }: StrategyLeaf): ParameterDeclaration {
  return {
    shape,
    rank: noiseRank ?? "full",
    ...(sigma === undefined ? {} : { sigma }),
    ...(lr === undefined ? {} : { lr }),
  };
}

/** @throws SHAPE_MISMATCH when `init` does not fill the shape. */
export function startingValues(
  leaf: StrategyLeaf,
  declaration: ParameterDeclaration,
  seed: number,
): Float32Array {
  const size = leafSize(leaf);
  const init = "shape" in declaration ? declaration.init : undefined;
  if (init !== undefined) {
    if (init.length === size) return Float32Array.from(init);
    throw new HyperfuncError(
      "SHAPE_MISMATCH",
      `init of "${leaf.path}" has ${init.length} numbers, but its shape [${leaf.shape.join(", ")}] takes ${size}.`,
    );
  }
  const values = new Float32Array(size);
  const [out, columns] = leaf.shape;
  if (leaf.shape.length !== 2 || out === undefined || columns === undefined) return values;
  fillNormals(values, rngKey(seed, "init", leaf.path), 0);
  const std = Math.sqrt(2 / (out + columns));
  return values.map((normal) => normal * std);
}

/** The common rank is meant for matrices; everything else has full noise. */
function rankFor(shape: readonly number[], rank: number | "full"): number | undefined {
  return shape.length === 2 ? fullOr(rank) : undefined;
}

function fullOr(rank: number | "full"): number | undefined {
  return rank === "full" ? undefined : rank;
}
