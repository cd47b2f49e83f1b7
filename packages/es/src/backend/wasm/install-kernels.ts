/**
 * Puts the replacements in place of tfjs-wasm's kernels, once: those in terms of tfjs's own kernels first, and above them
 * the native ones, which hand on what they cannot do.
 */
import * as tf from "@tensorflow/tfjs-core";
import { einsum } from "../../vmap/rules/einsum.js";
import { replaceKernels, scanReplacements } from "../kernel-replacement.js";
import { broadcastingKernels } from "./broadcasting-kernels.js";
import { copyingKernels } from "./copying-kernels.js";
import { fusedKernels } from "./fused-kernels.js";
import { joiningKernels } from "./joining-kernels.js";
import { matmulKernels } from "./matmul-kernels.js";
import { nativeElementwise } from "./native/elementwise.js";
import { registerLowRankMatMul } from "./native/low-rank.js";
import { nativeMatMul } from "./native/matmul.js";

let installed = false;

/** Needs tfjs-wasm's kernels to be registered; later calls do nothing. */
export function installWasmKernels(): void {
  if (installed) return;
  installed = true;
  replaceKernels("wasm", [
    ...copyingKernels,
    ...joiningKernels,
    ...broadcastingKernels,
    ...matmulKernels,
    ...fusedKernels,
    ...scanReplacements,
  ]);
  replaceKernels("wasm", [nativeMatMul, ...nativeElementwise]);
  registerLowRankMatMul();
  // tfjs-wasm has no Einsum at all.
  tf.registerKernel({
    kernelName: tf.Einsum,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) =>
      tf.tidy(() => einsum(attrs?.["equation"] as string, Object.values(inputs) as tf.Tensor[])),
  });
}
