/** Rows of standard normals in arrays that live in JavaScript. */
import { foldIn, normalAt, normalLayers, type RngKey } from "@hyperfunc/core";
import { hostMemory } from "./host-memory.js";

/** Values that are drawn at once, in whole rows: what stays in cache, so that any number takes no more memory. */
const BLOCK = 2 ** 15;
const BLOCK_WORDS = 8;

/**
 * `[rows, width]`: row r is what core's `fillNormals` draws with the key `foldIn(key, r)` and the counter, bit for bit,
 * more than twice as fast.
 */
export function hostNormals(key: RngKey, rows: number, width: number, counter: number): Float32Array {
  const values = new Float32Array(rows * width);
  const together = Math.max(1, Math.floor(BLOCK / width));
  for (let first = 0; first < rows; first += together) {
    const count = Math.min(together, rows - first);
    fill(values.subarray(first * width, (first + count) * width), first, width, key, counter);
  }
  return values;
}

/** Whole rows, from `firstRow` on. */
function fill(out: Float32Array, firstRow: number, width: number, key: RngKey, counter: number): void {
  const { widths, inside } = normalLayers;
  const { kernels, buffer, offsets } = hostMemory(
    widths.byteLength,
    inside.byteLength,
    4 * BLOCK_WORDS,
    out.byteLength,
    out.byteLength + 4, // one more, as every position is written before it is known to count
  );
  const [widthsAt = 0, insideAt = 0, words = 0, result = 0, outside = 0] = offsets;
  new Float64Array(buffer, widthsAt, widths.length).set(widths);
  new Int32Array(buffer, insideAt, inside.length).set(inside);
  const rows = out.length / width;
  const left = kernels.normals(
    result,
    firstRow,
    rows,
    width,
    ...key,
    counter,
    widthsAt,
    insideAt,
    words,
    outside,
  );
  out.set(new Float32Array(buffer, result, out.length));
  for (const index of new Int32Array(buffer, outside, left)) {
    const row = Math.floor(index / width);
    out[index] = normalAt(foldIn(key, firstRow + row), counter, index - row * width);
  }
}
