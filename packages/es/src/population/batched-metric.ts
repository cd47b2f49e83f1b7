/** Metrics that score a whole population at once, on batched outputs. */
import { HyperfuncError } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import { batchAxisOf, wrap } from "../vmap/batched-tensor.js";

/** Key under which a metric carries its batched form. */
export const BATCHED_METRIC: unique symbol = Symbol.for("hyperfunc.batchedMetric");

/**
 * Judges the outputs of all candidates on all examples; higher is better.
 *
 * `output` has the shape of one output and is batched over candidates and examples, so the function reads as if it
 * judged a single one; `overExamples` brings expected values to the same form. `expected` has one entry per example.
 * The result is a score: for each output, for each candidate, or a vector of scores per candidate. A candidate's score
 * is the mean of what it got.
 */
export type BatchedMetric<Output = tf.Tensor> = (output: Output, expected: readonly unknown[]) => tf.Tensor;

/**
 * A tensor `[examples, ...shape]` as one of shape `[...shape]` that is batched over the examples of `output`.
 *
 * @throws HyperfuncError SHAPE_MISMATCH when there is not one row per example.
 */
export function overExamples(rows: tf.Tensor, output: tf.Tensor): tf.Tensor {
  const axis = batchAxisOf(output);
  if (axis !== undefined && rows.shape[0] === axis.size) return wrap(axis, tf.reshape(rows, rows.shape));
  throw new HyperfuncError(
    "SHAPE_MISMATCH",
    axis === undefined
      ? "overExamples needs an output that is batched over examples."
      : `overExamples needs a row for each of ${axis.size} examples, got a tensor of shape [${String(rows.shape)}].`,
  );
}

/** The batched form that a metric carries, if any. */
export function batchedFormOf(metric: unknown): BatchedMetric<unknown> | undefined {
  if ((typeof metric !== "object" && typeof metric !== "function") || metric === null) return undefined;
  const form: unknown = Reflect.get(metric, BATCHED_METRIC);
  return typeof form === "function" ? (form as BatchedMetric<unknown>) : undefined;
}
