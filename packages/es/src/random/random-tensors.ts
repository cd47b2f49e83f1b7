/** Random tensors that are the same in every way of evaluation: see docs/vmap.md. */
import { fillBits, fillNormals, HyperfuncError, type Rng, type RngKey } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import { draw } from "./draw.js";

const TO_UNIT = 2 ** -24;

/**
 * A float32 tensor of draws from a normal distribution, reproducible where `tf.randomNormal` is not.
 *
 * Give it the `rng` of a hyperfunction's context: the draws depend on the seed, the example and the position of the call,
 * and are common to all candidates, whether runs are executed one by one or together. With `perCandidate(rng)` every
 * candidate has its own. Inside a plain `vmap` all elements share them.
 *
 * @param shape Of one example.
 * @param options.mean Default 0.
 * @param options.deviation Standard deviation. Default 1.
 * @throws HyperfuncError INVALID_ARGUMENT for a shape with sides that are no lengths.
 * @example
 * import { createRng } from "@hyperfunc/core";
 * import { randomNormal } from "@hyperfunc/es";
 * const noise = randomNormal([2, 3], createRng(7));
 * const again = randomNormal([2, 3], createRng(7));
 * console.log(noise.equal(again).all().dataSync()[0]); // 1
 */
export function randomNormal(
  shape: readonly number[],
  rng: Rng,
  options: { readonly mean?: number; readonly deviation?: number } = {},
): tf.Tensor {
  const { mean = 0, deviation = 1 } = options;
  return draw(shape, rng, (out, key) => {
    fillNormals(out, key, 0);
    if (mean === 0 && deviation === 1) return;
    change(out, (value) => mean + deviation * value);
  });
}

/**
 * A float32 tensor of draws from a uniform distribution, reproducible where `tf.randomUniform` is not.
 *
 * The draws depend on `rng` as those of `randomNormal` do.
 *
 * @param shape Of one example.
 * @param options.min Least value. Default 0.
 * @param options.max Upper bound, not drawn itself but where rounding reaches it. Default 1.
 * @throws HyperfuncError INVALID_ARGUMENT for a shape with sides that are no lengths.
 * @example
 * import { createRng } from "@hyperfunc/core";
 * import { randomUniform } from "@hyperfunc/es";
 * const angles = randomUniform([100], createRng(7), { max: 2 * Math.PI });
 * console.log(angles.lessEqual(2 * Math.PI).all().dataSync()[0]); // 1
 */
export function randomUniform(
  shape: readonly number[],
  rng: Rng,
  options: { readonly min?: number; readonly max?: number } = {},
): tf.Tensor {
  const { min = 0, max = 1 } = options;
  return draw(shape, rng, (out, key) => {
    fillUniform(out, key);
    if (min === 0 && max === 1) return;
    change(out, (value) => min + (max - min) * value);
  });
}

/**
 * Sets a share of the values to 0 and enlarges the others, so that the sum stays the same on average.
 *
 * The choice depends on `rng` as the draws of `randomNormal` do.
 *
 * @param x Of any shape.
 * @param rate Share of the values that go, in [0, 1).
 * @throws HyperfuncError INVALID_ARGUMENT for another rate.
 * @example
 * import * as tf from "@tensorflow/tfjs-core";
 * import { createRng } from "@hyperfunc/core";
 * import { dropout } from "@hyperfunc/es";
 * const kept = dropout(tf.ones([1000]), 0.5, createRng(7));
 * console.log(kept.max().dataSync()[0]); // 2
 */
export function dropout(x: tf.Tensor, rate: number, rng: Rng): tf.Tensor {
  if (!(rate >= 0 && rate < 1)) {
    throw new HyperfuncError("INVALID_ARGUMENT", `A dropout rate is at least 0 and below 1, got ${rate}.`);
  }
  const factor = 1 / (1 - rate);
  return tf.tidy(() =>
    tf.mul(
      x,
      draw(x.shape, rng, (out, key) => {
        fillUniform(out, key);
        change(out, (value) => (value < rate ? 0 : factor));
      }),
    ),
  );
}

/** In [0, 1), with all 24 bits of a float32. */
function fillUniform(out: Float32Array, key: RngKey): void {
  const words = new Uint32Array(out.length);
  fillBits(words, key, 0);
  for (let index = 0; index < out.length; index++) out[index] = ((words[index] ?? 0) >>> 8) * TO_UNIT;
}

function change(values: Float32Array, replace: (value: number) => number): void {
  for (let index = 0; index < values.length; index++) values[index] = replace(values[index] ?? 0);
}
