/**
 * Convolutions, pooling and image kernels: the batch axis joins the image batch, which they have anyway.
 *
 * Where the filters differ between elements and the images do not, the filters join the output channels instead. Where
 * both differ the generic loop does it.
 */
import * as tf from "@tensorflow/tfjs-core";
import { loop } from "../fallback.js";
import type { KernelCall } from "../kernel-call.js";
import { activate } from "./matmul.js";
import { batched, rewritten, type BatchedResult, type RuleEntry } from "./rule.js";

type AnyAttributes = Readonly<Record<string, unknown>>;
type ImageCall = KernelCall<Readonly<Record<string, unknown>>, AnyAttributes>;

/** Kernels by the name of the input that holds the images; all other inputs are filters. */
const IMAGE_INPUT: Readonly<Record<string, string>> = {
  [tf.AvgPool]: "x",
  [tf.AvgPool3D]: "x",
  [tf.Conv3D]: "x",
  [tf.DepthToSpace]: "x",
  [tf.DepthwiseConv2dNative]: "x",
  [tf.Dilation2D]: "x",
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
    batched<Readonly<Record<string, unknown>>, AnyAttributes>([kernel], (call) =>
      withMergedImages(call, name),
    ),
  ),
  ...batched<Readonly<Record<string, unknown>>, AnyAttributes>([tf.Conv2D], (call) =>
    call.isBatched(call.inputs["filter"]) && !call.isBatched(call.inputs["x"])
      ? withMergedFilters(call)
      : withMergedImages(call, "x"),
  ),
  ...batched<tf.Conv2DBackpropInputInputs, tf.Conv2DBackpropInputAttrs>([tf.Conv2DBackpropInput], (call) => {
    const [images, ...rest] = call.attributes.inputShape;
    return withMergedImages(call, "dy", { ...call.attributes, inputShape: [images * call.size, ...rest] });
  }),
  ...rewritten<tf.FusedConv2DInputs, tf.FusedConv2DAttrs>([tf.FusedConv2D], ({ inputs, attributes }) => {
    const { strides, pad, dataFormat, dilations, dimRoundingMode } = attributes;
    const images = inputs.x as tf.Tensor4D;
    const filter = inputs.filter as tf.Tensor4D;
    return finish(
      tf.conv2d(images, filter, strides, pad, dataFormat, dilations, dimRoundingMode),
      inputs,
      attributes,
    );
  }),
  ...rewritten<tf.FusedDepthwiseConv2DInputs, tf.FusedDepthwiseConv2DAttrs>(
    [tf.FusedDepthwiseConv2D],
    ({ inputs, attributes }) => {
      const { strides, pad, dataFormat, dilations, dimRoundingMode } = attributes;
      const images = inputs.x as tf.Tensor4D;
      const filter = inputs.filter as tf.Tensor4D;
      const result = tf.depthwiseConv2d(images, filter, strides, pad, dataFormat, dilations, dimRoundingMode);
      return finish(result, inputs, attributes);
    },
  ),
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

function finish(
  result: tf.Tensor,
  inputs: { readonly bias?: tf.Tensor; readonly preluActivationWeights?: tf.Tensor },
  attributes: { readonly activation: string; readonly leakyreluAlpha?: number },
): tf.Tensor {
  const sum = inputs.bias ? tf.add(result, inputs.bias) : result;
  return activate(sum, attributes.activation, inputs.preluActivationWeights, attributes.leakyreluAlpha);
}

/** `[size, images, ...]` becomes `[size · images, ...]` for the kernel and back. */
function withMergedImages(
  call: KernelCall<object, object>,
  name: string,
  attributes: AnyAttributes = { ...call.attributes },
): BatchedResult {
  const inputs = call.inputs as Readonly<Record<string, tf.Tensor>>;
  const images = inputs[name];
  const filtersDiffer = Object.values(inputs).some((input) => input !== images && call.isBatched(input));
  if (images === undefined || filtersDiffer) return loop(call);
  const [count = 1, ...rest] = images.shape;
  const merged = tf.reshape(call.full(images), [call.size * count, ...rest]);
  const result = call.run({ ...inputs, [name]: merged }, attributes) as tf.Tensor;
  return tf.reshape(result, [call.size, count, ...result.shape.slice(1)]);
}

/** `filter [size, h, w, in, out]` becomes `[h, w, in, size · out]`: one convolution of the shared images. */
function withMergedFilters(call: ImageCall): tf.Tensor {
  const { x, filter } = call.inputs;
  if (x === undefined || filter === undefined) throw new TypeError("conv2d lacks inputs.");
  const [height = 1, width = 1, channels = 1, out = 1] = filter.shape;
  const merged = tf.reshape(tf.transpose(call.full(filter), [1, 2, 3, 0, 4]), [
    height,
    width,
    channels,
    call.size * out,
  ]);
  const result = call.run({ x, filter: merged }, call.attributes) as tf.Tensor;
  const [images = 1, ...position] = result.shape.slice(0, -1);
  const split = tf.reshape(result, [images, ...position, call.size, out]);
  return tf.transpose(split, [3, 0, 1, 2, 4]);
}
