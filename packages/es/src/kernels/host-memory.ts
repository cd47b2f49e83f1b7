/**
 * A memory with the kernels on it for arrays that live in JavaScript: the strategies know no tensors.
 *
 * Always the build without fused multiply-adds, so that the same numbers give the same bits on every machine.
 */
import { instantiateKernels, type Kernels } from "./kernels.js";

const PAGE = 65_536;
/** A multiple of what vector loads like. */
const ALIGNMENT = 64;

let opened: { readonly memory: WebAssembly.Memory; readonly kernels: Kernels } | undefined;

export interface HostMemory {
  readonly kernels: Kernels;
  readonly buffer: ArrayBuffer;
  /** Where arrays of the given sizes lie, one after the other, until the next call. */
  readonly offsets: readonly number[];
}

/** Room for arrays of these sizes, in bytes; what was there before is lost. */
export function hostMemory(...sizes: readonly number[]): HostMemory {
  const { memory, kernels } = (opened ??= open());
  let end = ALIGNMENT;
  const offsets = sizes.map((size) => {
    const offset = end;
    end = Math.ceil((end + size) / ALIGNMENT) * ALIGNMENT;
    return offset;
  });
  const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE);
  if (missing > 0) memory.grow(missing);
  return { kernels, buffer: memory.buffer, offsets };
}

function open(): { readonly memory: WebAssembly.Memory; readonly kernels: Kernels } {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const kernels = instantiateKernels("simd", memory);
  if (kernels === undefined)
    throw new Error("This machine has no WebAssembly SIMD, which every supported Node has.");
  return { memory, kernels };
}
