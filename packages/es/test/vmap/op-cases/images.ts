/** Convolutions, pooling, normalisation and operations on images. */
import * as tf from "@tensorflow/tfjs-core";
import { always, op, unit, type Drawn, type OpCase } from "./op-case.js";

type T = tf.Tensor;
const IMAGES = [2, 5, 5, 3];
const VOLUMES = [2, 4, 4, 4, 2];

const onImages = (name: string, run: (x: tf.Tensor4D) => unknown, x: Drawn | number[] = IMAGES): OpCase =>
  op(name, { x }, run);

const convolutions: OpCase[] = [
  op("conv1d", { x: [2, 6, 3], filter: [3, 3, 4] }, (x: tf.Tensor3D, filter: tf.Tensor3D) =>
    tf.conv1d(x, filter, 1, "same"),
  ),
  op(
    "conv2d",
    { x: IMAGES, filter: [3, 3, 3, 4] },
    (x: tf.Tensor4D, filter: tf.Tensor4D) => [
      tf.conv2d(x, filter, 1, "same"),
      tf.conv2d(x, filter, [2, 1], "valid"),
      tf.conv2d(x, filter, 1, 2, "NHWC", 2),
    ],
    "of small images",
  ),
  op(
    "conv2d",
    { x: [3, 16, 16, 3], filter: [3, 3, 3, 4] },
    (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.conv2d(x, filter, 1, "same"),
    "of more than 2048 values",
  ),
  op(
    "conv2dTranspose",
    { x: IMAGES, filter: [3, 3, 4, 3] },
    (x: tf.Tensor4D, filter: tf.Tensor4D) => [
      tf.conv2dTranspose(x, filter, [2, 10, 10, 4], 2, "same"),
      tf.conv2dTranspose(x, filter, [2, 7, 7, 4], 1, "valid"),
      tf.conv2dTranspose(x, filter, [2, 5, 9, 4], [1, 2], 1),
    ],
    "of small images",
  ),
  op(
    "conv2dTranspose",
    { x: [3, 16, 16, 3], filter: [3, 3, 4, 3] },
    (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.conv2dTranspose(x, filter, [3, 32, 32, 4], 2, "same"),
    "of more than 2048 values",
  ),
  op("depthwiseConv2d", { x: IMAGES, filter: [3, 3, 3, 2] }, (x: tf.Tensor4D, filter: tf.Tensor4D) => [
    tf.depthwiseConv2d(x, filter, 1, "same"),
    tf.depthwiseConv2d(x, filter, 2, "valid"),
  ]),
  op(
    "separableConv2d",
    { x: IMAGES, depthwiseFilter: [3, 3, 3, 2], pointwiseFilter: [1, 1, 6, 4] },
    (x: tf.Tensor4D, depthwise: tf.Tensor4D, pointwise: tf.Tensor4D) =>
      tf.separableConv2d(x, depthwise, pointwise, 1, "same"),
  ),
  op("conv3d", { x: VOLUMES, filter: [2, 2, 2, 2, 3] }, (x: tf.Tensor5D, filter: tf.Tensor5D) =>
    tf.conv3d(x, filter, 1, "same"),
  ),
  op("conv3dTranspose", { x: VOLUMES, filter: [2, 2, 2, 3, 2] }, (x: tf.Tensor5D, filter: tf.Tensor5D) =>
    tf.conv3dTranspose(x, filter, [2, 8, 8, 8, 3], 2, "same"),
  ),
  op("dilation2d", { x: IMAGES, filter: [2, 2, 3] }, (x: tf.Tensor4D, filter: tf.Tensor3D) => [
    tf.dilation2d(x, filter, 1, "same"),
    tf.dilation2d(x, filter, 1, "valid", [2, 2]),
  ]),
  op(
    "fused.conv2d",
    { x: IMAGES, filter: [3, 3, 3, 4], bias: [4] },
    (x: tf.Tensor4D, filter: tf.Tensor4D, bias: T) =>
      tf.fused.conv2d({ x, filter, strides: 2, pad: "valid", bias, activation: "relu" }),
  ),
  op(
    "fused.depthwiseConv2d",
    { x: IMAGES, filter: [3, 3, 3, 1], bias: [3] },
    (x: tf.Tensor4D, filter: tf.Tensor4D, bias: T) =>
      tf.fused.depthwiseConv2d({ x, filter, strides: 1, pad: "same", bias, activation: "relu6" }),
  ),
];

const pools: OpCase[] = [
  onImages("avgPool", (x) => tf.avgPool(x, 3, 1, "same")),
  onImages("maxPool", (x) => tf.maxPool(x, 2, 2, "valid")),
  onImages("maxPoolWithArgmax", (x) => tf.maxPoolWithArgmax(x, 2, 2, "valid")),
  {
    ...onImages("maxPoolWithArgmax", (x) => tf.maxPoolWithArgmax(x, 2, 1, "valid", true)),
    what: "with the image in the index",
  },
  onImages("pool", (x) => [tf.pool(x, 2, "max", "valid", 1, 2), tf.pool(x, 2, "avg", "same", 2, 1)]),
  op("avgPool3d", { x: VOLUMES }, (x: tf.Tensor5D) => tf.avgPool3d(x, 2, 2, "valid")),
  op("maxPool3d", { x: VOLUMES }, (x: tf.Tensor5D) => tf.maxPool3d(x, 2, 2, "valid")),
];

/** The same operation under the names of the ranks it takes. */
const batchNorm = (name: string, shape: readonly number[], run: (...operands: never[]) => unknown): OpCase =>
  op(name, { x: shape, mean: [3], variance: unit(3), offset: [3], scale: [3] }, run);

const normalisations: OpCase[] = [
  batchNorm(
    "batchNorm",
    IMAGES,
    (x: T, mean: tf.Tensor1D, variance: tf.Tensor1D, offset: tf.Tensor1D, scale: tf.Tensor1D) =>
      tf.batchNorm(x, mean, variance, offset, scale),
  ),
  batchNorm(
    "batchNorm2d",
    [2, 3],
    (x: tf.Tensor2D, mean: tf.Tensor1D, variance: tf.Tensor1D, offset: tf.Tensor1D, scale: tf.Tensor1D) =>
      tf.batchNorm2d(x, mean, variance, offset, scale),
  ),
  batchNorm(
    "batchNorm3d",
    [2, 2, 3],
    (x: tf.Tensor3D, mean: tf.Tensor1D, variance: tf.Tensor1D, offset: tf.Tensor1D, scale: tf.Tensor1D) =>
      tf.batchNorm3d(x, mean, variance, offset, scale),
  ),
  batchNorm(
    "batchNorm4d",
    IMAGES,
    (x: tf.Tensor4D, mean: tf.Tensor1D, variance: tf.Tensor1D, offset: tf.Tensor1D, scale: tf.Tensor1D) =>
      tf.batchNorm4d(x, mean, variance, offset, scale),
  ),
  onImages("localResponseNormalization", (x) => tf.localResponseNormalization(x)),
];

const boxes = always([3, 4], () =>
  tf.tensor2d([
    [0, 0, 1, 1],
    [0.1, 0.2, 0.7, 0.9],
    [0.9, 0.8, 0.3, 0.1],
  ]),
);
const boxInd = always([3], () => tf.tensor1d([0, 1, 0], "int32"));

const imageCases: OpCase[] = [
  onImages("image.flipLeftRight", (x) => tf.image.flipLeftRight(x)),
  onImages("image.grayscaleToRGB", (x) => tf.image.grayscaleToRGB(x), [2, 5, 5, 1]),
  onImages("image.rgbToGrayscale", (x) => tf.image.rgbToGrayscale(x)),
  onImages("image.resizeBilinear", (x) => [
    tf.image.resizeBilinear(x, [8, 8]),
    tf.image.resizeBilinear(x, [3, 4], true),
  ]),
  onImages("image.resizeNearestNeighbor", (x) => tf.image.resizeNearestNeighbor(x, [3, 8])),
  onImages("image.rotateWithOffset", (x) => tf.image.rotateWithOffset(x, 0.3)),
  op("image.threshold", { image: unit(4, 4, 1) }, (x: tf.Tensor3D) =>
    tf.image.threshold(tf.mul<tf.Tensor3D>(x, 255)),
  ),
  op(
    "image.threshold",
    { image: unit(4, 4, 1) },
    (x: tf.Tensor3D) => tf.image.threshold(tf.mul<tf.Tensor3D>(x, 255), "otsu"),
    "with Otsu's method",
  ),
  op(
    "image.transform",
    { image: IMAGES, transforms: [1, 8] },
    (x: tf.Tensor4D, t: tf.Tensor2D) => tf.image.transform(x, t, "bilinear"),
    "one for all images",
  ),
  op(
    "image.transform",
    { image: IMAGES, transforms: [2, 8] },
    (x: tf.Tensor4D, t: tf.Tensor2D) => tf.image.transform(x, t, "nearest", "reflect"),
    "one per image",
  ),
  op(
    "image.cropAndResize",
    { image: IMAGES, boxes, boxInd },
    (x: tf.Tensor4D, at: tf.Tensor2D, of: tf.Tensor1D) => tf.image.cropAndResize(x, at, of, [3, 3]),
  ),
];

export const imageOps: readonly OpCase[] = [...convolutions, ...pools, ...normalisations, ...imageCases];
