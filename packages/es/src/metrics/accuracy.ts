/** Share of predictions whose best class is the expected one. */
import * as tf from "@tensorflow/tfjs-core";
import { classRows, classTarget, classTargets } from "./class-targets.js";
import { defineMetric } from "./define-metric.js";

/**
 * 1 for a correct prediction and 0 for a wrong one; the mean over rows when an output has several.
 *
 * Outputs hold probabilities or other scores per class along their last axis, the highest wins (the first of equals).
 * Expected values are class indices, one-hot rows or distributions. An output of a single number is a class when whole,
 * and otherwise the probability of class 1, which wins above 0.5.
 *
 * @throws INVALID_METRIC for shapes that do not match, empty lists, and outputs with NaN or an infinity.
 * @example
 * ```ts
 * import { accuracy } from "@hyperfunc/es";
 * console.log(await accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1]), await accuracy([0.7, 0.2], [1, 0]));
 * ```
 * Output:
 * ```text
 * 0.5 1
 * ```
 */
export const accuracy = defineMetric({
  name: "accuracy",
  worst: 0,
  target: classTarget,
  targets: classTargets,
  score(output, target, shape) {
    const { rows, classes } = classRows(shape);
    let correct = 0;
    for (let row = 0; row < rows; row++) {
      if (winner(output, row, classes) === winner(target, row, classes)) correct++;
    }
    return correct / rows;
  },
  scores(output, target) {
    const { rows, classes } = classRows(output.shape);
    const correct =
      classes === 1
        ? tf.equal(thresholded(output), thresholded(target))
        : tf.equal(
            tf.argMax(tf.reshape(output, [rows, classes]), 1),
            tf.argMax(tf.reshape(target, [rows, classes]), 1),
          );
    return tf.mean(tf.cast(correct, "float32"));
  },
});

function winner(scores: ArrayLike<number>, row: number, classes: number): number {
  const first = row * classes;
  if (classes === 1) {
    const score = scores[first] ?? 0;
    return Number.isInteger(score) ? score : Number(score > 0.5);
  }
  let best = 0;
  for (let i = 1; i < classes; i++) if ((scores[first + i] ?? 0) > (scores[first + best] ?? 0)) best = i;
  return best;
}

function thresholded(scores: tf.Tensor): tf.Tensor {
  const whole = tf.floor(scores);
  return tf.where(tf.equal(whole, scores), whole, tf.cast(tf.greater(scores, 0.5), "float32"));
}
