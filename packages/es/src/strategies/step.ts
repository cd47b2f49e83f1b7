/** The step rules by name and what the learning rate means under each. */
import { HyperfuncError } from "@hyperfunc/core";
import { adam } from "./adam.js";
import { clipUp } from "./clip-up.js";
import { sgd } from "./sgd.js";
import type { StepRule } from "./step-rule.js";

export type StepRuleName = "sgd" | "adam" | "clipup";

/**
 * How a search gradient becomes a step: a rule by name, or with its constants.
 *
 * A rule answers the gradient with a direction d, and the mean moves by `lr * (d - weightDecay * mean)`, uphill. What
 * `lr` means follows from the gradient: fitness is scaled to variance 1 and noise to unit draws, so on a linear
 * objective the gradient has length 1 along the true one, whatever sigma and the population size are. Sampling adds a
 * random part of length sqrt(d / N) for d numbers and N independent draws, which no rule can tell from the rest.
 * - `"sgd"` (momentum 0): `lr` is the length of a step along the true gradient; with momentum m, a steady climb takes
 *   steps of lr / (1 - m).
 * - `"adam"` (beta1 0.9, beta2 0.99, epsilon 1e-8): `lr` is about how far each single number moves per step while its
 *   gradient keeps its sign, however many there are: the choice for large matrices.
 * - `"clipup"` (momentum 0.9, maxSpeed 2): `lr` is the length of the first step of all numbers together and
 *   `maxSpeed * lr` the longest, as its authors advise.
 *
 * Steps are in the coordinates of the leaf: natural units for tensors, the share of their range for bounded scalars.
 * With fitness shaping "none" the gradient is that of the metric itself, and `lr` that of ordinary gradient ascent.
 */
export type StepRuleOptions =
  | StepRuleName
  | { readonly kind: "sgd"; readonly momentum?: number }
  | { readonly kind: "adam"; readonly beta1?: number; readonly beta2?: number; readonly epsilon?: number }
  | { readonly kind: "clipup"; readonly momentum?: number; readonly maxSpeed?: number };

/** The rule that some options describe. @throws INVALID_ARGUMENT for an unknown rule or a constant out of its range. */
export function stepRule(options: StepRuleOptions): StepRule {
  const chosen: Exclude<StepRuleOptions, string> = typeof options === "string" ? { kind: options } : options;
  switch (chosen.kind) {
    case "sgd":
      return sgd(chosen);
    case "adam":
      return adam(chosen);
    case "clipup":
      return clipUp(chosen);
    default: {
      const { kind } = chosen satisfies never as { kind: unknown };
      throw new HyperfuncError(
        "INVALID_ARGUMENT",
        `Unknown step rule "${String(kind)}"; use "sgd", "adam" or "clipup".`,
      );
    }
  }
}
