/**
 * Replacing kernels of tfjs-wasm that are wrong, or many times slower than they need be.
 *
 * A replacement receives the original and hands over what it does not improve. Results, gradients and the kernel's name
 * stay as they are, so nothing above the backend notices.
 */
import * as tf from "@tensorflow/tfjs-core";

/** The part of tfjs-wasm's backend that kernels use. */
export interface WasmBackend {
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
  readSync(dataId: object): tf.TypedArray;
  disposeData(dataId: object): boolean;
  incRef(dataId: object): void;
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number; readonly shape: readonly number[] } };
  readonly wasm: { readonly HEAPU8: Uint8Array };
}

export interface WasmCall<Inputs, Attributes> {
  readonly inputs: Inputs;
  readonly attrs: Attributes;
  readonly backend: WasmBackend;
}

export type WasmKernel<Inputs, Attributes> = (call: WasmCall<Inputs, Attributes>) => tf.TensorInfo | tf.TensorInfo[];

export interface Replacement {
  readonly kernel: string;
  readonly replace: (original: WasmKernel<never, never>) => WasmKernel<never, never>;
}

/** Declares a replacement with the kernel's own input and attribute types. */
export function replacement<Inputs, Attributes>(
  kernel: string,
  replace: (original: WasmKernel<Inputs, Attributes>) => WasmKernel<Inputs, Attributes>,
): Replacement {
  return { kernel, replace };
}

/** Runs a registered kernel on tensor infos; the caller disposes the result. */
export function runWasm(backend: WasmBackend, kernel: string, inputs: object, attrs: object = {}): tf.TensorInfo {
  const run = tf.getKernel(kernel, "wasm").kernelFunc as WasmKernel<object, object>;
  const result = run({ inputs, attrs, backend });
  if (Array.isArray(result)) throw new TypeError(`${kernel} gives several results.`);
  return result;
}

/** Another view of the same data; the caller disposes it. */
export function reshaped(backend: WasmBackend, x: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: [...shape], dtype: x.dtype };
}

export function dispose(backend: WasmBackend, ...infos: readonly tf.TensorInfo[]): void {
  for (const info of infos) backend.disposeData(info.dataId);
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
