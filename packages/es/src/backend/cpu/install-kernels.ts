/** Corrects two kernels of tfjs's pure JavaScript backend, once. Speed is not its purpose. */
import * as tf from "@tensorflow/tfjs-core";
import {
  dispose,
  replaceKernels,
  replacement,
  reshaped,
  scanReplacements,
  sizeOf,
  type RawKernel,
  type RefCounting,
  type Replacement,
} from "../kernel-replacement.js";

/** Batch axes that broadcast in both operands give wrong numbers; here they have their full length already. */
const matMul: Replacement = replacement<tf.BatchMatMulInputs, tf.BatchMatMulAttrs, RefCounting>(
  tf.BatchMatMul,
  (original) => (call) => {
    const { inputs, backend } = call;
    const batchA = inputs.a.shape.slice(0, -2);
    const batchB = inputs.b.shape.slice(0, -2);
    const batch = tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
    const fits = (own: readonly number[]): boolean => [1, sizeOf(batch)].includes(sizeOf(own));
    if (fits(batchA) && fits(batchB)) return original(call);
    const a = expanded(backend, inputs.a, batch);
    const b = expanded(backend, inputs.b, batch);
    const product = original({ ...call, inputs: { a, b } });
    dispose(backend, a, b);
    return product;
  },
);

function expanded(backend: RefCounting, x: tf.TensorInfo, batch: readonly number[]): tf.TensorInfo {
  const missing = batch.length + 2 - x.shape.length;
  const lined = reshaped(backend, x, [...Array.from({ length: missing }, () => 1), ...x.shape]);
  const reps = lined.shape.map((side, axis) => (batch[axis] ?? side) / side);
  const tile = tf.getKernel(tf.Tile, "cpu").kernelFunc as RawKernel<object, object, RefCounting>;
  const result = tile({ inputs: { x: lined }, attrs: { reps }, backend }) as tf.TensorInfo;
  dispose(backend, lined);
  return result;
}

let installed = false;

export function installCpuKernels(): void {
  if (installed) return;
  installed = true;
  replaceKernels("cpu", [matMul, ...scanReplacements]);
}
