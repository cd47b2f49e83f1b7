/** Log-likelihood of classes, and of two-way outcomes. */
import { HyperfuncError } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import { classRows, classTarget, classTargets, equalTarget, equalTargets } from "./class-targets.js";
import { defineMetric } from "./define-metric.js";

/** Probabilities are kept this far from 0 (and from 1), so that the logarithm of a certain mistake stays finite. */
const SMALLEST = 1e-7;
/** -16.1: what a certain mistake scores. */
const WORST = Math.log(SMALLEST);

/**
 * Negated cross entropy, `sum of expected * log(predicted)` in nats: 0 is perfect, -16.1 a certain mistake; the mean over
 * rows when an output has several.
 *
 * Outputs hold probabilities (not logits: apply `tf.softmax`) over at least two classes along their last axis, expected
 * values are class indices, one-hot rows or distributions.
 *
 * @throws INVALID_METRIC for shapes that do not match, empty lists, and outputs with NaN or an infinity.
 * @example
 * ```ts
 * import { crossEntropy } from "@hyperfunc/es";
 * const score = await crossEntropy([[0.25, 0.75], [0.5, 0.5]], [1, [0.5, 0.5]]);
 * console.log(score.toFixed(3));
 * ```
 * Output:
 * ```text
 * -0.490
 * ```
 */
export const crossEntropy = defineMetric({
  name: "crossEntropy",
  worst: WORST,
  target(metric, expected, shape) {
    requireClasses(shape);
    return classTarget(metric, expected, shape);
  },
  targets(metric, expected, shape) {
    requireClasses(shape);
    return classTargets(metric, expected, shape);
  },
  score(output, target, shape) {
    let sum = 0;
    for (let i = 0; i < output.length; i++) sum += (target[i] ?? 0) * Math.log(clipped(output[i] ?? 0));
    return sum / classRows(shape).rows;
  },
  scores(output, target) {
    const logarithms = tf.log(tf.clipByValue(output, SMALLEST, 1));
    return tf.div(tf.sum(tf.mul(target, logarithms)), classRows(output.shape).rows);
  },
});

/**
 * Negated binary cross entropy in nats: 0 is perfect, -16.1 a certain mistake; the mean over the numbers of an output.
 *
 * Outputs are probabilities (not logits: apply `tf.sigmoid`) of the outcome 1, expected values 0, 1, a truth value or a
 * probability, in the shape of the output.
 *
 * @throws INVALID_METRIC for shapes that do not match, empty lists, and outputs with NaN or an infinity.
 * @example
 * ```ts
 * import { binaryCrossEntropy } from "@hyperfunc/es";
 * const score = await binaryCrossEntropy([0.5, 0.25], [1, false]);
 * console.log(score.toFixed(3));
 * ```
 * Output:
 * ```text
 * -0.490
 * ```
 */
export const binaryCrossEntropy = defineMetric({
  name: "binaryCrossEntropy",
  worst: WORST,
  target: equalTarget,
  targets: equalTargets,
  score(output, target) {
    let sum = 0;
    for (let i = 0; i < output.length; i++) {
      const predicted = output[i] ?? 0;
      const wanted = target[i] ?? 0;
      sum += wanted * Math.log(clipped(predicted)) + (1 - wanted) * Math.log(clipped(1 - predicted));
    }
    return sum / output.length;
  },
  scores(output, target) {
    const yes = tf.mul(target, tf.log(tf.clipByValue(output, SMALLEST, 1)));
    const no = tf.mul(tf.sub(1, target), tf.log(tf.clipByValue(tf.sub(1, output), SMALLEST, 1)));
    return tf.mean(tf.add(yes, no));
  },
});

function clipped(probability: number): number {
  return Math.min(Math.max(probability, SMALLEST), 1);
}

function requireClasses(shape: readonly number[]): void {
  if (classRows(shape).classes > 1) return;
  throw new HyperfuncError(
    "INVALID_METRIC",
    "crossEntropy needs the probabilities of at least two classes along the last axis, got a single number; " +
      "use binaryCrossEntropy for the probability of one outcome.",
  );
}
