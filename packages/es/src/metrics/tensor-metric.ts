/** A metric of one's own from tensor code for one example, batched like the program itself. */
import { HyperfuncError, type PerExampleMetric } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import { tensorsIn } from "../lifetime/tensors-in.js";
import { BATCHED_METRIC, overExamples, type BatchedMetric } from "../population/batched-metric.js";
import { stackedValues } from "./expected-tensor.js";
import { meanScore, type Judge } from "./judge.js";
import { isTensor, plainNumbers, showShape, type Numeric } from "./numeric.js";

/**
 * Makes a metric from a function of one output and one expected value, both as tensors, that gives a scalar; higher is
 * better.
 *
 * Where the outputs of a population are batched, the function runs once for all candidates and examples, so it must not
 * read values (`dataSync`, `await data()`). Numbers, truth values and arrays become float32 tensors first; an output
 * may also be an object or array of tensors, which `fn` gets as it is.
 *
 * @throws INVALID_METRIC when scored on empty or uneven lists, on values that are not numeric, and for NaN.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs-core";
 * import { tensorMetric } from "@hyperfunc/es";
 * const closeness = tensorMetric((output, expected) => tf.neg(tf.max(tf.abs(tf.sub(output, expected)))));
 * console.log(await closeness([[1, 2], [3, 5]], [[1, 3], [3, 5]]));
 * ```
 * Output:
 * ```text
 * -0.5
 * ```
 */
export function tensorMetric<Output = tf.Tensor>(
  fn: (output: Output, expected: tf.Tensor) => tf.Tensor,
  { name = "tensorMetric", worst }: { readonly name?: string; readonly worst?: number } = {},
): StructuredTensorMetric<Output> {
  const judge: Judge<Judged<Output>> = async (output, expected) => {
    const score = tf.tidy(() =>
      scalar(name, fn(asTensors(output) as Output, asTensor(expected, "expected value"))),
    );
    const [value = Number.NaN] = await score.data();
    score.dispose();
    return value;
  };
  const batched: BatchedMetric<Output> = (output, expected) =>
    tf.tidy(() => {
      const [sample] = tensorsIn(output);
      if (sample === undefined)
        throw new HyperfuncError("INVALID_METRIC", `${name} needs an output with tensors in it.`);
      return scalar(name, fn(output, overExamples(stackedValues(name, expected), sample)));
    });
  return Object.assign(
    (outputs: Judged<Output>[], expected: Numeric[]) => meanScore(name, judge, outputs, expected),
    { perExample: judge, [BATCHED_METRIC]: batched },
    worst === undefined ? {} : { worst },
  );
}

/** Where the output is a single tensor, numbers and arrays are taken, too. */
export type Judged<Output> = tf.Tensor extends Output ? Output | Numeric : Output;

/** A metric on outputs that are tensors or hold some. */
export interface StructuredTensorMetric<Output> extends PerExampleMetric<unknown, Judged<Output>, Numeric> {
  readonly perExample: Judge<Judged<Output>>;
  readonly [BATCHED_METRIC]: BatchedMetric<Output>;
}

function asTensors(output: unknown): unknown {
  return tensorsIn(output).length > 0 ? output : asTensor(output as Numeric, "output");
}

/** A tensor of its own, since `fn` may return what it was given. */
function scalar(name: string, score: tf.Tensor): tf.Tensor {
  if (score.rank === 0) return tf.clone(score);
  throw new HyperfuncError(
    "INVALID_METRIC",
    `${name} must give a scalar for one output, got a tensor of shape ${showShape(score.shape)}; reduce it, for example with tf.mean.`,
  );
}

function asTensor(value: Numeric, what: string): tf.Tensor {
  if (isTensor(value)) return value;
  const { values, shape } = plainNumbers(value, what);
  return tf.tensor(Float32Array.from(values), [...shape]);
}
