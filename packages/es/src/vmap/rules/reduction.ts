/** Kernels that reduce axes: the batch axis is never one of them. */
import * as tf from "@tensorflow/tfjs-core";
import { axesOf, type KernelCall } from "../kernel-call.js";
import { batched, type RuleEntry } from "./rule.js";

type Axes = number | number[] | null | undefined;

/** The inner tensor with at least one axis beside the batch, and the axes to reduce in it. */
function reducible(call: KernelCall<{ x: unknown }, unknown>, axis: Axes): { x: tf.Tensor; axes: number[] } {
  const { x } = call.inputs;
  const inner = call.stacked(x);
  if (x.rank === 0) return { x: tf.expandDims(inner, 1), axes: [1] };
  return { x: inner, axes: axesOf(axis, x.rank).map((index) => index + 1) };
}

export const reductionRules: RuleEntry[] = [
  ...batched<tf.SumInputs, { axis?: Axes; keepDims?: boolean }>(
    [tf.Sum, tf.Mean, tf.Min, tf.Prod, tf.All, tf.Any],
    (call) => {
      const { x, axes } = reducible(call, call.attributes.axis);
      return call.run(
        { x },
        { axis: axes, keepDims: call.attributes.keepDims === true && call.inputs.x.rank > 0 },
      );
    },
  ),
  ...batched<tf.MaxInputs, { reductionIndices?: Axes; keepDims?: boolean }>([tf.Max], (call) => {
    const { x, axes } = reducible(call, call.attributes.reductionIndices);
    const keepDims = call.attributes.keepDims === true && call.inputs.x.rank > 0;
    return call.run({ x }, { reductionIndices: axes, keepDims });
  }),
  ...batched<tf.ArgMaxInputs, { axis?: number }>([tf.ArgMax, tf.ArgMin], (call) => {
    const { x, axes } = reducible(call, call.attributes.axis ?? 0);
    return call.run({ x }, { axis: axes[0] });
  }),
  ...batched<tf.SoftmaxInputs, tf.SoftmaxAttrs>([tf.Softmax], (call) => {
    const { logits } = call.inputs;
    const [dim = 0] = axesOf(call.attributes.dim, logits.rank);
    return call.run({ logits: call.stacked(logits) }, { dim: dim + 1 });
  }),
  ...batched<tf.CumsumInputs, tf.CumsumAttrs>([tf.Cumsum, tf.Cumprod], (call) => {
    const [axis = 0] = axesOf(call.attributes.axis, call.inputs.x.rank);
    return call.run({ x: call.stacked(call.inputs.x) }, { ...call.attributes, axis: axis + 1 });
  }),
  ...batched<tf.TopKInputs, tf.TopKAttrs>([tf.TopK], (call) =>
    call.run({ x: call.stacked(call.inputs.x) }, { ...call.attributes }),
  ),
];
