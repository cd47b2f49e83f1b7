/** Kernels of several operands whose ranks their shaders cannot reconcile. */
import * as tf from "@tensorflow/tfjs-core";
import type { Replacement } from "../kernel-replacement.js";
import { HIGHEST_RANK, correction } from "./correction.js";

/** Operands of one rank broadcast rightly, whatever it is. */
function binary(kernel: string): Replacement {
  return correction<tf.AddInputs, object>(kernel, ({ a, b }, attributes) => {
    const rank = Math.max(a.rank, b.rank);
    if (rank <= HIGHEST_RANK || a.rank === b.rank) return undefined;
    const level = (x: tf.Tensor): tf.Tensor =>
      tf.reshape(x, [...Array.from({ length: rank - x.rank }, () => 1), ...x.shape]);
    return () => tf.engine().runKernel(kernel, { a: level(a), b: level(b) }, { ...attributes });
  });
}

/** Condition and values have one shape, or the condition is a vector along their first axis. */
const select = correction<tf.SelectInputs, object>(tf.Select, ({ condition, t, e }) => {
  if (t.rank <= HIGHEST_RANK) return undefined;
  const rows = condition.rank === t.rank ? [t.size] : [condition.size, t.size / Math.max(condition.size, 1)];
  return () => {
    const inputs = {
      condition: tf.reshape(condition, [condition.size]),
      t: tf.reshape(t, rows),
      e: tf.reshape(e, rows),
    };
    return tf.reshape(tf.engine().runKernel<tf.Tensor>(tf.Select, inputs), t.shape);
  };
});

const softmax = correction<tf.SoftmaxInputs, tf.SoftmaxAttrs>(tf.Softmax, ({ logits }) =>
  logits.rank === 1
    ? () => tf.reshape(tf.softmax(tf.reshape(logits, [1, logits.size])), [logits.size])
    : undefined,
);

export const broadcastingKernels: readonly Replacement[] = [
  ...[
    tf.Add,
    tf.Atan2,
    tf.Equal,
    tf.FloorDiv,
    tf.Greater,
    tf.GreaterEqual,
    tf.Less,
    tf.LessEqual,
    tf.LogicalAnd,
    tf.LogicalOr,
    tf.Maximum,
    tf.Minimum,
    tf.Mod,
    tf.Multiply,
    tf.NotEqual,
    tf.Pow,
    tf.RealDiv,
    tf.SquaredDifference,
    tf.Sub,
  ].map(binary),
  select,
  softmax,
];
