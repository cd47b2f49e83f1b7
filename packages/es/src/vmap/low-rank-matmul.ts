/**
 * The product with a low-rank matrix per element: `x base + (x rowFactors) columnFactorsᵀ`.
 *
 * It never allocates `size · rows · columns`. When all elements share `x`, as in the first layer of a network whose
 * input does not depend on the candidate, the large product is computed once for all of them.
 */
import * as tf from "@tensorflow/tfjs-core";
import { tfjsEngine } from "../backend/tfjs-engine.js";
import { LOW_RANK_MATMUL, hasLowRankMatMul, type Activation } from "../backend/wasm/native/low-rank.js";
import { batchAxisOf } from "./batched-tensor.js";
import type { LowRankMatrix } from "./low-rank-matrix.js";

/** True where one native kernel does it all: not for operands that are batched once more. */
export function isOneKernel(x: tf.Tensor, { stored, rowFactors, columnFactors }: LowRankMatrix): boolean {
  return hasLowRankMatMul() && [x, stored.base, rowFactors, columnFactors].every(isPlain);
}

export function isPlain(tensor: tf.Tensor): boolean {
  return batchAxisOf(tensor) === undefined && tensor.dtype === "float32";
}

/** `activation(x · matrix + bias)` in the native kernel, `[size, m, columns]`. */
export function layer(
  x: tf.Tensor,
  matrix: LowRankMatrix,
  bias: tf.Tensor | undefined,
  activation: Activation,
): tf.Tensor {
  const { stored, rowFactors, columnFactors } = matrix;
  const inputs = { x, base: stored.base, rowFactors, columnFactors, ...(bias && { bias }) };
  const { transposed } = stored;
  return tfjsEngine.runKernel(LOW_RANK_MATMUL, inputs, { transposed, activation }) as tf.Tensor;
}

/** `x` is `[m, rows]`, the same for all elements, or `[size, m, rows]`. Returns `[size, m, columns]`. */
export function lowRankMatMul(x: tf.Tensor, matrix: LowRankMatrix): tf.Tensor {
  const { base, rowFactors, columnFactors } = matrix;
  const projected = x.rank === 2 ? projectShared(x, rowFactors) : tf.matMul(x, rowFactors);
  const change = tf.matMul(projected, columnFactors, false, true);
  return tf.add(change, productWithShared(x, base));
}

/** `[m, rows] · [size, rows, rank]` as one product, `[size, m, rank]`. */
function projectShared(x: tf.Tensor, factors: tf.Tensor): tf.Tensor {
  const [size = 1, rows = 1, rank = 1] = factors.shape;
  const sideBySide = tf.reshape(tf.transpose(factors, [1, 0, 2]), [rows, size * rank]);
  const projected = tf.reshape(tf.matMul(x, sideBySide), [x.shape[0] ?? 1, size, rank]);
  return tf.transpose(projected, [1, 0, 2]);
}

/** `x · shared` with all leading axes of `x` merged into one large product. */
export function productWithShared(x: tf.Tensor, shared: tf.Tensor): tf.Tensor {
  const leading = x.shape.slice(0, -1);
  const rows = tf.reshape(x, [leading.reduce((product, side) => product * side, 1), shared.shape[0] ?? 1]);
  return tf.reshape(tf.matMul(rows, shared), [...leading, shared.shape[1] ?? 1]);
}
