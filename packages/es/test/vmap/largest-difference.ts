import type * as tf from "@tensorflow/tfjs-core";
import { mapTensors } from "../../src/vmap/tensor-tree.js";

/**
 * Largest difference between two structures of tensors, relative to the larger of 1 and the value; infinite when
 * shapes, types or structures differ.
 */
export function largestDifference(a: unknown, b: unknown): number {
  const left = leavesOf(a);
  const right = leavesOf(b);
  if (left.length !== right.length || left.length === 0) return Infinity;
  return Math.max(...left.map((tensor, index) => difference(tensor, right[index])));
}

function leavesOf(value: unknown): tf.Tensor[] {
  const leaves: tf.Tensor[] = [];
  mapTensors(value, (tensor) => leaves.push(tensor));
  return leaves;
}

function difference(a: tf.Tensor, b: tf.Tensor | undefined): number {
  if (b === undefined || a.dtype !== b.dtype || String(a.shape) !== String(b.shape)) return Infinity;
  const right = b.dataSync();
  let largest = 0;
  a.dataSync().forEach((value, index) => {
    const other = right[index] ?? NaN;
    if (Object.is(value, other) || value === other) return;
    const distance = Math.abs(value - other) / Math.max(1, Math.abs(other));
    largest = Math.max(largest, Number.isNaN(distance) ? Infinity : distance);
  });
  return largest;
}
