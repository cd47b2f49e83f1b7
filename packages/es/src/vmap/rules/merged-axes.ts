/** The batch axis joined with an axis that a kernel has anyway: with the images, or with the channels. */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelCall } from "../kernel-call.js";
import type { BatchedResult } from "./rule.js";

export type Attributes = Readonly<Record<string, unknown>>;
export type ImageCall = KernelCall<Readonly<Record<string, unknown>>, Attributes>;

/** `[size, images, ...rest]` as `[size · images, ...rest]`. */
export function mergedImages(call: KernelCall<object, object>, images: tf.Tensor): tf.Tensor {
  const [count = 1, ...rest] = images.shape;
  return tf.reshape(call.full(images), [call.size * count, ...rest]);
}

/** `[size · count, ...rest]` as `[size, count, ...rest]`. */
export function splitImages(size: number, merged: tf.Tensor): tf.Tensor {
  const [images = 1, ...rest] = merged.shape;
  return tf.reshape(merged, [size, images / size, ...rest]);
}

/** Runs the kernel once, with the images of all elements behind each other; other inputs are shared. */
export function withMergedImages(
  call: ImageCall,
  name: string,
  attributes: Attributes = call.attributes,
): BatchedResult {
  const images = call.inputs[name];
  if (images === undefined) throw new TypeError(`${call.kernel} lacks its input ${name}.`);
  const result = call.run({ ...call.inputs, [name]: mergedImages(call, images) }, attributes);
  return Array.isArray(result)
    ? result.map((part) => splitImages(call.size, part))
    : splitImages(call.size, result);
}

/** `[size, ...shape]` with the batch in front of `axis` of the shape, and merged with it. */
export function mergedInto(axis: number, full: tf.Tensor): tf.Tensor {
  const [size = 1, ...shape] = full.shape;
  const order = shape.map((_, position) => position + 1);
  const moved = tf.transpose(full, [...order.slice(0, axis), 0, ...order.slice(axis)]);
  return tf.reshape(
    moved,
    shape.map((side, position) => (position === axis ? size * side : side)),
  );
}

/** `[...sides, size · channels]` as `[size, ...sides, channels]`. */
export function splitChannels(size: number, merged: tf.Tensor): tf.Tensor {
  const sides = merged.shape.slice(0, -1);
  const split = tf.reshape(merged, [...sides, size, (merged.shape.at(-1) ?? 1) / size]);
  const order = sides.map((_, axis) => axis);
  return tf.transpose(split, [sides.length, ...order, sides.length + 1]);
}
