/**
 * The tensor of one cell of a batch: a `tf.Tensor` for its user, coordinates for us.
 *
 * The engine does not know it, so it needs no disposal, and it is kept small, because a wavefront holds one or more for
 * each of its runs. A read is one read of the whole batch, shared by all cells; operations are computed for the whole
 * batch too (row-operations.ts).
 */
import * as tf from "@tensorflow/tfjs-core";
import { tfjsEngine } from "../backend/tfjs-engine.js";
import { OUTLIVES } from "../lifetime/owned-tensors.js";
import type { Batch, Values } from "./batch.js";
import type { Place } from "./frame.js";

/** What a row knows; all of them are tensors. */
export interface Row extends Place {
  readonly batch: Batch;
}

class RowTensor extends tf.Tensor implements Row {
  constructor(
    readonly batch: Batch,
    readonly candidate: number,
    readonly column: number,
  ) {
    super(batch.shape as number[], batch.dtype, NO_DATA, tfjsEngine.nextTensorId());
  }

  override dataSync<D extends tf.DataType = tf.NumericDataType>(): tf.DataTypeMap[D] {
    this.throwIfDisposed();
    return cut(this, this.batch.readSync()) as tf.DataTypeMap[D];
  }

  override data<D extends tf.DataType = tf.NumericDataType>(): Promise<tf.DataTypeMap[D]> {
    try {
      this.throwIfDisposed();
      return this.batch.read().then((values) => cut(this, values) as tf.DataTypeMap[D]);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  override async bytes(): Promise<Uint8Array> {
    return new Uint8Array((await this.data()).buffer);
  }

  override dispose(): void {
    this.isDisposedInternal = true;
  }

  [OUTLIVES](): void {
    this.batch.outliveSession();
  }
}

const NO_DATA = {};

// Whatever reaches past operations to the data itself, such as tf.variable, finds a tensor with just this cell.
const plain = new WeakMap<RowTensor, tf.Tensor>();
Object.defineProperty(RowTensor.prototype, "dataId", {
  get(this: RowTensor) {
    const known = plain.get(this);
    if (known !== undefined && !known.isDisposed) return known.dataId;
    const made = tf.tensor(this.dataSync(), this.shape, this.dtype);
    plain.set(this, made);
    return made.dataId;
  },
  set() {
    // The constructor of tf.Tensor sets it.
  },
});

/** The values of one cell, the caller's own. */
function cut({ batch, candidate, column }: Row, all: Values): Values {
  const offset = batch.offset(candidate, column);
  return all.slice(offset, offset + batch.size);
}

export function rowTensor(batch: Batch, { candidate, column }: Place): tf.Tensor {
  return new RowTensor(batch, candidate, column);
}

/** The cell behind a tensor, if it is one. */
export function rowOf(tensor: tf.Tensor): (Row & tf.Tensor) | undefined {
  // Not instanceof, which tfjs defines such that every tensor passes.
  return tensor.constructor === RowTensor ? tensor : undefined;
}
