/** Joining and taking apart features, as plain tensor functions that batch like any other. */
import { HyperfuncError } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Joins tensors along one axis.
 *
 * @param tensors At least one; shapes are equal but for the joined axis.
 * @param dim The joined axis; negative ones count from the end. Default -1.
 * @returns `[..., sum of the lengths along dim, ...]`
 * @throws HyperfuncError INVALID_ARGUMENT for an empty list or an axis that does not exist; SHAPE_MISMATCH when the
 *   shapes do not fit.
 * @example
 * import * as tf from "@tensorflow/tfjs-core";
 * import { combine } from "@hyperfunc/es";
 * console.log(combine([tf.zeros([2, 3]), tf.ones([2, 1])]).shape); // [2, 4]
 */
export function combine(tensors: readonly tf.Tensor[], dim = -1): tf.Tensor {
  const [first, ...others] = tensors;
  if (first === undefined) throw new HyperfuncError("INVALID_ARGUMENT", "combine needs at least one tensor.");
  const axis = checkAxis("combine", first, dim);
  others.forEach((other, index) => {
    const fits =
      other.rank === first.rank && other.shape.every((side, at) => at === axis || side === first.shape[at]);
    if (fits) return;
    throw new HyperfuncError(
      "SHAPE_MISMATCH",
      `combine along axis ${dim} needs equal shapes but for that axis; tensor 0 has [${String(first.shape)}], ` +
        `tensor ${index + 1} has [${String(other.shape)}].`,
    );
  });
  return tf.concat([...tensors], axis);
}

/**
 * Takes a tensor apart along one axis.
 *
 * @param tensor `[..., n, ...]`
 * @param sizes Lengths of the parts, which add up to `n`; or the number of equal parts, which divides `n`.
 * @param dim The axis; negative ones count from the end. Default -1.
 * @returns One tensor per part.
 * @throws HyperfuncError INVALID_ARGUMENT for an axis that does not exist or lengths that are no positive integers;
 *   SHAPE_MISMATCH when they do not add up.
 * @example
 * import * as tf from "@tensorflow/tfjs-core";
 * import { split } from "@hyperfunc/es";
 * const [left, right] = split(tf.zeros([2, 5]), [2, 3]);
 * console.log(left?.shape, right?.shape); // [2, 2] [2, 3]
 */
export function split(tensor: tf.Tensor, sizes: number | readonly number[], dim = -1): tf.Tensor[] {
  const axis = checkAxis("split", tensor, dim);
  const length = tensor.shape[axis] ?? 0;
  const parts = typeof sizes === "number" ? equalParts(length, sizes, dim) : [...sizes];
  const bad = parts.find((size) => !Number.isInteger(size) || size < 1);
  if (bad !== undefined || parts.length === 0) {
    throw new HyperfuncError(
      "INVALID_ARGUMENT",
      `split needs lengths that are positive integers, got [${String(sizes)}].`,
    );
  }
  const sum = parts.reduce((total, size) => total + size, 0);
  if (sum !== length) {
    throw new HyperfuncError(
      "SHAPE_MISMATCH",
      `split into [${String(parts)}] needs an axis of length ${sum}, but axis ${dim} of [${String(tensor.shape)}] has ${length}.`,
    );
  }
  return tf.split(tensor, parts, axis);
}

function equalParts(length: number, count: number, dim: number): number[] {
  if (Number.isInteger(count) && count > 0 && length % count === 0) {
    return Array.from({ length: count }, () => length / count);
  }
  throw new HyperfuncError(
    "SHAPE_MISMATCH",
    `split cannot make ${count} equal parts of axis ${dim}, which has length ${length}.`,
  );
}

function checkAxis(name: string, tensor: tf.Tensor, dim: number): number {
  const axis = dim < 0 ? dim + tensor.rank : dim;
  if (Number.isInteger(axis) && axis >= 0 && axis < tensor.rank) return axis;
  throw new HyperfuncError(
    "INVALID_ARGUMENT",
    `${name}: a tensor of shape [${String(tensor.shape)}] has no axis ${dim}.`,
  );
}
