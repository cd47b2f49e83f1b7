/** Moves blocks of values within the memory of tfjs-wasm, whatever their type. */
import type * as tf from "@tensorflow/tfjs-core";
import type { WasmBackend } from "./wasm-kernel.js";

/** Below this many values a loop is faster than a call of `copyWithin`. */
const SHORT = 24;

export class Heap {
  readonly #values: Int32Array | Uint8Array;
  readonly #bytes: number;
  readonly #backend: WasmBackend;

  /** Allocate all outputs first: growing the memory detaches the view. */
  constructor(backend: WasmBackend, dtype: tf.DataType) {
    const { buffer } = backend.wasm.HEAPU8;
    this.#backend = backend;
    this.#bytes = dtype === "bool" ? 1 : 4;
    this.#values = dtype === "bool" ? new Uint8Array(buffer) : new Int32Array(buffer);
  }

  /** True for the types that the heap holds as plain numbers. */
  static holds(dtype: tf.DataType): boolean {
    return dtype === "float32" || dtype === "int32" || dtype === "bool";
  }

  /** Position of a tensor's first value. */
  positionOf(info: tf.TensorInfo): number {
    return this.#backend.dataIdMap.get(info.dataId).memoryOffset / this.#bytes;
  }

  copy(from: number, to: number, count: number): void {
    const values = this.#values;
    if (count > SHORT) {
      values.copyWithin(to, from, from + count);
      return;
    }
    for (let index = 0; index < count; index++) values[to + index] = values[from + index] ?? 0;
  }

  /** Writes `times` copies of a block one after the other. */
  repeat(from: number, to: number, count: number, times: number): void {
    if (count === 1) {
      this.#values.fill(this.#values[from] ?? 0, to, to + times);
      return;
    }
    for (let copy = 0; copy < times; copy++) this.copy(from, to + copy * count, count);
  }
}
