/** Matrix products, decompositions, recurrent cells, losses and Fourier transforms. */
import * as tf from "@tensorflow/tfjs-core";
import { index, op, type OpCase } from "./op-case.js";

type T = tf.Tensor;

const cell =
  (kernel: tf.Tensor2D, bias: tf.Tensor1D) => (data: tf.Tensor2D, c: tf.Tensor2D, h: tf.Tensor2D) =>
    tf.basicLSTMCell(tf.scalar(1), kernel, bias, data, c, h);

const products: OpCase[] = [
  op("matMul", { a: [2, 3], b: [3, 4] }, (a: T, b: T) => tf.matMul(a, b), "of matrices"),
  op("matMul", { a: [2, 3], b: [4, 3] }, (a: T, b: T) => tf.matMul(a, b, false, true), "transposed"),
  op("matMul", { a: [5, 2, 3], b: [3, 4] }, (a: T, b: T) => tf.matMul(a, b), "of a stack and a matrix"),
  op(
    "matMul",
    { a: [2, 5, 2, 3], b: [2, 5, 3, 4] },
    (a: T, b: T) => tf.matMul(a, b),
    "of stacks, as in attention",
  ),
  op("dot", { a: [2, 3], b: [3] }, tf.dot, "of a matrix and a vector"),
  op("dot", { a: [3], b: [3] }, tf.dot, "of vectors"),
  op("outerProduct", { a: [2], b: [3] }, (a: tf.Tensor1D, b: tf.Tensor1D) => tf.outerProduct(a, b)),
  op("einsum", { a: [2, 2, 3], b: [3, 4] }, (a: T, b: T) => tf.einsum("bij,jk->bik", a, b)),
  op("fused.matMul", { a: [2, 3], b: [3, 4], bias: [4] }, (a: tf.Tensor2D, b: tf.Tensor2D, bias: T) =>
    tf.fused.matMul({ a, b, bias, activation: "relu" }),
  ),
  op(
    "basicLSTMCell",
    { lstmKernel: [5, 8], lstmBias: [8], data: [2, 3], c: [2, 2], h: [2, 2] },
    (kernel: tf.Tensor2D, bias: tf.Tensor1D, data: tf.Tensor2D, c: tf.Tensor2D, h: tf.Tensor2D) =>
      cell(kernel, bias)(data, c, h),
  ),
  op(
    "multiRNNCell",
    { lstmKernel: [5, 8], lstmBias: [8], data: [2, 3], c: [2, 2], h: [2, 2] },
    (kernel: tf.Tensor2D, bias: tf.Tensor1D, data: tf.Tensor2D, c: tf.Tensor2D, h: tf.Tensor2D) =>
      tf.multiRNNCell([cell(kernel, bias)], data, [c], [h]),
  ),
  op("linalg.gramSchmidt", { xs: [2, 3] }, (x: tf.Tensor2D) => tf.linalg.gramSchmidt(x)),
  op("linalg.qr", { x: [3, 2] }, (x: T) => tf.linalg.qr(x)),
];

const loss = (
  name: string,
  run: (a: T, b: T, weights: T) => unknown,
  labels: OpCase["operands"][string],
): OpCase => op(`losses.${name}`, { labels, predictions: [2, 3], weights: [2, 1] }, run);

const lossCases: OpCase[] = [
  loss("absoluteDifference", (a, b, w) => tf.losses.absoluteDifference(a, b, w), [2, 3]),
  loss("cosineDistance", (a, b, w) => tf.losses.cosineDistance(a, b, 1, w), [2, 3]),
  loss("hingeLoss", (a, b, w) => tf.losses.hingeLoss(a, b, w), [2, 3]),
  loss("huberLoss", (a, b, w) => tf.losses.huberLoss(a, b, w), [2, 3]),
  loss("logLoss", (a, b, w) => tf.losses.logLoss(a, tf.sigmoid(b), w), [2, 3]),
  loss("meanSquaredError", (a, b, w) => tf.losses.meanSquaredError(a, b, w), [2, 3]),
  loss("sigmoidCrossEntropy", (a, b, w) => tf.losses.sigmoidCrossEntropy(a, b, w), [2, 3]),
  op("losses.softmaxCrossEntropy", { labels: index(2), logits: [2, 3], weights: [2] }, (a: T, b: T, w: T) =>
    tf.losses.softmaxCrossEntropy(tf.oneHot(a, 3), b, w),
  ),
  op("losses.computeWeightedLoss", { losses: [2, 3], weights: [2, 1] }, (losses: T, weights: T) =>
    tf.losses.computeWeightedLoss(losses, weights),
  ),
];

/** The parts of a complex result, since differences are measured in real numbers. */
const parts = (z: T): T[] => [tf.real(z), tf.imag(z)];

const signalCases: OpCase[] = [
  ...["", "spectral."].flatMap((prefix) => [
    op(`${prefix}fft`, { re: [2, 4], im: [2, 4] }, (re: T, im: T) => parts(tf.fft(tf.complex(re, im)))),
    op(`${prefix}ifft`, { re: [2, 4], im: [2, 4] }, (re: T, im: T) => parts(tf.ifft(tf.complex(re, im)))),
    op(`${prefix}rfft`, { input: [2, 6] }, (x: T) => [...parts(tf.rfft(x)), ...parts(tf.rfft(x, 8))]),
    op(`${prefix}irfft`, { re: [2, 5], im: [2, 5] }, (re: T, im: T) => tf.irfft(tf.complex(re, im))),
  ]),
  op("signal.frame", { signal: [8] }, (x: tf.Tensor1D) => [
    tf.signal.frame(x, 3, 2),
    tf.signal.frame(x, 3, 3, true, 7),
  ]),
  op("signal.stft", { signal: [8] }, (x: tf.Tensor1D) => parts(tf.signal.stft(x, 4, 2))),
];

export const productOps: readonly OpCase[] = [...products, ...lossCases, ...signalCases];
