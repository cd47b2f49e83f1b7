/**
 * Fused matrix product and convolution.
 *
 * tfjs-wasm looks at the shape in which the bias was first stored and rejects reshaped ones, and has only some of the
 * activations.
 */
import * as tf from "@tensorflow/tfjs-core";
import { dispose, reshaped, sizeOf, type Replacement } from "../kernel-replacement.js";
import { runWasm, wasmReplacement, type WasmBackend } from "./wasm-kernel.js";

const ACTIVATIONS: Readonly<Record<string, string>> = {
  relu: tf.Relu,
  relu6: tf.Relu6,
  elu: tf.Elu,
  sigmoid: tf.Sigmoid,
  leakyrelu: tf.LeakyRelu,
};

export const fusedKernels: Replacement[] = [
  wasmReplacement<tf._FusedMatMulInputs, tf._FusedMatMulAttrs>(tf._FusedMatMul, (original) => (call) => {
    const { inputs, attrs, backend } = call;
    const { a, b } = inputs;
    const single = sizeOf(a.shape.slice(0, -2)) === 1 && sizeOf(b.shape.slice(0, -2)) === 1;
    const known =
      attrs.activation === "linear" || attrs.activation === "prelu" || attrs.activation in ACTIVATIONS;
    if (single && !attrs.transposeA && !attrs.transposeB && attrs.activation !== "elu") {
      return withFreshBias(backend, inputs, (fresh) => original({ ...call, inputs: fresh }));
    }
    if (!known) return original(call);
    const { transposeA, transposeB } = attrs;
    const product = runWasm(backend, tf.BatchMatMul, { a, b }, { transposeA, transposeB });
    return activated(backend, withBias(backend, product, inputs.bias), inputs, attrs);
  }),
  ...[tf.FusedConv2D, tf.FusedDepthwiseConv2D].map((kernel) =>
    wasmReplacement<tf.FusedConv2DInputs, tf.FusedConv2DAttrs>(
      kernel,
      (original) => (call) =>
        withFreshBias(call.backend, call.inputs, (fresh) => original({ ...call, inputs: fresh })),
    ),
  ),
];

/** Calls `compute` with a bias that is stored in the shape it has. */
function withFreshBias<Inputs extends { bias?: tf.TensorInfo }, Result>(
  backend: WasmBackend,
  inputs: Inputs,
  compute: (inputs: Inputs) => Result,
): Result {
  const { bias } = inputs;
  if (!bias || backend.dataIdMap.get(bias.dataId).shape.length === 1) return compute(inputs);
  const flat = reshaped(backend, bias, [sizeOf(bias.shape)]);
  const fresh = runWasm(backend, tf.Identity, { x: flat }); // this backend's Identity copies
  const result = compute({ ...inputs, bias: fresh });
  dispose(backend, flat, fresh);
  return result;
}

function withBias(
  backend: WasmBackend,
  product: tf.TensorInfo,
  bias: tf.TensorInfo | undefined,
): tf.TensorInfo {
  if (!bias) return product;
  const sum = runWasm(backend, tf.Add, { a: product, b: bias });
  dispose(backend, product);
  return sum;
}

function activated(
  backend: WasmBackend,
  x: tf.TensorInfo,
  inputs: tf._FusedMatMulInputs,
  { activation, leakyreluAlpha }: tf._FusedMatMulAttrs,
): tf.TensorInfo {
  if (activation === "linear") return x;
  const result =
    activation === "prelu"
      ? runWasm(backend, tf.Prelu, { x, alpha: inputs.preluActivationWeights })
      : runWasm(backend, ACTIVATIONS[activation] ?? tf.Identity, { x }, { alpha: leakyreluAlpha });
  dispose(backend, x);
  return result;
}
