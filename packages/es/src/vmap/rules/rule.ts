/** What a batching rule is, and how the rule files declare theirs. */
import type * as tf from "@tensorflow/tfjs-core";
import type { KernelCall } from "../kernel-call.js";
import type { LazyTensor } from "../lazy-tensor.js";

/** Result with the batch axis at position 0; a lazy one hands one reference over. */
export type BatchedResult = tf.Tensor | tf.Tensor[] | LazyTensor;

export type Rule =
  /** Computes with the inner tensors. */
  | { readonly kind: "batched"; readonly apply: (call: KernelCall<never, never>) => BatchedResult }
  /** Rewrites the kernel in terms of operations that have rules; knows nothing of the batch. */
  | {
      readonly kind: "rewritten";
      readonly apply: (call: KernelCall<never, never>) => tf.Tensor | tf.Tensor[];
    };

export type RuleEntry = readonly [kernel: string, rule: Rule];

export function batched<Inputs, Attributes>(
  kernels: readonly string[],
  apply: (call: KernelCall<Inputs, Attributes>) => BatchedResult,
): RuleEntry[] {
  return kernels.map((kernel) => [kernel, { kind: "batched", apply }]);
}

export function rewritten<Inputs, Attributes>(
  kernels: readonly string[],
  apply: (call: KernelCall<Inputs, Attributes>) => tf.Tensor | tf.Tensor[],
): RuleEntry[] {
  return kernels.map((kernel) => [kernel, { kind: "rewritten", apply }]);
}
