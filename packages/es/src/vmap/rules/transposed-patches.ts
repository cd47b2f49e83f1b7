/** Transposed convolution as an ordinary one: of the images with zeros between their values, with the filter turned. */
import * as tf from "@tensorflow/tfjs-core";
import { convolve, type Window } from "./patches.js";

/**
 * `dy [images, ...output, channels]` with `filter [...window, out, channels]` gives `[images, ...sides, out]`, where
 * `window` says how a convolution of the result would give `dy`; undefined where it would leave out rows at the end.
 */
export function convolveTransposed(
  dy: tf.Tensor,
  filter: tf.Tensor,
  window: Window,
  sides: readonly number[],
): tf.Tensor | undefined {
  const axes = window.filter.map((_, axis) => axis);
  const apart = axes.reduce((x, axis) => spaced(x, axis + 1, window.strides[axis] ?? 1), dy);
  const padding = axes.map((axis): [number, number] => {
    const before = (window.filter[axis] ?? 1) - 1 - (window.padding[axis]?.[0] ?? 0);
    const needed = (sides[axis] ?? 1) + (window.filter[axis] ?? 1) - 1;
    return [before, needed - before - (apart.shape[axis + 1] ?? 1)];
  });
  if (padding.some(([before, after]) => before < 0 || after < 0)) return undefined;
  const rank = filter.rank;
  const turned = tf.transpose(tf.reverse(filter, axes), [...axes, rank - 1, rank - 2]);
  const ones = axes.map(() => 1);
  return convolve(apart, turned, { ...window, strides: ones, dilations: ones, padding, output: sides });
}

/** Zeros between the values along an axis, so that they lie `step` apart. */
function spaced(x: tf.Tensor, axis: number, step: number): tf.Tensor {
  if (step === 1) return x;
  const apart = tf.pad(
    tf.expandDims(x, axis + 1),
    [...x.shape, 1].map((_, position): [number, number] => [0, position === axis + 1 ? step - 1 : 0]),
  );
  const long = x.shape.map((side, position) => (position === axis ? side * step : side));
  return tf.slice(
    tf.reshape(apart, long),
    x.shape.map(() => 0),
    long.map((side, position) => (position === axis ? side - step + 1 : side)),
  );
}
