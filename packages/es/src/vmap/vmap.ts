/** `vmap`: a function of one example becomes a function of a batch, with every operation executed once for all. */
import * as tf from "@tensorflow/tfjs-core";
import { HyperfuncError, currentTensorScope } from "@hyperfunc/core";
import { OwnedTensors, runOwned } from "../lifetime/owned-tensors.js";
import { BatchAxis } from "./batch-axis.js";
import { batchAxisOf, innerOf, wrap } from "./batched-tensor.js";
import "./dispatch.js";
import { bindAxes, type InAxes } from "./in-axes.js";
import { repeat } from "./kernel-call.js";
import { mapTensors } from "./tensor-tree.js";

/** A value as the batched function takes and gives it: tensors have one axis more. */
export type Batched<T> = T extends tf.Tensor
  ? tf.Tensor
  : T extends Promise<infer Value>
    ? Promise<Batched<Value>>
    : T extends (...args: never) => unknown
      ? T
      : T extends object
        ? { [Key in keyof T]: Batched<T[Key]> }
        : T;

type BatchedEach<Arguments extends readonly unknown[]> = {
  [Index in keyof Arguments]: Batched<Arguments[Index]>;
};

export interface VmapOptions {
  /**
   * Which axis of each tensor is the batch: a number (negative ones count from the end), `null` for a tensor that all
   * elements share, or a structure of these matching the arguments. A list has one entry per argument. Default 0.
   */
  readonly inAxes?: InAxes;
}

/**
 * Turns a function of single examples into one of batches.
 *
 * `fn` is executed once, with tensors that have the shape of one example, and may use any tensor operation, be async,
 * and call `vmap` itself. Values that are not tensors are passed on as they are.
 *
 * @param fn Takes tensors, or arrays and objects of tensors, and returns the same.
 * @returns A function whose mapped arguments have the batch axis where `inAxes` says, and whose results have it first:
 *   `[batch, ...shape]`. A result that does not depend on the batch is repeated.
 * @throws HyperfuncError INVALID_ARGUMENT when no argument is mapped, sizes differ or an axis does not exist;
 *   NOT_VECTORISABLE when `fn` reads a value (`dataSync()`, `await data()`), which has no single answer in a batch.
 * @example
 * import * as tf from "@tensorflow/tfjs-core";
 * import { vmap } from "@hyperfunc/es";
 * const weights = tf.tensor2d([[1, 2], [3, 4], [5, 6]]);
 * const layer = (x: tf.Tensor1D) => tf.dot(weights, x);
 * vmap(layer)(tf.tensor2d([[1, 0], [0, 1]])).print(); // [[1, 3, 5], [2, 4, 6]]
 */
export function vmap<Arguments extends readonly unknown[], Result>(
  fn: (...args: Arguments) => Result,
  { inAxes = 0 }: VmapOptions = {},
): (...args: BatchedEach<Arguments>) => Batched<Result> {
  const batched = (...args: readonly unknown[]): unknown => {
    const { size, axes } = bindAxes(args, inAxes);
    const axis = new BatchAxis(size);
    const scope = new OwnedTensors(currentTensorScope());
    const finish = (result: unknown): unknown => {
      if (axis.lastRefusal !== undefined) throw axis.lastRefusal; // also when fn swallowed it
      return mapTensors(result, (tensor) => unwrap(tensor, axis));
    };
    let pending = false;
    try {
      const result: unknown = runOwned(scope, () => fn(...(wrapInputs(args, axes, axis) as Arguments)));
      if (!(result instanceof Promise)) return finish(result);
      pending = true;
      return result.then(finish).finally(() => {
        scope.close();
      });
    } finally {
      if (!pending) scope.close();
    }
  };
  return batched as (...args: BatchedEach<Arguments>) => Batched<Result>;
}

function wrapInputs(
  args: readonly unknown[],
  axes: readonly (number | null)[],
  axis: BatchAxis,
): readonly unknown[] {
  let index = 0;
  return args.map((arg) =>
    mapTensors(arg, (tensor) => {
      const position = axes[index++] ?? null;
      return position === null ? tensor : wrap(axis, toFront(tensor, position));
    }),
  );
}

/** Always another tensor, since wrapping takes it over; a reshape shares the data where a clone may copy it. */
function toFront(tensor: tf.Tensor, axis: number): tf.Tensor {
  if (axis === 0) return tf.reshape(tensor, tensor.shape);
  const axes = Array.from({ length: tensor.rank }, (_, position) => position);
  return tf.transpose(tensor, [axis, ...axes.filter((position) => position !== axis)]);
}

/** `[size, ...shape]`, the caller's. */
function unwrap(tensor: tf.Tensor, axis: BatchAxis): tf.Tensor {
  const inner = innerOf(tensor, axis);
  if (inner !== undefined) return tf.reshape(inner, inner.shape);
  if ((batchAxisOf(tensor)?.level ?? 0) > axis.level) {
    throw new HyperfuncError(
      "INVALID_STATE",
      "A tensor of an inner vmap escaped from it (through a variable outside?) and was returned by the outer function.",
    );
  }
  return tf.tidy(() => repeat(tensor, axis.size));
}
