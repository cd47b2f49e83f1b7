/**
 * The one hook into tfjs: every kernel call of every operation passes through a chain of interceptors.
 *
 * An interceptor sees the call before tfjs does. It returns undefined for calls that are none of its business.
 */
import {
  tfjsEngine,
  type KernelAttributes,
  type KernelInputs,
  type KernelResult,
  type RunKernel,
} from "../backend/tfjs-engine.js";

export type Interceptor = (
  kernel: string,
  inputs: KernelInputs,
  attributes: KernelAttributes | undefined,
) => KernelResult | undefined;

const interceptors: Interceptor[] = [];

/** Adds an interceptor; the last one added sees a call first. */
export function interceptKernels(interceptor: Interceptor): void {
  if (interceptors.length === 0) install();
  interceptors.unshift(interceptor);
}

function install(): void {
  const original: RunKernel = tfjsEngine.runKernel.bind(tfjsEngine);
  tfjsEngine.runKernel = (kernel, inputs, attributes) => {
    for (const interceptor of interceptors) {
      const result = interceptor(kernel, inputs, attributes);
      if (result !== undefined) return result;
    }
    return original(kernel, inputs, attributes);
  };
}
