/** The inputs of all examples as one batch. Many evaluations have the same examples, so the last batches are kept. */
import type * as tf from "@tensorflow/tfjs-core";
import { Batch, type Values } from "./batch.js";
import type { CellTree } from "./cell-tree.js";
import { rememberRows, stackRows, type Stacking } from "./stack-rows.js";

/** As many as a program may have inputs; minibatches, which do not come again, push each other out. */
const KEPT = 8;

interface Stack {
  readonly tensors: readonly tf.Tensor[];
  /** On the host, `[examples, ...]`; nobody writes to them. */
  readonly values: Values;
}

/** By their first tensor, whose end is also theirs. */
const stacks = new WeakMap<tf.Tensor, Stack>();
const recent: WeakRef<tf.Tensor>[] = [];

/** `stackRows` for tensors that stay what they are: the training set. */
export function stackExamples(stacking: Stacking, tensors: readonly tf.Tensor[], name: string): CellTree {
  const [first] = tensors;
  const known = first && stacks.get(first);
  if (first !== undefined && known !== undefined && isSame(known.tensors, tensors)) {
    const { frame, workshop } = stacking;
    const shape = [1, tensors.length, ...first.shape];
    return { kind: "batch", batch: Batch.ofValues(known.values, shape, first.dtype, frame, workshop) };
  }
  const lasting = rememberRows(tensors);
  const tree = stackRows(stacking, tensors, name);
  if (first !== undefined && lasting && tree.kind === "batch" && tree.batch.atHand !== undefined)
    keep(first, { tensors, values: tree.batch.atHand });
  return tree;
}

function isSame(known: readonly tf.Tensor[], tensors: readonly tf.Tensor[]): boolean {
  return (
    known.length === tensors.length &&
    tensors.every((tensor, index) => tensor === known[index] && !tensor.isDisposed)
  );
}

function keep(first: tf.Tensor, stack: Stack): void {
  if (!stacks.has(first)) {
    recent.push(new WeakRef(first));
    const oldest = recent.length > KEPT ? recent.shift()?.deref() : undefined;
    if (oldest !== undefined) stacks.delete(oldest);
  }
  stacks.set(first, stack);
}
