/**
 * Matrix products of arrays that live in JavaScript, on a memory of their own: for the strategies, which know no tensors.
 *
 * Always the build without fused multiply-adds, so that the same numbers give the same bits on every machine.
 */
import { instantiateKernels, type Kernels } from "./kernels.js";

const PAGE = 65_536;
/** A multiple of what vector loads like. */
const ALIGNMENT = 64;

interface Host {
  readonly memory: WebAssembly.Memory;
  readonly kernels: Kernels;
}

let host: Host | undefined;

/** `a [m, k] · b [k, n]`, row-major float32, every sum in ascending order of k. */
export function hostProduct(a: Float32Array, b: Float32Array, m: number, k: number, n: number): Float32Array {
  const { memory, kernels } = (host ??= open());
  const sizes = [m * k, k * n, m * n, kernels.packedSize(k, n)];
  const [x = 0, y = 0, result = 0, packed = 0, end = 0] = layOut(sizes);
  const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE);
  if (missing > 0) memory.grow(missing);
  const values = new Float32Array(memory.buffer);
  values.set(a.subarray(0, m * k), x / 4);
  values.set(b.subarray(0, k * n), y / 4);
  kernels.batchedMatMul(x, 0, y, 0, result, packed, 1, m, k, n, false);
  return values.slice(result / 4, result / 4 + m * n);
}

function open(): Host {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const kernels = instantiateKernels("simd", memory);
  if (kernels === undefined)
    throw new Error("This machine has no WebAssembly SIMD, which every supported Node has.");
  return { memory, kernels };
}

/** Byte offsets of arrays of these sizes, one after the other, and the end of the last. */
function layOut(sizes: readonly number[]): number[] {
  const offsets = [ALIGNMENT];
  for (const size of sizes) {
    offsets.push(Math.ceil(((offsets.at(-1) ?? 0) + 4 * size) / ALIGNMENT) * ALIGNMENT);
  }
  return offsets;
}
