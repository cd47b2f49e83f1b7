/** Takes a batched output apart: `[candidate][example]`. */
import type * as tf from "@tensorflow/tfjs-core";
import { Batch } from "./batch.js";
import { cellOf, treeOf } from "./cell-tree.js";
import type { Frame } from "./frame.js";
import { plainTensor } from "./row-operations.js";
import { rowOf } from "./row-tensor.js";
import type { Workshop } from "./workshop.js";

/** One read per distinct tensor. The tensors of the result live on the host and need no disposal. */
export async function outputsOf(frame: Frame, workshop: Workshop, output: unknown): Promise<unknown[][]> {
  const batches = new Map<tf.Tensor, Batch>();
  const tree = treeOf(output, (tensor) => {
    const batch = batches.get(tensor) ?? toBatch(tensor, frame, workshop);
    batches.set(tensor, batch);
    return batch;
  });
  await Promise.all([...batches.values()].map((batch) => batch.read()));
  return Array.from({ length: frame.candidates.size }, (_, candidate) =>
    Array.from({ length: frame.columns.size }, (_cell, column) => cellOf(tree, { candidate, column }, 0)),
  );
}

/** A tensor that may be batched over the frame's axes, as a batch. */
export function toBatch(tensor: tf.Tensor, frame: Frame, workshop: Workshop): Batch {
  const row = rowOf(tensor);
  const made = workshop.compute(() => frame.unwrap(row === undefined ? tensor : plainTensor(row)));
  return Batch.ofTensor(made, frame, workshop);
}
