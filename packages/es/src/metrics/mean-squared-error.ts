/** Squared distance of numbers. */
import * as tf from "@tensorflow/tfjs-core";
import { equalTarget, equalTargets } from "./class-targets.js";
import { defineMetric } from "./define-metric.js";

/**
 * Negated mean of squared differences: 0 is perfect. Expected values have the shape of the output.
 *
 * @throws INVALID_METRIC for shapes that do not match, empty lists, and outputs with NaN or an infinity.
 * @example
 * ```ts
 * import { meanSquaredError } from "@hyperfunc/es";
 * console.log(await meanSquaredError([[1, 2], [3, 4]], [[1, 2], [3, 2]]));
 * ```
 * Output:
 * ```text
 * -1
 * ```
 */
export const meanSquaredError = defineMetric({
  name: "meanSquaredError",
  target: equalTarget,
  targets: equalTargets,
  score(output, target) {
    let sum = 0;
    for (let i = 0; i < output.length; i++) sum += ((output[i] ?? 0) - (target[i] ?? 0)) ** 2;
    return -sum / output.length;
  },
  scores: (output, target) => tf.neg(tf.mean(tf.squaredDifference(output, target))),
});
