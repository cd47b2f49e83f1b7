/** Contents of a batched tensor that are not computed before somebody needs their values. */
import type * as tf from "@tensorflow/tfjs-core";

export abstract class LazyTensor {
  /** Of one element. */
  abstract readonly shape: readonly number[];
  /** `[size, ...shape]`, computed at most once; borrowed. */
  abstract values(): tf.Tensor;
  /** Another shape of the same values, a reference of its own; undefined where it would have to be computed first. */
  abstract reshape(shape: readonly number[]): LazyTensor | undefined;
  abstract release(): void;
}
