/** `hp` of a hyperfunction for all candidates of a population at once. */
import {
  HyperfuncError,
  blocksOf,
  type HyperfunctionLayout,
  type Leaf,
  type LeafBatch,
  type Population,
} from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import type { BatchAxis } from "../vmap/batch-axis.js";
import { wrap, wrapLazy } from "../vmap/batched-tensor.js";
import { LowRankMatrix } from "../vmap/low-rank-matrix.js";

/** One object per type; values that cannot be one value for all candidates throw when they are read. */
export function populationHp(population: Population, layout: HyperfunctionLayout, axis: BatchAxis): object {
  const base = population.base.values.get(layout.name);
  if (base === undefined) {
    throw new HyperfuncError(
      "INVALID_STATE",
      `The population's base state has no values of "${layout.name}".`,
    );
  }
  const blocks = blocksOf(layout.spec).map(([block, type]) => {
    const value: object = { ...type.fixed };
    for (const leaf of layout.leaves) {
      if (leaf.block !== block) continue;
      const own = base.subarray(leaf.offset, leaf.offset + leaf.size);
      Object.defineProperty(
        value,
        leaf.field.name,
        property(leaf, own, population.leaves.get(leaf.path), axis),
      );
    }
    return [block, value] as const;
  });
  const [first] = blocks;
  if (first !== undefined && first[0] === undefined) return first[1];
  return Object.fromEntries(blocks) as Record<string, object>;
}

function property(
  leaf: Leaf,
  own: ArrayLike<number>,
  batch: LeafBatch | undefined,
  axis: BatchAxis,
): PropertyDescriptor {
  if (leaf.field.kind === "tensor") return fixed(tensorValue(leaf.field.shape, own, batch, axis));
  const values = Array.from(batch?.kind === "dense" ? batch.values : own);
  const [first = 0] = values;
  const shared = values.every((value) => value === first);
  if (leaf.field.kind === "choice") {
    return shared ? fixed(leaf.field.choices[first]) : refusing(leaf, axis, "");
  }
  if (leaf.field.tensor) {
    return fixed(shared ? tf.scalar(first) : wrap(axis, tf.tensor1d(Float32Array.from(values))));
  }
  return shared ? fixed(first) : refusing(leaf, axis, "declare its type with tensor: true, or ");
}

function tensorValue(
  shape: readonly number[],
  own: ArrayLike<number>,
  batch: LeafBatch | undefined,
  axis: BatchAxis,
): tf.Tensor {
  if (batch === undefined) return tf.tensor(Float32Array.from(own), [...shape], "float32");
  if (batch.kind === "dense")
    return wrap(axis, tf.tensor(float32(batch.values), [axis.size, ...shape], "float32"));
  const [rows = 1, columns = 1] = shape;
  const { base, a, b, rank } = batch;
  return wrapLazy(
    axis,
    LowRankMatrix.of(
      tf.tensor2d(base, [rows, columns]),
      tf.tensor3d(a, [axis.size, rows, rank]),
      tf.tensor3d(b, [axis.size, columns, rank]),
    ),
  );
}

function float32(values: Float32Array | Float64Array): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values);
}

function fixed(value: unknown): PropertyDescriptor {
  return { value, enumerable: true, configurable: true, writable: true };
}

function refusing({ path, field }: Leaf, axis: BatchAxis, remedy: string): PropertyDescriptor {
  return {
    get() {
      throw axis.refuse(
        `hp.${field.name} (${path}) differs between candidates and is read as a plain value`,
        `${remedy}let the candidates run one by one.`,
      );
    },
    enumerable: true,
    configurable: true,
  };
}
