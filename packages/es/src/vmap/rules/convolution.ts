/**
 * Convolutions, with as few calls of the kernel as the operands allow.
 *
 * Where all elements share the filter, their images join the image batch. Where they share the images, their filters
 * join the channels. Where both differ, kernels that treat channels by themselves take all elements as more channels;
 * for the others, small images become one product with their patches, and large ones are looped over.
 */
import * as tf from "@tensorflow/tfjs-core";
import { loop } from "../fallback.js";
import { windowOf, type ConvolutionAttributes } from "./convolution-window.js";
import { activate } from "./matmul.js";
import {
  mergedInto,
  splitChannels,
  withMergedImages,
  type Attributes,
  type ImageCall,
} from "./merged-axes.js";
import { convolve } from "./patches.js";
import { batched, rewritten, type BatchedResult, type RuleEntry } from "./rule.js";
import { convolveTransposed } from "./transposed-patches.js";

/**
 * Values per element up to which patches beat a convolution per element. Measured on wasm with 3 by 3 filters: 1.7 times
 * faster for 200 elements of 256 values, half as fast for 32 elements of 9,000 or more.
 */
const SMALL = 2048;

/** How a kernel names its images, and the axis of its filter, counted from the end, that becomes channels of the result. */
interface Convolution {
  readonly images: string;
  readonly filterAxis: number;
}

const CONVOLUTIONS: Readonly<Record<string, Convolution>> = {
  [tf.Conv2D]: { images: "x", filterAxis: -1 },
  [tf.Conv3D]: { images: "x", filterAxis: -1 },
  // The transposed ones: their filters name the channels of the result before those of the images.
  [tf.Conv2DBackpropInput]: { images: "dy", filterAxis: -2 },
  [tf.Conv3DBackpropInputV2]: { images: "dy", filterAxis: -2 },
};

/** With strides, tfjs-wasm's results differ from tfjs-cpu's; a loop gives what the backend gives. */
const BY_BACKEND: ReadonlySet<string> = new Set([tf.Conv3DBackpropInputV2]);

/** Kernels that treat channels by themselves, with the channel axis of their filters. */
const BY_CHANNEL: Readonly<Record<string, number>> = { [tf.DepthwiseConv2dNative]: 2, [tf.Dilation2D]: 2 };

function convolution(call: ImageCall, { images, filterAxis }: Convolution): BatchedResult {
  const { filter } = call.inputs;
  const { inputShape } = call.attributes as { inputShape?: readonly number[] };
  const resultShape = (change: (shape: readonly number[]) => readonly number[]): Attributes =>
    inputShape === undefined ? call.attributes : { ...call.attributes, inputShape: change(inputShape) };
  if (filter === undefined || !call.isBatched(filter)) {
    const attributes = resultShape(([count = 1, ...rest]) => [count * call.size, ...rest]);
    return withMergedImages(call, images, attributes);
  }
  if (isChannelsFirst(call)) return loop(call);
  if (call.isBatched(call.inputs[images])) return eachWithItsFilter(call, images);
  const merged = mergedInto(filter.rank + filterAxis, call.full(filter));
  const attributes = resultShape((shape) => [...shape.slice(0, -1), (shape.at(-1) ?? 1) * call.size]);
  const result = call.run({ ...call.inputs, filter: merged }, attributes);
  return splitChannels(call.size, result as tf.Tensor);
}

/** Ordinary operations on the batched operands; what they make is batched over the same axis. */
function eachWithItsFilter(call: ImageCall, images: string): BatchedResult {
  const { [images]: x, filter } = call.inputs;
  if (x === undefined || filter === undefined || x.size > SMALL || BY_BACKEND.has(call.kernel))
    return loop(call);
  const { inputShape, ...attributes } = call.attributes as unknown as ConvolutionAttributes & {
    readonly inputShape?: readonly number[];
  };
  const window = windowOf(inputShape ?? x.shape, filter.shape, attributes);
  const result =
    inputShape === undefined
      ? convolve(x, filter, window)
      : convolveTransposed(x, filter, window, inputShape.slice(1, -1));
  return result === undefined ? loop(call) : call.full(result);
}

function byChannel(call: ImageCall, filterAxis: number): BatchedResult {
  const { x, filter } = call.inputs;
  if (filter === undefined || !call.isBatched(filter)) return withMergedImages(call, "x");
  if (x === undefined || isChannelsFirst(call)) return loop(call);
  const result = call.run(
    { x: mergedInto(x.rank - 1, call.full(x)), filter: mergedInto(filterAxis, call.full(filter)) },
    call.attributes,
  );
  return splitChannels(call.size, result as tf.Tensor);
}

function isChannelsFirst({ attributes }: ImageCall): boolean {
  return attributes["dataFormat"] === "NCHW" || attributes["dataFormat"] === "NCDHW";
}

interface FusedInputs {
  readonly bias?: tf.Tensor;
  readonly preluActivationWeights?: tf.Tensor;
}

interface FusedAttributes {
  readonly activation: string;
  readonly leakyreluAlpha?: number;
}

/** Bias and activation come after the batched sum, where the bias may have one value per element. */
function finish(result: tf.Tensor, inputs: FusedInputs, attributes: FusedAttributes): tf.Tensor {
  const sum = inputs.bias ? tf.add(result, inputs.bias) : result;
  return activate(sum, attributes.activation, inputs.preluActivationWeights, attributes.leakyreluAlpha);
}

export const convolutionRules: RuleEntry[] = [
  ...Object.entries(CONVOLUTIONS).flatMap(([kernel, kind]) =>
    batched<Readonly<Record<string, unknown>>, Attributes>([kernel], (call) => convolution(call, kind)),
  ),
  ...Object.entries(BY_CHANNEL).flatMap(([kernel, filterAxis]) =>
    batched<Readonly<Record<string, unknown>>, Attributes>([kernel], (call) => byChannel(call, filterAxis)),
  ),
  ...rewritten<tf.FusedConv2DInputs, tf.FusedConv2DAttrs>([tf.FusedConv2D], ({ inputs, attributes }) => {
    const { strides, pad, dataFormat, dilations, dimRoundingMode } = attributes;
    const images = inputs.x as tf.Tensor4D;
    const filter = inputs.filter as tf.Tensor4D;
    const result = tf.conv2d(images, filter, strides, pad, dataFormat, dilations, dimRoundingMode);
    return finish(result, inputs, attributes);
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
];
