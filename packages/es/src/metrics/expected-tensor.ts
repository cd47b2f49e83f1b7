/** The expected values of all examples as one tensor, which a batched metric compares with its batched output. */
import { HyperfuncError } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import { isTensor, plainNumbers, sameShape, showShape } from "./numeric.js";

/** `[examples, ...shape]` of expected values that are all tensors of one shape; undefined when none is a tensor. */
export function stackedTensors(metric: string, expected: readonly unknown[]): tf.Tensor | undefined {
  const tensors = expected.filter(isTensor);
  const [first] = tensors;
  if (first === undefined) return undefined;
  const odd = tensors.find((tensor) => !sameShape(tensor.shape, first.shape));
  if (odd === undefined && tensors.length === expected.length) return tf.stack(tensors);
  throw new HyperfuncError(
    "INVALID_METRIC",
    `${metric}: expected values must all be tensors of one shape, or none; got ${showShape(first.shape)} and ` +
      `${odd === undefined ? "values that are no tensors" : showShape(odd.shape)}.`,
  );
}

/** `[examples, ...shape]` of expected values of any numeric kind, all of one shape. */
export function stackedValues(metric: string, expected: readonly unknown[]): tf.Tensor {
  const tensors = stackedTensors(metric, expected);
  if (tensors !== undefined) return tensors;
  const numbers = expected.map((value) => plainNumbers(value, "expected value"));
  const shape = numbers[0]?.shape ?? [];
  const odd = numbers.find((value) => !sameShape(value.shape, shape));
  if (odd !== undefined) {
    throw new HyperfuncError(
      "INVALID_METRIC",
      `${metric}: expected values must have one shape, got ${showShape(shape)} and ${showShape(odd.shape)}.`,
    );
  }
  return tf.tensor(Float32Array.from(numbers.flatMap(({ values }) => Array.from(values))), [
    expected.length,
    ...shape,
  ]);
}
