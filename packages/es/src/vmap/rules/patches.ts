/**
 * Convolution as one matrix product: the filter as a matrix, times the patches that it sees.
 *
 * No kernel of tfjs convolves images of every element with a filter of its own. Written with ordinary operations it
 * needs to know nothing of a batch. The images lie innermost, so that a shifted view is copied in long runs.
 */
import * as tf from "@tensorflow/tfjs-core";

/** Where a filter is laid on its images, for any number of spatial axes. */
export interface Window {
  readonly filter: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padding: readonly (readonly [before: number, after: number])[];
  /** Positions of the filter along each axis. */
  readonly output: readonly number[];
}

/** `x [images, ...sides, channels]` with `filter [...window, channels, out]` gives `[images, ...output, out]`. */
export function convolve(x: tf.Tensor, filter: tf.Tensor, window: Window): tf.Tensor {
  const [images = 1] = x.shape;
  const axes = window.output.map((_, axis) => axis + 1);
  const [channels = 1, out = 1] = filter.shape.slice(-2);
  const turned = tf.transpose(x, [axes.length + 1, ...axes, 0]); // [channels, ...sides, images]
  const padded = window.padding.some(([before, after]) => before > 0 || after > 0)
    ? tf.pad(turned, [
        [0, 0],
        ...window.padding.map(([before, after]): [number, number] => [before, after]),
        [0, 0],
      ])
    : turned;
  const views = positionsIn(window.filter).map((position) => shifted(padded, position, window));
  const values = images * sizeOf(window.output);
  const patches = tf.reshape(tf.stack(views), [views.length * channels, values]);
  const weights = tf.reshape(filter, [views.length * channels, out]);
  const product = tf.reshape(tf.matMul(weights, patches, true, false), [out, ...window.output, images]);
  return tf.transpose(product, [axes.length + 1, ...axes, 0]);
}

/** What one position of the filter sees: `[channels, ...output, images]`. */
function shifted(
  x: tf.Tensor,
  position: readonly number[],
  { strides, dilations, output }: Window,
): tf.Tensor {
  const [channels = 1, images = 1] = [x.shape[0], x.shape.at(-1)];
  const begin = position.map((step, axis) => step * (dilations[axis] ?? 1));
  const size = output.map((count, axis) => (count - 1) * (strides[axis] ?? 1) + 1);
  const end = begin.map((start, axis) => start + (size[axis] ?? 1));
  return strides.every((stride) => stride === 1)
    ? tf.slice(x, [0, ...begin, 0], [channels, ...size, images])
    : tf.stridedSlice(x, [0, ...begin, 0], [channels, ...end, images], [1, ...strides, 1]);
}

/** All positions in a box, the last axis fastest. */
function positionsIn([side, ...others]: readonly number[]): number[][] {
  if (side === undefined) return [[]];
  const rest = positionsIn(others);
  return Array.from({ length: side }, (_, step) => rest.map((position) => [step, ...position])).flat();
}

function sizeOf(sides: readonly number[]): number {
  return sides.reduce((product, side) => product * side, 1);
}
