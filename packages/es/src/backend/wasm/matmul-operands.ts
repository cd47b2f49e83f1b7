/** Operands of matrix products, brought into the form that kernels take. */
import * as tf from "@tensorflow/tfjs-core";
import { expanded } from "./broadcasting-kernels.js";
import { dispose, reshaped, sizeOf, type InfosOf } from "../kernel-replacement.js";
import { runWasm, type WasmBackend } from "./wasm-kernel.js";

/** @throws Error in tfjs's words when the sides that are summed over differ. */
export function assertInner(
  left: number,
  right: number,
  inputs: InfosOf<tf.BatchMatMulInputs>,
  attrs: tf.BatchMatMulAttrs,
): void {
  const { transposeA, transposeB } = attrs;
  tf.util.assert(
    left === right,
    () =>
      `Error in matMul: inner shapes (${left}) and (${right}) of Tensors with shapes ${String(inputs.a.shape)} ` +
      `and ${String(inputs.b.shape)} and transposeA=${transposeA} and transposeB=${transposeB} must match.`,
  );
}

/** The operand with rows before columns; the caller disposes it. */
export function upright(backend: WasmBackend, x: tf.TensorInfo, transposed: boolean): tf.TensorInfo {
  if (!transposed) return reshaped(backend, x, x.shape);
  const rank = x.shape.length;
  const [rows = 1, columns = 1] = x.shape.slice(-2);
  if (rows === 1 || columns === 1) return reshaped(backend, x, [...x.shape.slice(0, -2), columns, rows]);
  const perm = [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2];
  return runWasm(backend, tf.Transpose, { x }, { perm });
}

/** `[batch, rows, columns]`, where a batch of 1 is shared by all products; the caller disposes it. */
export function batchOf(backend: WasmBackend, x: tf.TensorInfo, leading: readonly number[]): tf.TensorInfo {
  const own = x.shape.slice(0, -2);
  const [rows = 1, columns = 1] = x.shape.slice(-2);
  const batch = sizeOf(own);
  if (batch === 1 || batch === sizeOf(leading)) return reshaped(backend, x, [batch, rows, columns]);
  const complete = expanded(backend, x, [...leading, rows, columns]);
  const view = reshaped(backend, complete, [sizeOf(leading), rows, columns]);
  dispose(backend, complete);
  return view;
}
