/** One value per cell of a frame, as one tensor: on the device, on the host, or both. */
import { HyperfuncError } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import { valuesAtHand } from "../backend/values-at-hand.js";
import type { Frame } from "./frame.js";
import type { Workshop } from "./workshop.js";

export type Values = Float32Array | Int32Array | Uint8Array;

let lastNumber = 0;

export class Batch {
  /** Tells batches apart in keys. */
  readonly number: number = ++lastNumber;
  /** Shape of one cell. */
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  /** Numbers per cell. */
  readonly size: number;
  /** The number of candidates, or 1 when all have the same values. */
  readonly candidates: number;
  /** The number of columns, or 1 when all have the same values. */
  readonly columns: number;
  /** Results of operations on this batch, by operation. */
  readonly results = new Map<string, Variants>();

  readonly frame: Frame;
  readonly #workshop: Workshop | undefined;
  #tensor: tf.Tensor | undefined;
  #values: Values | undefined;
  #reading: Promise<Values> | undefined;

  private constructor(
    frame: Frame,
    shape: readonly number[],
    dtype: tf.DataType,
    workshop: Workshop | undefined,
  ) {
    const [candidates = 1, columns = 1, ...cell] = shape;
    this.frame = frame;
    this.candidates = candidates;
    this.columns = columns;
    this.shape = cell;
    this.dtype = dtype;
    this.size = cell.reduce((product, side) => product * side, 1);
    this.#workshop = workshop;
  }

  /** From a tensor `[candidates or 1, columns or 1, ...shape]` that the workshop owns. */
  static ofTensor(tensor: tf.Tensor, frame: Frame, workshop: Workshop): Batch {
    const batch = new Batch(frame, tensor.shape, tensor.dtype, workshop);
    batch.#tensor = tensor;
    return batch;
  }

  /** From host values in the same order; uploaded when something computes with them, if there is a workshop. */
  static ofValues(
    values: Values,
    shape: readonly number[],
    dtype: tf.DataType,
    frame: Frame,
    workshop?: Workshop,
  ): Batch {
    const batch = new Batch(frame, shape, dtype, workshop);
    batch.#values = values;
    return batch;
  }

  /** Where operations on the whole batch are computed; undefined once its session is over. */
  get workshop(): Workshop | undefined {
    return this.#workshop?.isOpen === true ? this.#workshop : undefined;
  }

  /** `[candidates or 1, columns or 1, ...shape]`; borrowed. Needs an open workshop. */
  tensor(workshop: Workshop): tf.Tensor {
    return (this.#tensor ??= workshop.make(() =>
      tf.tensor(this.#values ?? [], [this.candidates, this.columns, ...this.shape], this.dtype),
    ));
  }

  /** All values, read at most once. */
  readSync(): Values {
    return (this.#values ??= this.#alive().dataSync());
  }

  read(): Promise<Values> {
    return (this.#reading ??=
      this.#values === undefined
        ? this.#alive()
            .data()
            .then((values) => (this.#values = values))
        : Promise.resolve(this.#values));
  }

  get isRead(): boolean {
    return this.#values !== undefined;
  }

  /** All values, if nobody has to wait for them. */
  get atHand(): Values | undefined {
    return (this.#values ??= valuesAtHand(this.#alive()));
  }

  /** Position of a cell in the values. */
  offset(candidate: number, column: number): number {
    return (
      ((this.candidates === 1 ? 0 : candidate) * this.columns + (this.columns === 1 ? 0 : column)) * this.size
    );
  }

  /** The values stay readable after the session. */
  outliveSession(): void {
    if (!this.isRead) this.#workshop?.retain(this);
  }

  #alive(): tf.Tensor {
    if (this.#tensor !== undefined && !this.#tensor.isDisposed) return this.#tensor;
    throw new HyperfuncError(
      "INVALID_STATE",
      "This tensor belonged to an evaluation that is over; return it from run(), or read it before.",
    );
  }
}

/** What a kernel gives: one result, or a list. */
export type BatchResult = Batch | readonly Batch[];

/** What an operation on a batch gave, by the constants it was done with. */
export interface Variants {
  readonly byConstants: Map<string, BatchResult>;
  /** How often a result was found. */
  found: number;
  /** The operation cannot be done on the batch. */
  refused: boolean;
}
