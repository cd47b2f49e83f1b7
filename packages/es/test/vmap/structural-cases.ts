/** Kernels that rearrange, join, take apart and pick. */
import * as tf from "@tensorflow/tfjs-core";
import { flags, type RuleCase } from "./rule-case.js";

type T = tf.Tensor;

const indices = (shape: number[]): T => tf.randomUniform(shape, 0, 3, "int32");
const second =
  (make: (shape: number[]) => T) =>
  (shape: number[], operand: number): T =>
    operand === 1 ? make(shape) : tf.randomNormal(shape);

function one(kernel: string, shape: readonly number[], run: (x: T) => unknown, what = ""): RuleCase {
  return { name: `${kernel} ${what}`, shapes: [shape], run };
}

function gather(
  what: string,
  x: readonly number[],
  index: readonly number[],
  run: (x: T, i: T) => T,
): RuleCase {
  return { name: `GatherV2 ${what}`, shapes: [x, index], run, make: second(indices) };
}

export const structuralCases: readonly RuleCase[] = [
  one(tf.Reshape, [2, 3], (x) => tf.reshape(x, [3, -1])),
  one(tf.Reshape, [], (x) => tf.reshape(x, [1, 1]), "of a scalar"),
  one(tf.ExpandDims, [2, 3], (x) => [tf.expandDims(x, 0), tf.expandDims(x, 1), tf.expandDims(x, -1)]),
  one(tf.Transpose, [2, 3, 4], (x) => tf.transpose(x, [2, 0, 1])),
  one(tf.Transpose, [2, 3], (x) => tf.transpose(x), "of a matrix"),
  one(tf.Tile, [2, 3], (x) => tf.tile(x, [2, 3])),
  one(tf.BroadcastTo, [1, 3], (x) => tf.broadcastTo(x, [4, 2, 3])),
  one(tf.PadV2, [2, 3], (x) =>
    tf.pad(
      x,
      [
        [1, 0],
        [0, 2],
      ],
      7,
    ),
  ),
  one(tf.MirrorPad, [2, 3], (x) =>
    tf.mirrorPad(
      x,
      [
        [1, 0],
        [1, 1],
      ],
      "reflect",
    ),
  ),
  one(tf.Reverse, [2, 3], (x) => [tf.reverse(x, -1), tf.reverse(x)]),
  one(tf.Slice, [3, 4, 2], (x) => [tf.slice(x, [1, 2], [2, -1]), tf.slice(x, 1), tf.slice(x, [0, 0, 1])]),
  one(tf.Slice, [3, 2, 2, 3], (x) => tf.slice(x, [1, 0, 1, 0], [2, 2, 1, 3]), "of rank 4"),
  one(tf.StridedSlice, [4, 5], (x) => [
    tf.stridedSlice(x, [1, 0], [4, 5], [2, 2]),
    tf.stridedSlice(x, [0, 1], [4, 2], [1, 1], 1, 1, 0, 0, 2),
    tf.stridedSlice(x, [3, 0], [0, 5], [-1, 1]),
  ]),
  one(tf.Unpack, [2, 3], (x) => [...tf.unstack(x), ...tf.unstack(x, -1)]),
  one(tf.SplitV, [2, 6], (x) => [...tf.split(x, 3, 1), ...tf.split(x, [1, 5], -1), ...tf.split(x, 2)]),
  {
    name: "Concat",
    shapes: [
      [2, 3],
      [2, 1],
      [2, 2],
    ],
    run: (...parts: T[]) => [tf.concat(parts, 1), tf.concat(parts, -1)],
  },
  {
    name: "Concat on the first axis",
    shapes: [[2], [3]],
    run: (a: tf.Tensor1D, b: tf.Tensor1D) => tf.concat([a, b]),
  },
  {
    name: "Pack",
    shapes: [
      [2, 3],
      [2, 3],
    ],
    run: (...parts: T[]) => [tf.stack(parts), tf.stack(parts, 1), tf.stack(parts, -1)],
  },
  {
    name: "Select",
    shapes: [[2, 3], [3], []],
    run: (condition: T, a: T, b: T) => tf.where(condition, a, b),
    make: (shape, operand) => (operand === 0 ? flags(shape) : tf.randomNormal(shape)),
  },
  {
    name: "Select of scalars",
    shapes: [[], []],
    run: (condition: T, a: T) => tf.where(tf.greater(condition, 0), a, 1),
  },
  gather("on the first axis", [3, 4], [5], (x, i) => tf.gather(x, tf.cast(i, "int32"))),
  gather("on a later axis", [4, 3, 2], [2], (x, i) => tf.gather(x, i, 1)),
  gather("with indices of rank 2", [3, 4], [5, 2], (x, i) => tf.gather(x, i)),
  gather("with one index", [3, 4], [], (x, i) => tf.gather(x, i)),
  gather("with batch axes", [2, 3, 4], [2, 5], (x, i) => tf.gather(x, i, 1, 1)),
  {
    name: "GatherNd",
    shapes: [
      [3, 3, 2],
      [4, 2],
    ],
    run: (x: T, i: T) => tf.gatherND(x, i),
    make: second(indices),
  },
];
