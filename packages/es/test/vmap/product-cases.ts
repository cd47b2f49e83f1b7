/** Matrix products, contractions, convolutions and what is fused with them. */
import * as tf from "@tensorflow/tfjs-core";
import type { RuleCase } from "./rule-case.js";

type T = tf.Tensor;

const matMulShapes: [string, readonly number[], readonly number[]][] = [
  ["of matrices", [2, 3], [3, 4]],
  ["of rows", [1, 3], [3, 4]],
  ["of columns", [2, 3], [3, 1]],
  ["of outer vectors", [2, 1], [1, 4]],
  ["of a stack and a matrix", [5, 2, 3], [3, 4]],
  ["of a matrix and a stack", [2, 3], [5, 3, 4]],
  ["of stacks", [5, 2, 3], [5, 3, 4]],
  ["of stacks that broadcast", [5, 1, 2, 3], [6, 3, 4]],
  ["of large matrices", [20, 30], [30, 40]],
];

/** All ways to store the operands of a product. */
function products(what: string, a: readonly number[], b: readonly number[]): RuleCase[] {
  const swapped = (shape: readonly number[]): number[] => [
    ...shape.slice(0, -2),
    ...shape.slice(-2).toReversed(),
  ];
  return [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({
      name: `BatchMatMul ${what}${transposeA ? ", first transposed" : ""}${transposeB ? ", second transposed" : ""}`,
      shapes: [transposeA ? swapped(a) : a, transposeB ? swapped(b) : b],
      run: (x: T, y: T) => tf.matMul(x, y, transposeA, transposeB),
    })),
  );
}

function fused(activation: tf.fused.Activation, transposed: boolean): RuleCase {
  return {
    name: `_FusedMatMul with ${activation}${transposed ? ", transposed" : ""}`,
    shapes: [transposed ? [3, 2] : [2, 3], transposed ? [4, 3] : [3, 4], [4]],
    run: (a: T, b: T, bias: T) =>
      tf.fused.matMul({
        a,
        b,
        bias,
        activation,
        transposeA: transposed,
        transposeB: transposed,
        leakyreluAlpha: 0.1,
      }),
  };
}

function einsum(equation: string, ...shapes: (readonly number[])[]): RuleCase {
  return {
    name: `Einsum ${equation}`,
    shapes,
    run: (...operands: T[]) => tf.einsum(equation, ...operands),
  };
}

function images(
  kernel: string,
  run: (x: tf.Tensor4D, filter: tf.Tensor4D, bias: T) => T,
  shapes: readonly (readonly number[])[],
  loops: readonly string[] = [],
): RuleCase {
  return { name: kernel, shapes, run, loops };
}

const IMAGE = [2, 5, 5, 3];

export const productCases: readonly RuleCase[] = [
  ...matMulShapes.flatMap(([what, a, b]) => products(what, a, b)),
  fused("relu", false),
  fused("relu", true),
  fused("linear", false),
  fused("elu", false),
  fused("relu6", false),
  fused("sigmoid", true),
  fused("leakyrelu", false),
  einsum("ij,jk->ik", [2, 3], [3, 4]),
  einsum("bij,bjk->bik", [2, 2, 3], [2, 3, 4]),
  einsum("i,i->", [3], [3]),
  einsum("ij->ji", [2, 3]),
  einsum("ijk->k", [2, 3, 4]),
  einsum("i,j->ij", [3], [4]),
  einsum("ij,ij->j", [2, 3], [2, 3]),
  images(tf.Conv2D, (x, filter) => tf.conv2d(x, filter, 1, "same"), [IMAGE, [3, 3, 3, 4]], [tf.Conv2D]),
  images(
    tf.FusedConv2D,
    (x, filter, bias) => tf.fused.conv2d({ x, filter, strides: 2, pad: "valid", bias, activation: "relu" }),
    [IMAGE, [3, 3, 3, 4], [4]],
    [tf.Conv2D],
  ),
  images(
    tf.FusedDepthwiseConv2D,
    (x, filter, bias) =>
      tf.fused.depthwiseConv2d({ x, filter, strides: 1, pad: "same", bias, activation: "relu6" }),
    [IMAGE, [3, 3, 3, 1], [3]],
    [tf.DepthwiseConv2dNative],
  ),
  images(
    tf.DepthwiseConv2dNative,
    (x, filter) => tf.depthwiseConv2d(x, filter, 1, "same"),
    [IMAGE, [3, 3, 3, 2]],
    [tf.DepthwiseConv2dNative],
  ),
  images(
    tf.Conv2DBackpropInput,
    (x, filter) => tf.conv2dTranspose(x, filter, [2, 10, 10, 4], 2, "same"),
    [IMAGE, [3, 3, 4, 3]],
    [tf.Conv2DBackpropInput],
  ),
  images(tf.MaxPool, (x) => tf.maxPool(x, 2, 2, "valid"), [IMAGE]),
  images(tf.AvgPool, (x) => tf.avgPool(x, 3, 1, "same"), [IMAGE]),
  images(tf.LRN, (x) => tf.localResponseNormalization(x), [IMAGE]),
  images(tf.FlipLeftRight, (x) => tf.image.flipLeftRight(x), [IMAGE]),
  images(tf.RotateWithOffset, (x) => tf.image.rotateWithOffset(x, 0.3), [IMAGE]),
  images(tf.ResizeBilinear, (x) => tf.image.resizeBilinear(x, [8, 8]), [IMAGE]),
  images(tf.ResizeNearestNeighbor, (x) => tf.image.resizeNearestNeighbor(x, [3, 8]), [IMAGE]),
  images(tf.DepthToSpace, (x) => tf.depthToSpace(x, 2, "NHWC"), [[2, 3, 3, 4]]),
  images(
    tf.Dilation2D,
    (x, filter) => tf.dilation2d(x, filter as unknown as tf.Tensor3D, 1, "same"),
    [IMAGE, [2, 2, 3]],
    [tf.Dilation2D],
  ),
  images(
    tf.FusedBatchNorm,
    (x, mean, variance) => tf.batchNorm(x, mean, tf.square(variance) as tf.Tensor1D),
    [IMAGE, [3], [3]],
  ),
  {
    name: "AvgPool3D",
    shapes: [[2, 4, 4, 4, 2]],
    run: (x: tf.Tensor5D) => tf.avgPool3d(x, 2, 2, "valid"),
  },
  {
    name: "MaxPool3D",
    shapes: [[2, 4, 4, 4, 2]],
    run: (x: tf.Tensor5D) => tf.maxPool3d(x, 2, 2, "valid"),
  },
  {
    name: "Conv3D",
    shapes: [
      [2, 4, 4, 4, 2],
      [2, 2, 2, 2, 3],
    ],
    run: (x: tf.Tensor5D, filter: tf.Tensor5D) => tf.conv3d(x, filter, 1, "same"),
    loops: [tf.Conv3D],
  },
];
