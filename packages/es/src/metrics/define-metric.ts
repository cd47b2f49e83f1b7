/** A metric on predicted numbers in its two forms: one output at a time as plain numbers, or all at once as tensors. */
import { HyperfuncError, type PerExampleMetric } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import { BATCHED_METRIC, overExamples, type BatchedMetric } from "../population/batched-metric.js";
import { stackedTensors } from "./expected-tensor.js";
import { meanScore, type Judge } from "./judge.js";
import { isTensor, plainNumbers, readNumbers, sizeOf, type Numbers, type Numeric } from "./numeric.js";

/** Judges numbers, arrays and tensors, batched ones where they are; higher is better. */
export interface TensorMetric extends PerExampleMetric<unknown, Numeric, Numeric> {
  /** Score of one output; a promise for tensors, NaN when the output holds NaN or an infinity. */
  readonly perExample: (output: Numeric, expected: Numeric) => number | Promise<number>;
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
      if (!isTensor(output)) throw notBatched(name);
      const tensors = stackedTensors(name, expected);
      const rows = tensors && definition.targets(name, tensors, output.shape);
      const target = overExamples(rows ?? targetRows(definition, expected, output.shape), output);
      const score = definition.scores(output, target);
      // Zero times the numbers is zero, except for NaN and infinities, which comparisons would hide.
      const numbers = rows === undefined ? output : tf.add(output, target);
      return tf.add(score, tf.mul(tf.sum(numbers), 0));
    });
  return Object.assign(
    (outputs: Numeric[], expected: Numeric[]) => meanScore(name, judge, outputs, expected),
    { perExample: judge, [BATCHED_METRIC]: batched },
    worst === undefined ? {} : { worst },
  );
}

/** What a program returns is its own affair, whatever the type says; other outputs are judged one by one. */
function notBatched(name: string): HyperfuncError {
  return new HyperfuncError(
    "NOT_VECTORISABLE",
    `${name} judges a batch only when outputs are single tensors; return one, or write a tensorMetric for this output.`,
  );
}

function scoreOf(definition: MetricDefinition, output: Numbers, expected: Numbers): number {
  const target = checkedTarget(definition, expected, output.shape);
  return allFinite(output.values) ? definition.score(output.values, target, output.shape) : Number.NaN;
}

/** `[examples, ...shape]` of plain values, all of them finite. */
function targetRows(
  definition: MetricDefinition,
  expected: readonly unknown[],
  shape: readonly number[],
): tf.Tensor {
  const size = sizeOf(shape);
  const values = new Float32Array(expected.length * size);
  // Many examples, few classes.
  const known = new Map<unknown, ArrayLike<number>>();
  expected.forEach((value, example) => {
    let target = known.get(value);
    if (target === undefined) {
      target = checkedTarget(definition, plainNumbers(value, "expected value"), shape);
      if (typeof value !== "object") known.set(value, target);
    }
    values.set(target, example * size);
  });
  return tf.tensor(values, [expected.length, ...shape]);
}

function checkedTarget(
  definition: MetricDefinition,
  expected: Numbers,
  shape: readonly number[],
): ArrayLike<number> {
  const target = definition.target(definition.name, expected, shape);
  if (allFinite(target)) return target;
  throw new HyperfuncError(
    "INVALID_METRIC",
    `${definition.name}: an expected value contains NaN or an infinity.`,
  );
}

function allFinite(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}
