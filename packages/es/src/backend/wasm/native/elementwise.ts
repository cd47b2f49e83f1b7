/** Functions that tfjs-wasm computes value by value in scalar code, and rows that are short. */
import * as tf from "@tensorflow/tfjs-core";
import { sizeOf, type Replacement } from "../../kernel-replacement.js";
import { pointerTo, wasmReplacement, type WasmBackend } from "../wasm-kernel.js";
import type { Kernels } from "../../../kernels/kernels.js";
import { kernelsOf } from "./native-kernels.js";

type Unary = "exp" | "log" | "tanh";
type OverRows = "softmax" | "logSoftmax" | "argMax";

export const nativeElementwise: readonly Replacement[] = [
  unary(tf.Exp, "exp"),
  unary(tf.Log, "log"),
  unary(tf.Tanh, "tanh"),
  wasmReplacement<tf.SoftmaxInputs, tf.SoftmaxAttrs>(tf.Softmax, (generic) => (call) => {
    const { logits } = call.inputs;
    return overRows(call.backend, "softmax", logits, call.attrs.dim) ?? generic(call);
  }),
  wasmReplacement<tf.LogSoftmaxInputs, tf.LogSoftmaxAttrs>(tf.LogSoftmax, (generic) => (call) => {
    const { logits } = call.inputs;
    return overRows(call.backend, "logSoftmax", logits, call.attrs.axis) ?? generic(call);
  }),
  wasmReplacement<tf.ArgMaxInputs, tf.ArgMaxAttrs>(tf.ArgMax, (generic) => (call) => {
    const { x } = call.inputs;
    return overRows(call.backend, "argMax", x, call.attrs.axis) ?? generic(call);
  }),
];

function unary(kernel: string, name: Unary): Replacement {
  return wasmReplacement<tf.UnaryInputs, object>(kernel, (generic) => (call) => {
    const { backend, inputs } = call;
    const { x } = inputs;
    const kernels: Pick<Kernels, Unary> | undefined = kernelsOf(backend);
    if (kernels === undefined || x.dtype !== "float32") return generic(call);
    const result = backend.makeOutput(x.shape, "float32");
    kernels[name](pointerTo(backend, x), pointerTo(backend, result), sizeOf(x.shape));
    return result;
  });
}

/** Undefined for another axis than the last. */
function overRows(
  backend: WasmBackend,
  name: OverRows,
  x: tf.TensorInfo,
  axis: number,
): tf.TensorInfo | undefined {
  const kernels: Pick<Kernels, OverRows> | undefined = kernelsOf(backend);
  const last = x.shape.length - 1;
  if (kernels === undefined || x.dtype !== "float32" || (axis !== last && axis !== -1)) return undefined;
  const n = x.shape[last] ?? 1;
  if (n === 0) return undefined;
  const result =
    name === "argMax"
      ? backend.makeOutput(x.shape.slice(0, -1), "int32")
      : backend.makeOutput(x.shape, "float32");
  kernels[name](pointerTo(backend, x), pointerTo(backend, result), sizeOf(x.shape) / n, n);
  return result;
}
