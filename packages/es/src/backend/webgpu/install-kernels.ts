/** Puts the corrections in place of tfjs's kernels for WebGPU, once. */
import { replaceKernels } from "../kernel-replacement.js";
import { axisKernels } from "./axis-kernels.js";
import { broadcastingKernels } from "./broadcasting-kernels.js";
import { transposingKernels } from "./transposing-kernels.js";

let installed = false;

/** Needs the kernels to be registered; later calls do nothing. */
export function installWebGpuKernels(): void {
  if (installed) return;
  installed = true;
  replaceKernels("webgpu", [...axisKernels, ...transposingKernels, ...broadcastingKernels]);
}
