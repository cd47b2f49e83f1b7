/** What the two phases maximise, and what the report shows. All of them judge one pair and run on whole populations. */
import * as tf from "@tensorflow/tfjs-core";
import { tensorMetric } from "@hyperfunc/es";
import { SUMS, type Reading } from "./program.js";

const RIGHT = 1;
const WRONG = -3;

/** Phase 1: the log of the probability given to the right sum. */
export const likelihood = tensorMetric(({ sums }: Reading, expected: tf.Tensor) =>
  tf.log(tf.sum(tf.mul(sums, oneHot(expected))).maximum(1e-7)),
);

/** Phase 2: +1 for a right answer, -3 for a wrong one, 0 for none. Nothing can differentiate it. */
export const businessReward = tensorMetric(({ sums, answers }: Reading, expected: tf.Tensor) =>
  tf.mul(
    answers,
    isRight(sums, expected)
      .mul(RIGHT - WRONG)
      .add(WRONG),
  ),
);

/** Share of pairs whose most likely sum is the right one, whether or not the program would say it. */
export const sumAccuracy = tensorMetric(({ sums }: Reading, expected: tf.Tensor) => isRight(sums, expected));

/** Share of pairs that the program answers. */
export const coverage = tensorMetric(({ answers }: Reading) => answers);

function isRight(sums: tf.Tensor, expected: tf.Tensor): tf.Tensor {
  return tf.equal(tf.argMax(sums, -1), expected.toInt()).toFloat();
}

function oneHot(expected: tf.Tensor): tf.Tensor {
  return tf.oneHot(expected.toInt(), SUMS).toFloat();
}
