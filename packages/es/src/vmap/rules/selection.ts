/** Kernels that pick values: by condition or by index. */
import * as tf from "@tensorflow/tfjs-core";
import { axesOf, type KernelCall } from "../kernel-call.js";
import type { LowRankMatrix } from "../low-rank-matrix.js";
import { withElement } from "./element-index.js";
import { batched, type RuleEntry } from "./rule.js";

export const selectionRules: RuleEntry[] = [
  // tf.where has brought its operands to one shape already.
  ...batched<tf.SelectInputs, unknown>([tf.Select], (call) => {
    const { condition, t, e } = call.inputs;
    return tf.where(call.full(condition), call.full(t), call.full(e));
  }),
  ...batched<tf.GatherV2Inputs, tf.GatherV2Attrs>([tf.GatherV2], (call) => {
    const { x, indices } = call.inputs;
    const [axis = 0] = axesOf(call.attributes.axis, x.rank);
    const { batchDims } = call.attributes;
    const matrix = batchDims === 0 && axis === 0 ? call.lowRank(x) : undefined;
    if (matrix !== undefined) return gatherRows(call, matrix, indices);
    if (!call.isBatched(indices) && batchDims === 0) return tf.gather(call.stacked(x), indices, axis + 1);
    if (!call.isBatched(x) && batchDims === 0) return gatherShared(call, axis);
    return tf.gather(call.full(x), call.full(indices), axis + 1, batchDims + 1);
  }),
  ...batched<tf.GatherNdInputs, object>([tf.GatherNd], (call) => {
    const { params, indices } = call.inputs;
    if (!call.isBatched(params)) return tf.gatherND(params, call.stacked(indices));
    return tf.gatherND(call.stacked(params), withElement(call, indices));
  }),
];

/** Every element looks into the same tensor: one lookup with more indices. */
function gatherShared(call: KernelCall<tf.GatherV2Inputs, tf.GatherV2Attrs>, axis: number): tf.Tensor {
  const { x, indices } = call.inputs;
  const found = tf.gather(x, call.stacked(indices), axis); // [...before, size, ...indices, ...after]
  if (axis === 0) return found;
  const others = Array.from({ length: found.rank }, (_, index) => index).filter((index) => index !== axis);
  return tf.transpose(found, [axis, ...others]);
}

/** Rows of `base + left rightᵀ`, as an embedding lookup needs them: the table itself is never built. */
function gatherRows(
  call: KernelCall<tf.GatherV2Inputs, tf.GatherV2Attrs>,
  matrix: LowRankMatrix,
  indices: tf.Tensor,
): tf.Tensor {
  const [, columns] = matrix.sides;
  const own = call.inner(indices);
  const flat = tf.reshape(own ?? indices, own === undefined ? [indices.size] : [call.size, indices.size]);
  const rows =
    own === undefined ? tf.gather(matrix.rowFactors, flat, 1) : tf.gather(matrix.rowFactors, flat, 1, 1);
  const change = tf.matMul(rows, matrix.columnFactors, false, true); // [size, indices, columns]
  return tf.reshape(tf.add(change, tf.gather(matrix.base, flat)), [call.size, ...indices.shape, columns]);
}
