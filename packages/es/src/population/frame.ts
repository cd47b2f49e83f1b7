/**
 * The arrangement of cells in a batch: a row per candidate, a column per example.
 *
 * Calls that cover only a part of the population, or not in its order, get a frame of their own with as many columns as
 * the busiest candidate has calls; its columns are then no examples.
 */
import * as tf from "@tensorflow/tfjs-core";
import { BatchAxis } from "../vmap/batch-axis.js";
import { batchAxisOf, innerOf, wrap } from "../vmap/batched-tensor.js";

/** One place in a frame. */
export interface Place {
  readonly candidate: number;
  readonly column: number;
}

export class Frame {
  #places: (Place | undefined)[] | undefined;

  constructor(
    readonly candidates: BatchAxis,
    /** Above the candidates, so that what depends on columns alone is computed once for all candidates. */
    readonly columns: BatchAxis,
  ) {}

  /** One object per place: every batch has thousands of them. */
  place(candidate: number, column: number): Place {
    this.#places ??= Array.from({ length: this.candidates.size * this.columns.size });
    return (this.#places[candidate * this.columns.size + column] ??= { candidate, column });
  }

  static of(candidates: number, columns: number): Frame {
    return new Frame(
      new BatchAxis(candidates, "a vectorised run"),
      new BatchAxis(columns, "a vectorised run"),
    );
  }

  /** The same candidates with other columns. */
  withColumns(columns: number): Frame {
    return new Frame(this.candidates, new BatchAxis(columns, this.columns.place));
  }

  /** Batches `[candidates or 1, columns or 1, ...shape]`, which stays the caller's; 1 means the same for all. */
  wrap(tensor: tf.Tensor): tf.Tensor {
    const [candidates = 1, columns = 1, ...shape] = tensor.shape;
    const ofColumns = columns === this.columns.size && columns > 1;
    const ofCandidates = candidates === this.candidates.size && candidates > 1;
    const inner = ofColumns ? [columns, ...shape] : shape;
    const perCandidate = tf.reshape(tensor, ofCandidates ? [candidates, ...inner] : inner);
    const overColumns = ofCandidates ? wrap(this.candidates, perCandidate) : perCandidate;
    return ofColumns ? wrap(this.columns, overColumns) : overColumns;
  }

  /** `[candidates or 1, columns or 1, ...shape]` of a tensor that may be batched over either; a new tensor. */
  unwrap(tensor: tf.Tensor): tf.Tensor {
    const perColumn = innerOf(tensor, this.columns);
    const overColumns = perColumn ?? tf.expandDims(tensor, 0);
    const perCandidate = innerOf(overColumns, this.candidates);
    const plain = perCandidate ?? tf.expandDims(overColumns, 0);
    const stranger = batchAxisOf(plain);
    if (stranger !== undefined) {
      throw stranger.refuse(
        "A tensor left the vmap that made it",
        "return it from the batched function instead.",
      );
    }
    return tf.reshape(plain, plain.shape);
  }

  /** How often something was refused in this frame so far. */
  get refusals(): number {
    return this.candidates.refusals + this.columns.refusals;
  }

  get lastRefusal(): Error | undefined {
    return this.columns.lastRefusal ?? this.candidates.lastRefusal;
  }
}
