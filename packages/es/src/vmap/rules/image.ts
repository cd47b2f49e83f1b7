/** Pooling, normalisation and image kernels: the batch axis joins the image batch, which they have anyway. */
import * as tf from "@tensorflow/tfjs-core";
import { loop } from "../fallback.js";
import type { KernelCall } from "../kernel-call.js";
import { mergedImages, splitImages, withMergedImages, type Attributes } from "./merged-axes.js";
import { batched, rewritten, type BatchedResult, type RuleEntry } from "./rule.js";

/** Kernels by the name of their only input. */
const IMAGE_INPUT: Readonly<Record<string, string>> = {
  [tf.AvgPool]: "x",
  [tf.AvgPool3D]: "x",
  [tf.DepthToSpace]: "x",
  [tf.FlipLeftRight]: "image",
  [tf.LRN]: "x",
  [tf.MaxPool]: "x",
  [tf.MaxPool3D]: "x",
  [tf.ResizeBilinear]: "images",
  [tf.ResizeNearestNeighbor]: "images",
  [tf.RotateWithOffset]: "image",
};

export const imageRules: RuleEntry[] = [
  ...Object.entries(IMAGE_INPUT).flatMap(([kernel, name]) =>
    batched<Readonly<Record<string, unknown>>, Attributes>([kernel], (call) => withMergedImages(call, name)),
  ),
  // Backends disagree on whether such indexes count the images before.
  ...batched<tf.MaxPoolWithArgmaxInputs, Attributes>([tf.MaxPoolWithArgmax], (call) =>
    call.attributes["includeBatchInIndex"] === true ? loop(call) : withMergedImages(call, "x"),
  ),
  ...batched<tf.CropAndResizeInputs, Attributes>([tf.CropAndResize], cropAndResize),
  ...rewritten<tf.FusedBatchNormInputs, tf.FusedBatchNormAttrs>(
    [tf.FusedBatchNorm],
    ({ inputs, attributes }) => {
      const { x, mean, variance, offset, scale } = inputs as Readonly<Record<string, tf.Tensor | undefined>>;
      if (x === undefined || mean === undefined || variance === undefined)
        throw new TypeError("batchNorm lacks inputs.");
      const factor = tf.rsqrt(tf.add(variance, attributes.varianceEpsilon));
      const normal = tf.mul(tf.sub(x, mean), scale ? tf.mul(factor, scale) : factor);
      return offset ? tf.add(normal, offset) : normal;
    },
  ),
];

/** The boxes of all elements behind each other, pointing into images that are too, unless they are shared. */
function cropAndResize(call: KernelCall<tf.CropAndResizeInputs, Attributes>): BatchedResult {
  const { image, boxes, boxInd } = call.inputs;
  const [count = 1] = image.shape;
  const own = call.full(boxInd);
  const offsets = tf.reshape(tf.range(0, call.size * count, count, "int32"), [call.size, 1]);
  // An index past the images of an element must not find those of the next one.
  const merged = tf.where(
    tf.less(own, tf.scalar(count, "int32")),
    tf.add(own, offsets),
    tf.scalar(call.size * count, "int32"),
  );
  const result = call.run(
    {
      image: call.isBatched(image) ? mergedImages(call, image) : image,
      boxes: mergedImages(call, boxes),
      boxInd: tf.reshape(call.isBatched(image) ? merged : own, [-1]),
    },
    call.attributes,
  );
  return splitImages(call.size, result as tf.Tensor);
}
