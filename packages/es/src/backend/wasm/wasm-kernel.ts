/** What replacements of tfjs-wasm's kernels are written with. */
import * as tf from "@tensorflow/tfjs-core";
import { replacement, type RawKernel, type RefCounting, type Replacement } from "../kernel-replacement.js";

/** The part of tfjs-wasm's backend that kernels use. */
export interface WasmBackend extends RefCounting {
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
  readSync(dataId: object): tf.TypedArray;
  readonly dataIdMap: {
    get(dataId: object): { readonly memoryOffset: number; readonly shape: readonly number[] };
  };
  readonly wasm: { readonly HEAPU8: Uint8Array; readonly asm?: { readonly memory?: unknown } };
}

export type WasmKernel<Inputs, Attributes> = RawKernel<Inputs, Attributes, WasmBackend>;

/** Declares a replacement with the kernel's own input and attribute types. */
export function wasmReplacement<Inputs, Attributes>(
  kernel: string,
  replace: (original: WasmKernel<Inputs, Attributes>) => WasmKernel<Inputs, Attributes>,
): Replacement {
  return replacement(kernel, replace);
}

/** Runs a registered kernel on tensor infos; the caller disposes the result. */
export function runWasm(
  backend: WasmBackend,
  kernel: string,
  inputs: object,
  attrs: object = {},
): tf.TensorInfo {
  const run = tf.getKernel(kernel, "wasm").kernelFunc as WasmKernel<object, object>;
  const result = run({ inputs, attrs, backend });
  if (Array.isArray(result)) throw new TypeError(`${kernel} gives several results.`);
  return result;
}

/** Where a tensor's values lie, in bytes. */
export function pointerTo(backend: WasmBackend, info: tf.TensorInfo): number {
  return backend.dataIdMap.get(info.dataId).memoryOffset;
}
