/** Kernels that count occurrences in rows, or look values up in sorted rows: the batch brings more rows. */
import * as tf from "@tensorflow/tfjs-core";
import { loop } from "../fallback.js";
import type { KernelCall } from "../kernel-call.js";
import { batched, type RuleEntry } from "./rule.js";

type Counting = KernelCall<tf.BincountInputs, { readonly size: number; readonly binaryOutput?: boolean }>;

/** One count per element and row, `[size · rows, bins]`. */
function count(call: Counting, rows: number): tf.Tensor {
  const { x, weights } = call.inputs;
  const { size: bins, binaryOutput } = call.attributes;
  const merged = (tensor: tf.Tensor): tf.Tensor2D =>
    tf.reshape(call.full(tensor), [call.size * rows, x.size / rows]);
  return tf.denseBincount(
    merged(x),
    weights.size === 0 ? (weights as tf.Tensor1D) : merged(weights),
    bins,
    binaryOutput,
  );
}

export const countingRules: RuleEntry[] = [
  ...batched<tf.BincountInputs, { readonly size: number }>([tf.Bincount], (call) => count(call, 1)),
  ...batched<tf.BincountInputs, { readonly size: number; readonly binaryOutput?: boolean }>(
    [tf.DenseBincount],
    (call) => {
      const { x } = call.inputs;
      // tfjs-cpu counts, where it was asked for a yes or no, in a vector but not in the rows of a matrix.
      if (x.rank === 1 && call.attributes.binaryOutput === true) return loop(call);
      const [rows = 1] = x.rank === 1 ? [1] : x.shape;
      const counts = count(call, rows);
      return tf.reshape(counts, [call.size, ...x.shape.slice(0, -1), call.attributes.size]);
    },
  ),
  ...batched<tf.SearchSortedInputs, tf.SearchSortedAttrs>([tf.SearchSorted], (call) => {
    const { sortedSequence, values } = call.inputs;
    const merged = (tensor: tf.Tensor): tf.Tensor => {
      const [rows = 1, columns = 1] = tensor.shape;
      return tf.reshape(call.full(tensor), [call.size * rows, columns]);
    };
    const found = tf.searchSorted(merged(sortedSequence), merged(values), call.attributes.side);
    return tf.reshape(found, [call.size, ...values.shape]);
  }),
];
