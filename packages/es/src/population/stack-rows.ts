/** Brings tensors of single cells together into one batch: for free where they come from one, by copying otherwise. */
import * as tf from "@tensorflow/tfjs-core";
import { valuesAtHand } from "../backend/values-at-hand.js";
import { batchAxisOf } from "../vmap/batched-tensor.js";
import { Batch, type Values } from "./batch.js";
import type { CellTree } from "./cell-tree.js";
import type { Frame, Place } from "./frame.js";
import { gatherRows } from "./gather-rows.js";
import { plainTensor } from "./row-operations.js";
import { rowOf } from "./row-tensor.js";
import type { Workshop } from "./workshop.js";

export interface Stacking {
  readonly frame: Frame;
  /** Place of each tensor in the frame. */
  readonly places: readonly Place[];
  /** 1 when the tensors do not depend on the candidate. */
  readonly candidates: number;
  readonly workshop: Workshop;
}

/** Host values of tensors that are asked for again and again: the examples of a training set. */
const knownRows = new WeakMap<tf.Tensor, Values>();

/** One batch of all tensors, or the reason why there is none. */
export function stackRows(stacking: Stacking, tensors: readonly tf.Tensor[], name: string): CellTree {
  const [first] = tensors;
  if (first === undefined) return { kind: "same", value: undefined };
  const aligned = alignedBatch(stacking, tensors);
  if (aligned !== undefined) return { kind: "batch", batch: aligned };
  for (const tensor of tensors) tensor.throwIfDisposed();
  if (tensors.every((tensor) => tensor === first)) {
    const row = rowOf(first);
    return {
      kind: "same",
      value: row === undefined ? first : stacking.workshop.make(() => plainTensor(row)),
    };
  }
  const odd = tensors.find(
    (tensor) => tensor.dtype !== first.dtype || !tf.util.arraysEqual(tensor.shape, first.shape),
  );
  if (odd !== undefined) {
    const both = `[${String(first.shape)}] ${first.dtype} and [${String(odd.shape)}] ${odd.dtype}`;
    return { kind: "different", reason: `${name} has tensors of different kinds, ${both}`, values: tensors };
  }
  if (tensors.some((tensor) => !isStackable(tensor))) {
    return { kind: "different", reason: `${name} has tensors that cannot be stacked`, values: tensors };
  }
  return {
    kind: "batch",
    batch: fromHost(stacking, tensors, first) ?? gatherRows(stacking, tensors),
  };
}

function isStackable(tensor: tf.Tensor): boolean {
  if (tensor.dtype === "string" || tensor.dtype === "complex64") return false;
  return rowOf(tensor) !== undefined || batchAxisOf(tensor) === undefined;
}

/** The batch that all tensors are rows of, if each is at the place where it is needed. */
function alignedBatch({ frame, places }: Stacking, tensors: readonly tf.Tensor[]): Batch | undefined {
  const batch = tensors[0] && rowOf(tensors[0])?.batch;
  if (batch === undefined || batch.frame !== frame) return undefined;
  const { candidates, columns } = batch;
  for (let index = 0; index < tensors.length; index++) {
    const tensor = tensors[index];
    const row = tensor && rowOf(tensor);
    const place = places[index];
    if (row?.batch !== batch || place === undefined) return undefined;
    if (candidates > 1 && row.candidate !== place.candidate) return undefined;
    if (columns > 1 && row.column !== place.column) return undefined;
  }
  return batch;
}

/** Undefined when one of the tensors has its values on a device only. */
function fromHost(stacking: Stacking, tensors: readonly tf.Tensor[], first: tf.Tensor): Batch | undefined {
  const { frame, places, candidates, workshop } = stacking;
  const columns = frame.columns.size;
  const { size, shape, dtype } = first;
  const filler = valuesOf(first);
  if (filler === undefined) return undefined;
  const values = allocate(dtype, candidates * columns * size);
  const filled = new Uint8Array(candidates * columns);
  for (const [index, tensor] of tensors.entries()) {
    const place = places[index];
    const own = valuesOf(tensor);
    if (own === undefined) return undefined;
    if (place === undefined) continue;
    const cell = (candidates === 1 ? 0 : place.candidate) * columns + place.column;
    values.set(own, cell * size);
    filled[cell] = 1;
  }
  // Cells that nobody asked for are computed too; they get values that are as good as any.
  if (tensors.length < filled.length) {
    filled.forEach((is, cell) => {
      if (is === 0) values.set(filler, cell * size);
    });
  }
  return Batch.ofValues(values, [candidates, columns, ...shape], dtype, frame, workshop);
}

/** Undefined when they are on a device only. */
function valuesOf(tensor: tf.Tensor): Values | undefined {
  const row = rowOf(tensor);
  if (row === undefined) return knownRows.get(tensor) ?? valuesAtHand(tensor);
  const offset = row.batch.offset(row.candidate, row.column);
  return row.batch.atHand?.subarray(offset, offset + row.batch.size);
}

/** Remembers the host values of tensors that will be stacked again; not of variables, which change. True if of all. */
export function rememberRows(tensors: readonly tf.Tensor[]): boolean {
  let all = true;
  for (const tensor of tensors) {
    if (knownRows.has(tensor)) continue;
    const lasting = !(tensor instanceof tf.Variable) && rowOf(tensor) === undefined && isStackable(tensor);
    const values = lasting ? valuesAtHand(tensor) : undefined;
    if (values === undefined) all = false;
    else knownRows.set(tensor, values);
  }
  return all;
}

function allocate(dtype: tf.DataType, length: number): Values {
  if (dtype === "int32") return new Int32Array(length);
  return dtype === "bool" ? new Uint8Array(length) : new Float32Array(length);
}
