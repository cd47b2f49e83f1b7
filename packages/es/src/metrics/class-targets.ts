/** Expected classes in the shape of a prediction, which has its classes along the last axis. */
import { HyperfuncError } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import { sameShape, showShape, sizeOf, type Numbers } from "./numeric.js";

/** Rows of class scores in a prediction; a number, or a last axis of one, is a single score. */
export function classRows(shape: readonly number[]): { readonly rows: number; readonly classes: number } {
  const classes = shape.at(-1) ?? 1;
  return { rows: sizeOf(shape) / classes, classes };
}

/**
 * Numbers of the prediction's shape: expected values of that shape are taken as they are (one-hot or a distribution),
 * one class index per row becomes one-hot.
 *
 * @throws INVALID_METRIC for other shapes and for an index that is no class.
 */
export function classTarget(
  metric: string,
  { shape: given, values }: Numbers,
  shape: readonly number[],
): ArrayLike<number> {
  if (isSame(given, shape)) return values;
  const { rows, classes } = classRows(shape);
  if (!isSame(given, shape.slice(0, -1)))
    mismatch(metric, given, shape, `, or one class index for each of ${rows} row(s)`);
  const target = new Float32Array(rows * classes);
  for (let row = 0; row < rows; row++) {
    const index = values[row] ?? Number.NaN;
    if (!Number.isInteger(index) || index < 0 || index >= classes) {
      throw new HyperfuncError(
        "INVALID_METRIC",
        `${metric}: the expected class is ${index}, but the prediction has classes 0 to ${classes - 1}.`,
      );
    }
    target[row * classes + index] = 1;
  }
  return target;
}

/** The same for tensors of all examples at once: `[examples, ...given]` to `[examples, ...shape]`. */
export function classTargets(metric: string, expected: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const [examples = 0, ...given] = expected.shape;
  if (isSame(given, shape)) return tf.reshape(expected, [examples, ...shape]);
  const { rows, classes } = classRows(shape);
  if (!isSame(given, shape.slice(0, -1)))
    mismatch(metric, given, shape, `, or one class index for each of ${rows} row(s)`);
  const indices = tf.cast(tf.reshape(expected, [examples * rows]), "int32");
  const hot = tf.cast(tf.oneHot(indices, classes), "float32");
  // A class that does not exist has no 1 in its row: 0 / 0 marks it with NaN, without reading the tensor.
  return tf.reshape(tf.div(hot, tf.sum(hot, 1, true)), [examples, ...shape]);
}

/** Numbers of the prediction's shape, taken as they are. @throws INVALID_METRIC for another shape. */
export function equalTarget(
  metric: string,
  { shape: given, values }: Numbers,
  shape: readonly number[],
): ArrayLike<number> {
  if (!isSame(given, shape)) mismatch(metric, given, shape);
  return values;
}

/** The same for tensors of all examples at once. */
export function equalTargets(metric: string, expected: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const [examples = 0, ...given] = expected.shape;
  if (!isSame(given, shape)) mismatch(metric, given, shape);
  return tf.reshape(expected, [examples, ...shape]);
}

/** Axes of length 1 do not matter: a program may well return `[1, 10]` or `[1]`. */
function isSame(left: readonly number[], right: readonly number[]): boolean {
  const long = (side: number): boolean => side !== 1;
  return sameShape(left.filter(long), right.filter(long));
}

function mismatch(
  metric: string,
  given: readonly number[],
  shape: readonly number[],
  alternative = "",
): never {
  throw new HyperfuncError(
    "INVALID_METRIC",
    `${metric}: the prediction has shape ${showShape(shape)} and the expected value ${showShape(given)}; ` +
      `give an expected value of the same shape${alternative}.`,
  );
}
