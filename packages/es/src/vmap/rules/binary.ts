/** Kernels of two operands that broadcast against each other. */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelCall } from "../kernel-call.js";
import { batched, rewritten, type RuleEntry } from "./rule.js";

// prettier-ignore
const BINARY = [
  tf.Add, tf.Atan2, tf.BitwiseAnd, tf.Equal, tf.FloorDiv, tf.Greater, tf.GreaterEqual, tf.Less, tf.LessEqual,
  tf.LogicalAnd, tf.LogicalOr, tf.LogicalXor, tf.Maximum, tf.Minimum, tf.Mod, tf.Multiply, tf.NotEqual,
  tf.Pow, tf.RealDiv, tf.SquaredDifference, tf.Sub,
];

/**
 * The operand with axes that line up with a result of `rank`: a batched one needs its size-1 axes between the batch and
 * its own, a shared one lines up at the right as it is.
 */
function alignTo(rank: number, operand: tf.Tensor, call: KernelCall<unknown, unknown>): tf.Tensor {
  const inner = call.inner(operand);
  if (inner === undefined || operand.rank === rank) return inner ?? operand;
  const padding = Array.from({ length: rank - operand.rank }, () => 1);
  return tf.reshape(inner, [call.size, ...padding, ...operand.shape]);
}

export const binaryRules: RuleEntry[] = [
  ...batched<tf.BinaryInputs, Record<string, unknown>>(BINARY, (call) => {
    const { a, b } = call.inputs;
    const rank = Math.max(a.rank, b.rank);
    return call.run({ a: alignTo(rank, a, call), b: alignTo(rank, b, call) }, call.attributes);
  }),
  ...rewritten<tf.AddNInputs, unknown>([tf.AddN], ({ inputs: [first, ...rest] }) =>
    rest.reduce((sum, tensor) => tf.add(sum, tensor), tf.clone(first ?? 0)),
  ),
  // tfjs-wasm's kernel only knows one slope per channel.
  ...rewritten<tf.PreluInputs, unknown>([tf.Prelu], ({ inputs: { x, alpha } }) =>
    tf.sub(tf.relu(x), tf.mul(alpha, tf.relu(tf.neg(x)))),
  ),
];
