/**
 * Replacing kernels of a tfjs backend that are wrong, or many times slower than they need be.
 *
 * A replacement receives the original and hands over what it does not improve. Results, gradients and the kernel's name
 * stay as they are, so nothing above the backend notices.
 */
import * as tf from "@tensorflow/tfjs-core";

/** tfjs declares every input as possibly missing; only the optional ones are. */
export type InfosOf<Inputs> = Inputs extends readonly unknown[]
  ? Inputs
  : { readonly [Name in keyof Inputs]: NonNullable<Inputs[Name]> };

/** What kernels of every backend may ask of it. */
export interface RefCounting {
  incRef(dataId: object): void;
  disposeData(dataId: object): boolean;
}

interface RawCall<Inputs, Attributes, Backend> {
  readonly inputs: InfosOf<Inputs>;
  readonly attrs: Attributes;
  readonly backend: Backend;
}

export type RawKernel<Inputs, Attributes, Backend> = (
  call: RawCall<Inputs, Attributes, Backend>,
) => tf.TensorInfo | tf.TensorInfo[];

export interface Replacement {
  readonly kernel: string;
  readonly replace: (original: tf.KernelFunc) => tf.KernelFunc;
}

/** Declares a replacement with the kernel's own input and attribute types. */
export function replacement<Inputs, Attributes, Backend>(
  kernel: string,
  replace: (original: RawKernel<Inputs, Attributes, Backend>) => RawKernel<Inputs, Attributes, Backend>,
): Replacement {
  return {
    kernel,
    replace: (original) => replace(original as RawKernel<Inputs, Attributes, Backend>) as tf.KernelFunc,
  };
}

/** Puts replacements in place of registered kernels. */
export function replaceKernels(backendName: string, replacements: readonly Replacement[]): void {
  for (const { kernel, replace } of replacements) {
    const config: tf.KernelConfig | undefined = tf.getKernel(kernel, backendName);
    if (config === undefined) continue;
    tf.unregisterKernel(kernel, backendName);
    tf.registerKernel({ ...config, kernelFunc: replace(config.kernelFunc) });
  }
}

/** Another view of the same data; the caller disposes it. */
export function reshaped(backend: RefCounting, x: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: [...shape], dtype: x.dtype };
}

export function dispose(backend: RefCounting, ...infos: readonly tf.TensorInfo[]): void {
  for (const info of infos) backend.disposeData(info.dataId);
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** Scans count a negative axis from the wrong end, on every backend, and then read outside their memory. */
export const scanReplacements: readonly Replacement[] = [tf.Cumsum, tf.Cumprod].map((kernel) =>
  replacement<tf.CumsumInputs, tf.CumsumAttrs, unknown>(kernel, (original) => (call) => {
    const [axis = 0] = tf.util.parseAxisParam(call.attrs.axis, call.inputs.x.shape);
    return original({ ...call, attrs: { ...call.attrs, axis } });
  }),
);
