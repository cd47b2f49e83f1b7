/**
 * How a search gradient becomes a step, and what the learning rate means.
 *
 * A rule answers with a direction d, and the strategy moves its mean by `lr * (d - weightDecay * mean)`, uphill. What
 * `lr` means follows from the gradient: fitness is scaled to variance 1 and noise to unit draws, so on a linear
 * objective the gradient has length 1 along the true one, whatever sigma and the population size are; sampling adds a
 * random part of length sqrt(d / N) for d numbers and N independent draws, which no `lr` can tell from the rest.
 * - `"sgd"`: `lr` is the length of a step along the true gradient; with momentum m a steady climb takes lr / (1 - m).
 * - `"adam"`: `lr` is about how far each single number moves per step while the gradient keeps its sign.
 * - `"clipup"`: `lr` is the length of the first step of all numbers together, `maxSpeed * lr` the longest.
 *
 * Steps are in the coordinates of the leaf: natural units for tensors, for bounded scalars the share of their range.
 * With fitness shaping "none" the gradient is that of the metric itself, and `lr` that of ordinary gradient ascent.
 */
import { HyperfuncError } from "@hyperfunc/core";
import { adam } from "./adam.js";
import { clipUp } from "./clip-up.js";
import { sgd } from "./sgd.js";
import type { StepRule } from "./step-rule.js";

export type StepRuleName = "sgd" | "adam" | "clipup";

/** A rule by name, or with its constants; all of it JSON. */
export type StepRuleOptions =
  | StepRuleName
  | { readonly kind: "sgd"; readonly momentum?: number }
  | { readonly kind: "adam"; readonly beta1?: number; readonly beta2?: number; readonly epsilon?: number }
  | { readonly kind: "clipup"; readonly momentum?: number; readonly maxSpeed?: number };

/**
 * The step rule that some options describe.
 *
 * Defaults: sgd momentum 0; adam beta1 0.9, beta2 0.99, epsilon 1e-8; clipup momentum 0.9, maxSpeed 2 (in units of
 * `lr`, as its authors advise).
 *
 * @throws INVALID_ARGUMENT for an unknown rule or a constant out of its range.
 * @example
 * ```ts
 * import { stepRule } from "@hyperfunc/es";
 * const rule = stepRule({ kind: "sgd", momentum: 0.5 });
 * const first = rule.update([Float32Array.of(1)], rule.init([1]));
 * const second = rule.update([Float32Array.of(1)], first.state);
 * console.log(second.direction[0]?.[0]);
 * ```
 * Output:
 * ```text
 * 1.5
 * ```
 */
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
