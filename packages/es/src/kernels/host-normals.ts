/** Rows of standard normals in arrays that live in JavaScript. */
import { foldIn, normalAt, normalLayers, type RngKey } from "@hyperfunc/core";
import { hostMemory } from "./host-memory.js";

const BLOCK_WORDS = 8;

/**
 * `[rows, width]`: row r is what core's `fillNormals` draws with the key `foldIn(key, r)` and the counter, bit for bit,
 * more than twice as fast.
 */
export function hostNormals(key: RngKey, rows: number, width: number, counter: number): Float32Array {
  const { widths, inside } = normalLayers;
  const size = rows * width;
  const { kernels, buffer, offsets } = hostMemory(
    widths.byteLength,
    inside.byteLength,
    4 * BLOCK_WORDS,
    4 * size,
    4 * (size + 1), // one more, as every position is written before it is known to count
  );
  const [widthsAt = 0, insideAt = 0, words = 0, result = 0, outside = 0] = offsets;
  new Float64Array(buffer, widthsAt, widths.length).set(widths);
  new Int32Array(buffer, insideAt, inside.length).set(inside);
  const [key0, key1] = key;
  const left = kernels.normals(result, rows, width, key0, key1, counter, widthsAt, insideAt, words, outside);
  const values = new Float32Array(buffer, result, size).slice();
  for (const index of new Int32Array(buffer, outside, left)) {
    const row = Math.floor(index / width);
    values[index] = normalAt(foldIn(key, row), counter, index - row * width);
  }
  return values;
}
