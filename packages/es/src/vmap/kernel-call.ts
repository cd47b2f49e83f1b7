/**
 * One call of a kernel with at least one input batched over `axis`, as a batching rule sees it.
 *
 * A rule knows one batch axis, at position 0 of its batched operands. Operands may be batched over lower axes as well;
 * the rule does not notice, because the ordinary tf operations it uses are dispatched again.
 */
import * as tf from "@tensorflow/tfjs-core";
import {
  tfjsEngine,
  type KernelAttributes,
  type KernelInputs,
  type KernelResult,
} from "../backend/tfjs-engine.js";
import type { BatchAxis } from "./batch-axis.js";
import { batchAxisOf, innerOf, lazyOf } from "./batched-tensor.js";
import type { LazyTensor } from "./lazy-tensor.js";
import { LowRankMatrix } from "./low-rank-matrix.js";

/** A kernel's inputs as tensors instead of tensor infos. */
export type TensorsOf<Inputs> = Inputs extends readonly unknown[]
  ? readonly tf.Tensor[]
  : { readonly [Name in keyof Inputs]: tf.Tensor };

export class KernelCall<Inputs = KernelInputs, Attributes = KernelAttributes> {
  constructor(
    readonly kernel: string,
    readonly axis: BatchAxis,
    /** With the shapes of one element. */
    readonly inputs: TensorsOf<Inputs>,
    readonly attributes: Attributes,
  ) {}

  get size(): number {
    return this.axis.size;
  }

  /** `[size, ...shape]`, or undefined when all elements share the operand. Borrowed. */
  inner(operand: tf.Tensor): tf.Tensor | undefined {
    return innerOf(operand, this.axis);
  }

  isBatched(operand: tf.Tensor | undefined): boolean {
    return operand !== undefined && batchAxisOf(operand) === this.axis;
  }

  /** The factors of a matrix that exists only in factors; looking does not materialise it. */
  lowRank(operand: tf.Tensor): LowRankMatrix | undefined {
    const content = operand.rank === 2 ? this.lazy(operand) : undefined;
    return content instanceof LowRankMatrix ? content : undefined;
  }

  /** The content of an operand that is not computed yet; looking does not compute it. */
  lazy(operand: tf.Tensor): LazyTensor | undefined {
    return lazyOf(operand, this.axis);
  }

  /** `[size, ...shape]`, or `[1, ...shape]` for a shared operand; for operations that broadcast. */
  stacked(operand: tf.Tensor): tf.Tensor {
    return this.inner(operand) ?? tf.expandDims(operand, 0);
  }

  /** `[size, ...shape]` always; for operations that do not broadcast. */
  full(operand: tf.Tensor): tf.Tensor {
    return this.inner(operand) ?? repeat(operand, this.size);
  }

  /** Executes the same kernel on other operands. */
  run(inputs: KernelInputs, attributes: KernelAttributes = {}): KernelResult {
    return tfjsEngine.runKernel(this.kernel, inputs, attributes);
  }
}

/** `[times, ...shape]`: copies along a new first axis. */
export function repeat(tensor: tf.Tensor, times: number): tf.Tensor {
  const row = tf.expandDims(tensor, 0);
  return times === 1 ? row : tf.tile(row, [times, ...tensor.shape.map(() => 1)]);
}

/** Numbers of the axes that a reduction names, in a tensor of `rank`: 0 to rank - 1. */
export function axesOf(axis: number | readonly number[] | null | undefined, rank: number): number[] {
  if (axis === undefined || axis === null) return Array.from({ length: rank }, (_, index) => index);
  return [axis].flat().map((index) => (index < 0 ? index + rank : index));
}
