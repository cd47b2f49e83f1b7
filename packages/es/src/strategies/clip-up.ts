/**
 * ClipUp (Toklu, Liskowski and Srivastava 2020, arXiv:2008.02387): v = momentum * v + g / |g|, shortened to `maxSpeed`
 * where it is longer, and the direction is v. Lengths are over all leaves together.
 *
 * The paper keeps v in units of the parameters; here it is in units of the learning rate, which is the same for a
 * constant one and lets a schedule slow the search at once.
 */
import { blend, checkAboveZero, checkFraction, globalNorm, zeroMoments } from "./moments.js";
import type { StepRule } from "./step-rule.js";

export function clipUp({
  momentum = 0.9,
  maxSpeed = 2,
}: {
  readonly momentum?: number;
  readonly maxSpeed?: number;
}): StepRule {
  checkFraction("momentum of clipup", momentum);
  checkAboveZero("maxSpeed of clipup", maxSpeed);
  return {
    slots: 1,
    init: (sizes) => zeroMoments(1, sizes),
    update(gradient, { count, moments: [oldVelocity = []] }) {
      const length = globalNorm(gradient);
      const velocity = blend(oldVelocity, momentum, gradient, length === 0 ? 0 : 1 / length);
      const speed = globalNorm(velocity);
      const clipped = speed <= maxSpeed ? velocity : velocity.map((leaf) => scaled(leaf, maxSpeed / speed));
      return { direction: clipped, state: { count: count + 1, moments: [clipped] } };
    },
  };
}

function scaled(values: Float32Array, factor: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = factor * (values[i] ?? 0);
  return result;
}
