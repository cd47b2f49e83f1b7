/**
 * Comparisons, maximum and the like, and integer arithmetic, on operands of different shapes.
 *
 * tfjs-wasm computes an index per value when it broadcasts, 60 ns each, except for float arithmetic. Expanding the
 * smaller operand first and computing on equal shapes takes 3 ns.
 */
import * as tf from "@tensorflow/tfjs-core";
import { tile } from "./copying-kernels.js";
import { Heap } from "./heap.js";
import { dispose, reshaped, sizeOf, type Replacement } from "../kernel-replacement.js";
import { wasmReplacement, type WasmBackend } from "./wasm-kernel.js";

// prettier-ignore
const ALWAYS = [
  tf.Atan2, tf.BitwiseAnd, tf.Equal, tf.FloorDiv, tf.Greater, tf.GreaterEqual, tf.Less, tf.LessEqual,
  tf.LogicalAnd, tf.LogicalOr, tf.LogicalXor, tf.Maximum, tf.Minimum, tf.Mod, tf.NotEqual, tf.Pow,
];

/** XNNPACK broadcasts these by itself, for floats. */
const FAST_FOR_FLOATS = [tf.Add, tf.Multiply, tf.RealDiv, tf.SquaredDifference, tf.Sub];

export const broadcastingKernels: Replacement[] = [
  ...ALWAYS.map((kernel) => broadcasting(kernel, () => true)),
  ...FAST_FOR_FLOATS.map((kernel) => broadcasting(kernel, (dtype) => dtype !== "float32")),
];

function broadcasting(kernel: string, isSlow: (dtype: tf.DataType) => boolean): Replacement {
  return wasmReplacement<tf.BinaryInputs, object>(kernel, (original) => (call) => {
    const { inputs, backend } = call;
    const { a, b } = inputs;
    const scalar = sizeOf(a.shape) === 1 || sizeOf(b.shape) === 1;
    if (scalar || tf.util.arraysEqual(a.shape, b.shape) || !isSlow(a.dtype) || !Heap.holds(a.dtype)) {
      return original(call);
    }
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const left = expanded(backend, a, shape);
    const right = expanded(backend, b, shape);
    const result = original({ ...call, inputs: { a: left, b: right } });
    dispose(backend, left, right);
    return result;
  });
}

/** The tensor with every axis at its full length; the caller disposes it. */
export function expanded(backend: WasmBackend, x: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo {
  const lined = [...Array.from({ length: shape.length - x.shape.length }, () => 1), ...x.shape];
  const view = reshaped(backend, x, lined);
  const result = tile(
    backend,
    view,
    shape.map((side, axis) => (lined[axis] === side ? 1 : side)),
  );
  dispose(backend, view);
  return result;
}
