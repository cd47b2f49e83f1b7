/** Gradient ascent with Polyak's heavy ball (1964): v = momentum * v + g, and the direction is v. */
import { blend, checkFraction, zeroMoments } from "./moments.js";
import type { StepRule } from "./step-rule.js";

export function sgd({ momentum = 0 }: { readonly momentum?: number }): StepRule {
  checkFraction("momentum of sgd", momentum);
  const slots = momentum === 0 ? 0 : 1;
  return {
    slots,
    init: (sizes) => zeroMoments(slots, sizes),
    update(gradient, { count, moments: [oldVelocity] }) {
      if (oldVelocity === undefined) return { direction: gradient, state: { count: count + 1, moments: [] } };
      const velocity = blend(oldVelocity, momentum, gradient, 1);
      return { direction: velocity, state: { count: count + 1, moments: [velocity] } };
    },
  };
}
