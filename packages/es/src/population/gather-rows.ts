/** Brings tensors of single cells together without reading them: whole batches are joined, and picked from at once. */
import * as tf from "@tensorflow/tfjs-core";
import { Batch } from "./batch.js";
import { plainTensor } from "./row-operations.js";
import { rowOf } from "./row-tensor.js";
import type { Stacking } from "./stack-rows.js";

/** All tensors have one shape and one type. */
export function gatherRows(stacking: Stacking, tensors: readonly tf.Tensor[]): Batch {
  const { frame, places, candidates, workshop } = stacking;
  const columns = frame.columns.size;
  const positions = new Int32Array(candidates * columns); // cells that nobody asked for get the first tensor
  const tensor = workshop.compute(() => {
    const pool = new Pool();
    tensors.forEach((one, index) => {
      const place = places[index];
      if (place === undefined) return;
      positions[(candidates === 1 ? 0 : place.candidate) * columns + place.column] = pool.positionOf(one);
    });
    const picked = tf.gather(pool.joined(), tf.tensor1d(positions, "int32"));
    return tf.reshape(picked, [candidates, columns, ...picked.shape.slice(1)]);
  });
  return Batch.ofTensor(tensor, frame, workshop);
}

/** Tensors one below the other, batches as a whole. */
class Pool {
  readonly #parts: tf.Tensor[] = [];
  readonly #starts = new Map<Batch, number>();
  #length = 0;

  positionOf(tensor: tf.Tensor): number {
    const row = rowOf(tensor);
    if (row === undefined) return this.#add(tf.expandDims(tensor, 0));
    const { batch } = row;
    const { workshop } = batch;
    if (workshop === undefined) return this.#add(tf.expandDims(plainTensor(row), 0));
    let start = this.#starts.get(batch);
    if (start === undefined) {
      const whole = batch.tensor(workshop);
      start = this.#add(tf.reshape(whole, [batch.candidates * batch.columns, ...batch.shape]));
      this.#starts.set(batch, start);
    }
    return start + batch.offset(row.candidate, row.column) / Math.max(batch.size, 1);
  }

  joined(): tf.Tensor {
    return tf.concat(this.#parts);
  }

  #add(part: tf.Tensor): number {
    this.#parts.push(part);
    const start = this.#length;
    this.#length += part.shape[0] ?? 0;
    return start;
  }
}
