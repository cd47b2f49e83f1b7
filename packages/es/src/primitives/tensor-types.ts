/** Tells core what its tensor fields are: `tensor: true` makes a scalar field a `tf.Scalar`. */
import type * as tf from "@tensorflow/tfjs-core";

declare module "@hyperfunc/core" {
  interface TensorTypes {
    scalar: tf.Scalar;
  }
}
