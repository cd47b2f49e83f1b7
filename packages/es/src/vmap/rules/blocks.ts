/** Kernels that move values between the image batch and the sides of images, and diagonals. */
import * as tf from "@tensorflow/tfjs-core";
import { batched, rewritten, type RuleEntry } from "./rule.js";

type Attributes = Readonly<Record<string, unknown>>;

export const blockRules: RuleEntry[] = [
  // The image batch counts blocks first; the elements behind it stay together whichever block an image comes from.
  ...batched<tf.SpaceToBatchNDInputs, Attributes>([tf.SpaceToBatchND, tf.BatchToSpaceND], (call) => {
    const [images = 1, ...rest] = call.inputs.x.shape;
    const merged = tf.reshape(swapped(call.stacked(call.inputs.x)), [images * call.size, ...rest]);
    const result = call.run({ x: merged }, call.attributes) as tf.Tensor;
    const [blocks = 1, ...sides] = result.shape;
    return swapped(tf.reshape(result, [blocks / call.size, call.size, ...sides]));
  }),
  // A column followed by zeros, read as rows that are one longer than needed, is a diagonal matrix.
  ...rewritten<tf.DiagInputs, unknown>([tf.Diag], ({ inputs: { x } }) => {
    const count = x.size;
    const rows = tf.pad(tf.reshape(x, [count, 1]), [
      [0, 0],
      [0, count],
    ]);
    const matrix = tf.slice(tf.reshape(rows, [-1]), 0, count * count);
    return tf.reshape(matrix, [...x.shape, ...x.shape]);
  }),
];

/** The first two axes exchanged. */
function swapped(tensor: tf.Tensor): tf.Tensor {
  return tf.transpose(tensor, [1, 0, ...tensor.shape.slice(2).map((_, axis) => axis + 2)]);
}
