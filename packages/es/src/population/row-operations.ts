/**
 * Tensor operations of glue code on the tensors of single cells.
 *
 * In a wavefront thousands of runs do the same operation on their own cell of the same batch. The first one computes it
 * for the whole batch, the others find the result. Where runs compute with constants of their own, which would mean a
 * whole batch for each of them, every cell computes by itself.
 */
import * as tf from "@tensorflow/tfjs-core";
import {
  inputsOf,
  isInputList,
  tfjsEngine,
  type KernelAttributes,
  type KernelInputs,
  type KernelResult,
} from "../backend/tfjs-engine.js";
import { valuesAtHand } from "../backend/values-at-hand.js";
import { batchAxisOf } from "../vmap/batched-tensor.js";
import { interceptKernels } from "../vmap/kernel-hook.js";
import "../vmap/dispatch.js";
import { Batch, type BatchResult, type Variants } from "./batch.js";
import type { Place } from "./frame.js";
import { rowOf, rowTensor, type Row } from "./row-tensor.js";
import type { Workshop } from "./workshop.js";

/** Constants of at most this many numbers are compared by value, larger ones by identity. */
const SMALL_CONSTANT = 8;
/** Results with different constants that are computed for the whole batch before any of them was found again. */
const FREE_VARIANTS = 4;
/** From then on, one more is worth it for every so many that were found. */
const FINDS_PER_VARIANT = 4;

interface Operation {
  readonly kernel: string;
  readonly inputs: KernelInputs;
  readonly attributes: KernelAttributes | undefined;
}

interface Operands {
  readonly batch: Batch;
  readonly place: Place;
  /** Tells operations apart, but for their constants. */
  readonly key: string;
  readonly constants: string;
}

interceptKernels((kernel, inputs, attributes) =>
  inputsOf(inputs).some((input) => input && rowOf(input) !== undefined)
    ? compute({ kernel, inputs, attributes })
    : undefined,
);

function compute(operation: Operation): KernelResult {
  const operands = operandsOf(operation);
  const workshop = operands?.batch.workshop;
  if (operands !== undefined && workshop !== undefined) {
    const result = computeTogether(operation, operands, workshop);
    if (result instanceof Batch) return rowTensor(result, operands.place);
    if (result !== undefined) return result.map((batch) => rowTensor(batch, operands.place));
  }
  return computeAlone(operation);
}

/** What the operands have in common, or undefined when they cannot be computed together. */
function operandsOf({ kernel, inputs, attributes }: Operation): Operands | undefined {
  let batch: Batch | undefined;
  let place: Place | undefined;
  let candidate: number | undefined;
  let column: number | undefined;
  let key = `${kernel} ${JSON.stringify(attributes ?? {})}`;
  let constants = "";
  for (const input of inputsOf(inputs)) {
    if (!input) continue;
    input.throwIfDisposed();
    const row = rowOf(input);
    if (row === undefined) {
      const constant = describeConstant(input);
      if (constant === undefined) return undefined;
      constants += ` ${constant}`;
      key += " constant";
      continue;
    }
    batch ??= row.batch;
    place ??= row;
    if (row.batch.frame !== batch.frame) return undefined;
    if (row.batch.candidates > 1 && (candidate ??= row.candidate) !== row.candidate) return undefined;
    if (row.batch.columns > 1 && (column ??= row.column) !== row.column) return undefined;
    key += ` batch ${row.batch.number}`;
  }
  if (batch === undefined || place === undefined) return undefined;
  const common = { candidate: candidate ?? place.candidate, column: column ?? place.column };
  return { batch, place: common, key, constants };
}

/** Undefined for what cannot be told apart, or not be batched: variables, whose values change, and tensors of a vmap. */
function describeConstant(tensor: tf.Tensor): string | undefined {
  if (tensor.dtype === "string" || tensor.dtype === "complex64") return undefined;
  if (tensor instanceof tf.Variable || batchAxisOf(tensor) !== undefined) return undefined;
  const values = tensor.size > SMALL_CONSTANT ? undefined : valuesAtHand(tensor);
  if (values === undefined) return `#${tensor.id}`;
  return `${tensor.dtype}[${String(tensor.shape)}]${String(values)}`;
}

function computeTogether(
  operation: Operation,
  { batch, key, constants }: Operands,
  workshop: Workshop,
): BatchResult | undefined {
  const variants = variantsOf(batch, key);
  const known = variants.byConstants.get(constants);
  if (known !== undefined) {
    variants.found++;
    return known;
  }
  const affordable = FREE_VARIANTS + variants.found / FINDS_PER_VARIANT;
  if (variants.refused || variants.byConstants.size >= affordable) return undefined;
  try {
    const made = computeBatch(operation, batch, workshop);
    variants.byConstants.set(constants, made);
    return made;
  } catch {
    variants.refused = true; // alone, a cell that is at fault itself fails with its own error
    return undefined;
  }
}

function variantsOf(batch: Batch, key: string): Variants {
  const known = batch.results.get(key);
  if (known !== undefined) return known;
  const variants: Variants = { byConstants: new Map(), found: 0, refused: false };
  batch.results.set(key, variants);
  return variants;
}

function computeBatch(
  { kernel, inputs, attributes }: Operation,
  { frame }: Batch,
  workshop: Workshop,
): BatchResult {
  const result = workshop.compute(() => {
    const wrapped = mapInputs(inputs, (input, row) =>
      row === undefined ? input : frame.wrap(row.batch.tensor(workshop)),
    );
    const computed = tfjsEngine.runKernel(kernel, wrapped, attributes);
    return Array.isArray(computed) ? computed.map((part) => frame.unwrap(part)) : frame.unwrap(computed);
  });
  if (!Array.isArray(result)) return Batch.ofTensor(result, frame, workshop);
  return result.map((part) => Batch.ofTensor(part, frame, workshop));
}

function computeAlone({ kernel, inputs, attributes }: Operation): KernelResult {
  return tf.tidy(() =>
    tfjsEngine.runKernel(
      kernel,
      mapInputs(inputs, (input, row) => (row === undefined ? input : plainTensor(row))),
      attributes,
    ),
  );
}

/** The cell as a tensor of its own. */
export function plainTensor(row: Row & tf.Tensor): tf.Tensor {
  const { batch } = row;
  const { workshop } = batch;
  if (workshop === undefined || batch.atHand !== undefined)
    return tf.tensor(row.dataSync(), row.shape, row.dtype);
  const all = tf.reshape(batch.tensor(workshop), [batch.candidates * batch.columns, ...batch.shape]);
  const index = batch.offset(row.candidate, row.column) / Math.max(batch.size, 1);
  return tf.reshape(tf.slice(all, index, 1), row.shape);
}

function mapInputs(
  inputs: KernelInputs,
  change: (input: tf.Tensor, row: (Row & tf.Tensor) | undefined) => tf.Tensor,
): KernelInputs {
  const replace = <Input extends tf.Tensor | null | undefined>(input: Input): Input | tf.Tensor =>
    input ? change(input, rowOf(input)) : input;
  if (isInputList(inputs)) return inputs.map(replace);
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, replace(input)]));
}
