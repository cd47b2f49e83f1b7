/** Matrix products of arrays that live in JavaScript. */
import { hostMemory } from "./host-memory.js";

/** `a [m, k] · b [k, n]`, row-major float32, every sum in ascending order of k. */
export function hostProduct(a: Float32Array, b: Float32Array, m: number, k: number, n: number): Float32Array {
  const packed = k * (n + 8); // whole panels of columns
  const { kernels, buffer, offsets } = hostMemory(4 * m * k, 4 * k * n, 4 * m * n, 4 * packed);
  const [x = 0, y = 0, result = 0, scratch = 0] = offsets;
  new Float32Array(buffer, x, m * k).set(a.subarray(0, m * k));
  new Float32Array(buffer, y, k * n).set(b.subarray(0, k * n));
  kernels.batchedMatMul(x, 0, y, 0, result, scratch, 1, m, k, n, false);
  return new Float32Array(buffer, result, m * n).slice();
}
