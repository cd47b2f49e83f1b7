/** One member's own values, for whoever evaluates members one at a time. */
import type { LeafBatch } from "@hyperfunc/core";
import type { StrategyLeaf } from "./leaf.js";
import { leafSize } from "./leaf.js";

/** Row-major values of one leaf for one member; a low-rank matrix is multiplied out. */
export function memberValues(leaf: StrategyLeaf, batch: LeafBatch, member: number): Float32Array {
  const size = leafSize(leaf);
  if (batch.kind === "dense")
    return new Float32Array(batch.values.subarray(member * size, (member + 1) * size));
  const [out = 1, columns = 1] = leaf.shape;
  const { base, rank, a, b } = batch;
  const values = new Float32Array(size);
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < columns; i++) {
      let sum = base[o * columns + i] ?? 0;
      for (let r = 0; r < rank; r++) {
        sum += (a[(member * out + o) * rank + r] ?? 0) * (b[(member * columns + i) * rank + r] ?? 0);
      }
      values[o * columns + i] = sum;
    }
  }
  return values;
}
