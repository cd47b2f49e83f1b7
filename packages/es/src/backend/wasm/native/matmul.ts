/** `BatchMatMul` on our own kernel: transposed and batched operands at the speed of plain ones. */
import * as tf from "@tensorflow/tfjs-core";
import { dispose, reshaped, sizeOf, type Replacement } from "../../kernel-replacement.js";
import { assertInner, batchOf, upright } from "../matmul-operands.js";
import { pointerTo, wasmReplacement, type WasmBackend } from "../wasm-kernel.js";
import type { Kernels } from "../../../kernels/kernels.js";
import { kernelsOf } from "./native-kernels.js";

export const nativeMatMul: Replacement = wasmReplacement<tf.BatchMatMulInputs, tf.BatchMatMulAttrs>(
  tf.BatchMatMul,
  (generic) => (call) => {
    const { backend, inputs, attrs } = call;
    const kernels = kernelsOf(backend);
    const floats = inputs.a.dtype === "float32" && inputs.b.dtype === "float32";
    if (kernels === undefined || !floats) return generic(call);
    return matMul(backend, kernels, inputs.a, inputs.b, attrs);
  },
);

function matMul(
  backend: WasmBackend,
  kernels: Kernels,
  left: tf.TensorInfo,
  right: tf.TensorInfo,
  attrs: tf.BatchMatMulAttrs,
): tf.TensorInfo {
  const a = upright(backend, left, attrs.transposeA);
  const leading = tf.broadcast_util.assertAndGetBroadcastShape(
    a.shape.slice(0, -2),
    right.shape.slice(0, -2),
  );
  const [rows = 1, k = 1] = a.shape.slice(-2);
  const [first = 1, second = 1] = right.shape.slice(-2);
  const [inner, n] = attrs.transposeB ? [second, first] : [first, second];
  assertInner(k, inner, { a: left, b: right }, attrs);
  // One matrix on the right: all rows on the left are one product.
  const single = sizeOf(right.shape.slice(0, -2)) === 1;
  const x = single
    ? reshaped(backend, a, [1, sizeOf(a.shape.slice(0, -1)), k])
    : batchOf(backend, a, leading);
  const y = batchOf(backend, right, single ? [1] : leading);
  const batch = single ? 1 : sizeOf(leading);
  const m = single ? (x.shape[1] ?? 1) : rows;
  const result = backend.makeOutput([...leading, rows, n], "float32");
  const packed = backend.makeOutput([kernels.packedSize(k, n)], "float32");
  kernels.batchedMatMul(
    pointerTo(backend, x),
    x.shape[0] === 1 ? 0 : m * k,
    pointerTo(backend, y),
    y.shape[0] === 1 ? 0 : k * n,
    pointerTo(backend, result),
    pointerTo(backend, packed),
    batch,
    m,
    k,
    n,
    attrs.transposeB,
  );
  dispose(backend, a, x, y, packed);
  return result;
}
