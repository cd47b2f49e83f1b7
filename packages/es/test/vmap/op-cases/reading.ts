/** Operations that read values, have results whose shape depends on values, or handle strings. */
import * as tf from "@tensorflow/tfjs-core";
import { always, flags, index, op, text, unit, type OpCase } from "./op-case.js";

type T = tf.Tensor;
const boxes = unit(4, 4);
const scores = unit(4);

type Suppress = (boxes: tf.Tensor2D, scores: tf.Tensor1D, size: number) => unknown;
const suppression = (name: string, run: Suppress): OpCase =>
  op(`image.${name}`, { boxes, scores }, (b: tf.Tensor2D, s: tf.Tensor1D) => run(b, s, 2));

const ints = (...values: number[]): OpCase["operands"][string] =>
  always([values.length], () => tf.tensor1d(values, "int32"));

const sparseIndices = always([2, 2], () => tf.tensor2d([0, 0, 2, 1], [2, 2], "int32"));

const ragged: OpCase[] = [
  op(
    "raggedGather",
    { splits: ints(0, 2, 3), values: [3], indices: ints(0, 1) },
    (s: tf.Tensor1D, v: T, i: T) => {
      const { outputNestedSplits, outputDenseValues } = tf.raggedGather([s], v, i, 1);
      return [...outputNestedSplits, outputDenseValues];
    },
  ),
  op("raggedRange", { limits: index(3) }, (limits: T) => tf.raggedRange(tf.scalar(0, "int32"), limits, 1)),
  op("raggedTensorToTensor", { values: [3], splits: ints(0, 2, 3) }, (values: T, splits: T) =>
    tf.raggedTensorToTensor([2, 2], values, tf.scalar(0), [splits], ["ROW_SPLITS"]),
  ),
];

const sparse: OpCase[] = [
  op(
    "sparse.sparseFillEmptyRows",
    { indices: sparseIndices, values: [2] },
    (i: tf.Tensor2D, v: tf.Tensor1D) => tf.sparse.sparseFillEmptyRows(i, v, tf.tensor1d([3, 2], "int32"), 0),
  ),
  op("sparse.sparseReshape", { indices: sparseIndices }, (i: tf.Tensor2D) =>
    tf.sparse.sparseReshape(i, tf.tensor1d([3, 2], "int32"), tf.tensor1d([2, 3], "int32")),
  ),
  op("sparse.sparseSegmentMean", { data: [3, 2], indices: index(3) }, (data: T, i: tf.Tensor1D) =>
    tf.sparse.sparseSegmentMean(data, i, tf.tensor1d([0, 0, 1], "int32")),
  ),
  op("sparse.sparseSegmentSum", { data: [3, 2], indices: index(3) }, (data: T, i: tf.Tensor1D) =>
    tf.sparse.sparseSegmentSum(data, i, tf.tensor1d([0, 0, 1], "int32")),
  ),
];

const strings: OpCase[] = [
  op("string.staticRegexReplace", { input: text(3) }, (x: T) => tf.string.staticRegexReplace(x, "a", "c")),
  op("string.stringNGrams", { data: text(3) }, (x: tf.Tensor1D) =>
    tf.string.stringNGrams(x, tf.tensor1d([0, 3], "int32"), "|", [2], "", "", 0, false),
  ),
  op("string.stringSplit", { input: text(3) }, (x: tf.Tensor1D) => tf.string.stringSplit(x, " ")),
  op("string.stringToHashBucketFast", { input: text(3) }, (x: T) => tf.string.stringToHashBucketFast(x, 5)),
];

const reads: OpCase[] = [
  op("booleanMaskAsync", { x: [3, 2], mask: flags(3) }, (x: T, mask: T) => tf.booleanMaskAsync(x, mask)),
  op("whereAsync", { condition: flags(3) }, (x: T) => tf.whereAsync(x)),
  op("inTopKAsync", { predictions: [2, 3], targets: index(2) }, (p: T, t: T) => tf.inTopKAsync(p, t, 2)),
  op("setdiff1dAsync", { x: index(4), y: index(2) }, (x: T, y: T) => tf.setdiff1dAsync(x, y)),
  op("unique", { x: index(5) }, (x: T) => tf.unique(x)),
  op("print", { x: [2, 3] }, (x: T) => {
    x.toString();
    return x;
  }),
  suppression("nonMaxSuppression", (b, s, size) => tf.image.nonMaxSuppression(b, s, size)),
  suppression("nonMaxSuppressionAsync", (b, s, size) => tf.image.nonMaxSuppressionAsync(b, s, size)),
  suppression("nonMaxSuppressionWithScore", (b, s, size) => tf.image.nonMaxSuppressionWithScore(b, s, size)),
  suppression("nonMaxSuppressionWithScoreAsync", (b, s, size) =>
    tf.image.nonMaxSuppressionWithScoreAsync(b, s, size),
  ),
  suppression("nonMaxSuppressionPadded", (b, s, size) =>
    tf.image.nonMaxSuppressionPadded(b, s, size, 0.5, -Infinity, true),
  ),
  suppression("nonMaxSuppressionPaddedAsync", (b, s, size) =>
    tf.image.nonMaxSuppressionPaddedAsync(b, s, size, 0.5, -Infinity, true),
  ),
  op("broadcastArgs", { s0: ints(2, 1), s1: ints(1, 3) }, (a: T, b: T) => tf.broadcastArgs(a, b)),
];

export const readingOps: readonly OpCase[] = [...reads, ...ragged, ...sparse, ...strings];
