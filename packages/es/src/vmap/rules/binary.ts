/** Kernels of two operands that broadcast against each other. */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelCall } from "../kernel-call.js";
import { foldAxes, groupAxes, MOST_AXES, showsAllAxes } from "./fold-axes.js";
import { batched, rewritten, type RuleEntry } from "./rule.js";

// prettier-ignore
const BINARY = [
  tf.Add, tf.Atan2, tf.BitwiseAnd, tf.Equal, tf.FloorDiv, tf.Greater, tf.GreaterEqual, tf.Less, tf.LessEqual,
  tf.LogicalAnd, tf.LogicalOr, tf.Maximum, tf.Minimum, tf.Mod, tf.Multiply, tf.NotEqual,
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

type BinaryCall = KernelCall<tf.BinaryInputs, Record<string, unknown>>;

function binary(call: BinaryCall): tf.Tensor | tf.Tensor[] {
  const rank = Math.max(call.inputs.a.rank, call.inputs.b.rank);
  const [a, b] = [alignTo(rank, call.inputs.a, call), alignTo(rank, call.inputs.b, call)];
  if (rank + 1 > MOST_AXES && showsAllAxes(a) && showsAllAxes(b)) return withFewerAxes(call, a, b);
  return call.run({ a, b }, call.attributes);
}

/** Axes along which the operands are equally long, or the same one of them is repeated, are one axis to the kernel. */
function withFewerAxes(call: BinaryCall, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const lined = (tensor: tf.Tensor): tf.Tensor =>
    tf.reshape(tensor, [...Array.from({ length: shape.length - tensor.rank }, () => 1), ...tensor.shape]);
  const [left, right] = [lined(a), lined(b)];
  const kinds = shape.map(
    (side, axis) => (left.shape[axis] === side ? 1 : 0) + (right.shape[axis] === side ? 2 : 0),
  );
  const groups = groupAxes(shape.length, (axis) => kinds[axis] === kinds[axis - 1]);
  const operands =
    groups.length <= MOST_AXES
      ? { a: foldAxes(left, groups), b: foldAxes(right, groups) }
      : { a: flat(left, shape), b: flat(right, shape) };
  return tf.reshape(call.run(operands, call.attributes) as tf.Tensor, shape);
}

/** All values of the result's shape, along one axis. */
function flat(tensor: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const repetitions = shape.map((side, axis) => side / (tensor.shape[axis] ?? 1));
  return tf.reshape(tf.tile(tensor, repetitions), [-1]);
}

export const binaryRules: RuleEntry[] = [
  ...batched<tf.BinaryInputs, Record<string, unknown>>(BINARY, binary),
  ...rewritten<tf.AddNInputs, unknown>([tf.AddN], ({ inputs: [first, ...rest] }) =>
    rest.reduce((sum, tensor) => tf.add(sum, tensor), tf.clone(first ?? 0)),
  ),
  // tfjs-wasm's kernel only knows one slope per channel.
  ...rewritten<tf.PreluInputs, unknown>([tf.Prelu], ({ inputs: { x, alpha } }) =>
    tf.sub(tf.relu(x), tf.mul(alpha, tf.relu(tf.neg(x)))),
  ),
];
