/** A metric on predicted numbers in its two forms: one output at a time as plain numbers, or all at once as tensors. */
import { HyperfuncError, type PerExampleMetric } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import { BATCHED_METRIC, type BatchedMetric } from "../population/batched-metric.js";
import { batchedOverExamples, stackedExpected } from "./expected-tensor.js";
import { meanScore, type Judge } from "./judge.js";
import { readNumbers, type Numbers, type Numeric } from "./numeric.js";

/** Judges numbers, arrays and tensors, batched ones where they are; higher is better. */
export interface TensorMetric extends PerExampleMetric<unknown, Numeric, Numeric> {
  readonly [BATCHED_METRIC]: BatchedMetric;
}

interface MetricDefinition {
  readonly name: string;
  /** Score of an example on which the program failed; default the lowest in the evaluation. */
  readonly worst?: number;
  /** The expected value as numbers of the output's shape. */
  target(metric: string, expected: Numbers, shape: readonly number[]): ArrayLike<number>;
  /** The same for a tensor of all examples, `[examples, ...expected]`. */
  targets(metric: string, expected: tf.Tensor, shape: readonly number[]): tf.Tensor;
  score(output: ArrayLike<number>, target: ArrayLike<number>, shape: readonly number[]): number;
  /** `score` as tensor operations on one output, giving a scalar. */
  scores(output: tf.Tensor, target: tf.Tensor): tf.Tensor;
}

export function defineMetric(definition: MetricDefinition): TensorMetric {
  const { name, worst } = definition;
  const judge: Judge = (output, expected) => {
    const predicted = readNumbers(output, "output");
    const wanted = readNumbers(expected, "expected value");
    return predicted instanceof Promise || wanted instanceof Promise
      ? Promise.all([predicted, wanted]).then(([left, right]) => scoreOf(definition, left, right))
      : scoreOf(definition, predicted, wanted);
  };
  const batched: BatchedMetric = (output, expected) =>
    tf.tidy(() => {
      const target = definition.targets(name, stackedExpected(name, expected), output.shape);
      const score = definition.scores(output, batchedOverExamples(target, output));
      // Nothing times zero is zero, but NaN and infinities stay visible even where a comparison hides them.
      return tf.add(score, tf.mul(tf.sum(output), 0));
    });
  return Object.assign(
    (outputs: Numeric[], expected: Numeric[]) => meanScore(name, judge, outputs, expected),
    { perExample: judge, [BATCHED_METRIC]: batched },
    worst === undefined ? {} : { worst },
  );
}

function scoreOf(definition: MetricDefinition, output: Numbers, expected: Numbers): number {
  const target = definition.target(definition.name, expected, output.shape);
  if (Array.from(target).some((value) => !Number.isFinite(value))) {
    throw new HyperfuncError("INVALID_METRIC", `${definition.name}: the expected value contains NaN or an infinity.`);
  }
  if (Array.from(output.values).some((value) => !Number.isFinite(value))) return Number.NaN;
  return definition.score(output.values, target, output.shape);
}
