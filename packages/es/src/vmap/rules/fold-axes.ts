/**
 * Fewer axes for kernels that know only so many.
 *
 * Hidden axes come on top of a tensor's own, and XNNPACK, which adds, multiplies and pads for tfjs-wasm, gives wrong
 * numbers without an error beyond six. Neighbouring axes with which a kernel does the same are one axis to it.
 */
import * as tf from "@tensorflow/tfjs-core";
import { batchAxisOf } from "../batched-tensor.js";

/** The most axes that every kernel of every backend knows. */
export const MOST_AXES = 6;

/** True for a tensor that has all its axes in `shape`; others are folded when the last of them becomes visible. */
export function showsAllAxes(tensor: tf.Tensor): boolean {
  return batchAxisOf(tensor) === undefined;
}

/** Lengths of the groups of neighbouring axes; `joins` says whether an axis belongs to the group of the one before. */
export function groupAxes(rank: number, joins: (axis: number) => boolean): number[] {
  const groups: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const last = groups.length - 1;
    if (axis > 0 && joins(axis)) groups[last] = (groups[last] ?? 0) + 1;
    else groups.push(1);
  }
  return groups;
}

/** The same values with one axis per group. */
export function foldAxes(tensor: tf.Tensor, groups: readonly number[]): tf.Tensor {
  let axis = 0;
  const shape = groups.map((count) => {
    const sides = tensor.shape.slice(axis, axis + count);
    axis += count;
    return sides.reduce((product, side) => product * side, 1);
  });
  return tf.reshape(tensor, shape);
}
