/** Kernels that transpose, which tfjs can do with floats only, and with integers of rank 2. */
import * as tf from "@tensorflow/tfjs-core";
import type { Replacement } from "../kernel-replacement.js";
import { correction } from "./correction.js";

const isAffected = (x: tf.Tensor): boolean => x.dtype !== "float32" && x.rank > 2;

/** Picks from behind the leading axes that stay where they are. */
const transpose = correction<tf.TransposeInputs, tf.TransposeAttrs>(tf.Transpose, ({ x }, { perm }) => {
  if (!isAffected(x)) return undefined;
  const moved = perm.findIndex((from, to) => from !== to);
  if (moved === -1) return () => tf.reshape(x, x.shape);
  const permuted = perm.slice(moved).map((from) => from - moved);
  const positions = permutedPositions(x.shape.slice(moved), permuted);
  return () => {
    const flat = tf.reshape(x, [tf.util.sizeFromShape(x.shape.slice(0, moved)), positions.length]);
    return tf.reshape(
      tf.gather(flat, tf.tensor1d(positions, "int32"), 1),
      perm.map((from) => x.shape[from] ?? 1),
    );
  };
});

/** Where each value of the transposed tensor is in the original. */
function permutedPositions(shape: readonly number[], perm: readonly number[]): Int32Array {
  const strides = tf.util.computeStrides([...shape]).concat(1);
  const sides = perm.map((from) => shape[from] ?? 1);
  const steps = perm.map((from) => strides[from] ?? 1);
  const positions = new Int32Array(tf.util.sizeFromShape([...shape]));
  const index = sides.map(() => 0);
  let position = 0;
  for (let at = 0; at < positions.length; at++) {
    positions[at] = position;
    for (let axis = sides.length - 1; axis >= 0; axis--) {
      const [side = 1, step = 1] = [sides[axis], steps[axis]];
      const next = (index[axis] ?? 0) + 1;
      if (next < side) {
        index[axis] = next;
        position += step;
        break;
      }
      position -= (side - 1) * step;
      index[axis] = 0;
    }
  }
  return positions;
}

type Reduce = (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor;

interface ReduceAttributes {
  readonly axis?: number | number[];
  /** What Max calls them. */
  readonly reductionIndices?: number | number[];
  readonly keepDims?: boolean;
}

/** They transpose the axes that they reduce to the end, past the kernel above. */
function reduction(kernel: string, reduce: Reduce): Replacement {
  return correction<tf.SumInputs, ReduceAttributes>(
    kernel,
    ({ x }, { axis, reductionIndices = axis, keepDims = false }) => {
      if (!isAffected(x)) return undefined;
      const axes = tf.util.parseAxisParam(reductionIndices ?? [], x.shape);
      const perm = tf.backend_util.getAxesPermutation(axes, x.rank);
      if (perm === null) return undefined;
      return () => {
        const innermost = tf.backend_util.getInnerMostAxes(axes.length, x.rank);
        const reduced = reduce(tf.transpose(x, perm), innermost, false);
        return keepDims
          ? tf.reshape(reduced, tf.backend_util.expandShapeToKeepDim(reduced.shape, axes))
          : reduced;
      };
    },
  );
}

/** Of a vector they give a tensor of shape [1] besides. */
function winner(kernel: string, operation: (x: tf.Tensor, axis: number) => tf.Tensor): Replacement {
  return correction<tf.ArgMaxInputs, tf.ArgMaxAttrs>(kernel, ({ x }, { axis }) => {
    if (x.rank === 1) return () => tf.reshape(operation(tf.reshape(x, [1, x.size]), 1), []);
    const perm = isAffected(x) ? tf.backend_util.getAxesPermutation([axis], x.rank) : null;
    return perm === null ? undefined : () => operation(tf.transpose(x, perm), x.rank - 1);
  });
}

export const transposingKernels: readonly Replacement[] = [
  transpose,
  reduction(tf.All, tf.all),
  reduction(tf.Any, tf.any),
  reduction(tf.Max, tf.max),
  reduction(tf.Mean, tf.mean),
  reduction(tf.Min, tf.min),
  reduction(tf.Prod, tf.prod),
  reduction(tf.Sum, tf.sum),
  winner(tf.ArgMax, tf.argMax),
  winner(tf.ArgMin, tf.argMin),
];
