/** Indices that say which element of the batch they belong to, for kernels that index into all axes of one tensor. */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelCall } from "../kernel-call.js";

/** `[size, ...rest, depth]`, or `[...rest, depth]` when shared, as `[size, ...rest, depth + 1]` with the element first. */
export function withElement(call: KernelCall<object, object>, indices: tf.Tensor): tf.Tensor {
  const full = call.full(indices);
  const [size = 1, ...rest] = full.shape.slice(0, -1);
  const element = tf.reshape(tf.range(0, size, 1, "int32"), [size, ...rest.map(() => 1), 1]);
  return tf.concat([tf.tile(element, [1, ...rest, 1]), full], -1);
}
