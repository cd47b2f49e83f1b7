/** Kernels that put values at places named by indices: all elements share one target, with the batch axis in front. */
import * as tf from "@tensorflow/tfjs-core";
import { loop } from "../fallback.js";
import type { KernelCall } from "../kernel-call.js";
import { withElement } from "./element-index.js";
import { batched, type BatchedResult, type RuleEntry } from "./rule.js";

export const scatterRules: RuleEntry[] = [
  ...batched<tf.ScatterNdInputs, tf.ScatterNdAttrs>([tf.ScatterNd], (call) => {
    const { indices, updates } = call.inputs;
    // A vector of indices means one index per update.
    const rows = indices.rank === 1 ? tf.expandDims(indices, 1) : indices;
    return tf.scatterND(withElement(call, rows), call.full(updates), [call.size, ...call.attributes.shape]);
  }),
  ...batched<tf.TensorScatterUpdateInputs, object>([tf.TensorScatterUpdate], (call) => {
    const { tensor, indices, updates } = call.inputs;
    const rows = indices.rank === 1 ? tf.expandDims(indices, 1) : indices;
    // tfjs-cpu writes into the tensor that it is given; tiling gives it one of its own.
    const target = tf.tile(call.full(tensor), [1, ...tensor.shape.map(() => 1)]);
    return tf.tensorScatterUpdate(target, withElement(call, rows), call.full(updates));
  }),
  ...batched<tf.SparseToDenseInputs, tf.SparseToDenseAttrs>([tf.SparseToDense], sparseToDense),
  ...batched<tf.UnsortedSegmentSumInputs, tf.UnsortedSegmentSumAttrs>(
    [tf.UnsortedSegmentSum],
    unsortedSegmentSum,
  ),
];

function sparseToDense(call: KernelCall<tf.SparseToDenseInputs, tf.SparseToDenseAttrs>): BatchedResult {
  const { sparseIndices, sparseValues, defaultValue } = call.inputs;
  if (call.isBatched(defaultValue)) return loop(call);
  const { outputShape } = call.attributes;
  const rows = tf.reshape(sparseIndices, [-1, outputShape.length]);
  const [count = 1] = rows.shape;
  const values = tf.mul(tf.ones([count], sparseValues.dtype), sparseValues); // one value may stand for all
  return tf.sparseToDense(
    tf.reshape(withElement(call, rows), [call.size * count, outputShape.length + 1]),
    tf.reshape(call.full(values), [call.size * count]),
    [call.size, ...outputShape],
    defaultValue as tf.Scalar,
  );
}

/** A product with the matrix that says which row belongs to which segment; ids outside belong to none. */
function unsortedSegmentSum(
  call: KernelCall<tf.UnsortedSegmentSumInputs, tf.UnsortedSegmentSumAttrs>,
): BatchedResult {
  const { x, segmentIds } = call.inputs;
  if (segmentIds.rank !== 1 || x.dtype !== "float32") return loop(call);
  const { numSegments } = call.attributes;
  const [rows = 1, ...rest] = x.shape;
  const columns = rest.reduce((product, side) => product * side, 1);
  const members = tf.oneHot(call.full(segmentIds), numSegments, 1, 0, "float32"); // [size, rows, segments]
  const values = tf.reshape(call.full(x), [call.size, rows, columns]);
  return tf.reshape(tf.matMul(members, values, true, false), [call.size, numSegments, ...rest]);
}
