import type { Values } from "@hyperfunc/core";

/** A hash of the bits of all means (FNV-1a over 32-bit words): threads that have gone apart are noticed by it. */
export function hashOfMeans(means: readonly Values[]): number {
  let hash = 0x811c9dc5;
  for (const values of means) {
    const words = new Uint32Array(values.buffer, values.byteOffset, values.byteLength / 4);
    for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ (words[i] ?? 0), 0x01000193);
  }
  return hash >>> 0;
}
