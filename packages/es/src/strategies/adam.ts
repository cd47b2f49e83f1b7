/**
 * Adam (Kingma and Ba 2015, arXiv:1412.6980) with bias correction: m and v are running averages of g and g^2, and the
 * direction is m / (sqrt(v) + epsilon). With the strategy's decoupled weight decay this is AdamW (arXiv:1711.05101).
 */
import { checkAboveZero, checkFraction, zeroMoments } from "./moments.js";
import type { StepRule } from "./step-rule.js";
import { zip } from "./zip.js";

export function adam({
  beta1 = 0.9,
  beta2 = 0.99,
  epsilon = 1e-8,
}: {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}): StepRule {
  checkFraction("beta1 of adam", beta1);
  checkFraction("beta2 of adam", beta2);
  checkAboveZero("epsilon of adam", epsilon);
  return {
    slots: 2,
    init: (sizes) => zeroMoments(2, sizes),
    update(gradient, { count, moments: [oldMean = [], oldVariance = []] }) {
      const steps = count + 1;
      const meanScale = 1 / (1 - beta1 ** steps);
      const varianceScale = 1 / (1 - beta2 ** steps);
      const leaves = zip(gradient, zip(oldMean, oldVariance)).map(([g, [oldM, oldV]]) => {
        const m = new Float32Array(g.length);
        const v = new Float32Array(g.length);
        const direction = new Float32Array(g.length);
        for (let i = 0; i < g.length; i++) {
          const slope = g[i] ?? 0;
          const mean = beta1 * (oldM[i] ?? 0) + (1 - beta1) * slope;
          const variance = beta2 * (oldV[i] ?? 0) + (1 - beta2) * slope * slope;
          m[i] = mean;
          v[i] = variance;
          direction[i] = (mean * meanScale) / (Math.sqrt(variance * varianceScale) + epsilon);
        }
        return { m, v, direction };
      });
      return {
        direction: leaves.map((leaf) => leaf.direction),
        state: { count: steps, moments: [leaves.map((leaf) => leaf.m), leaves.map((leaf) => leaf.v)] },
      };
    },
  };
}
