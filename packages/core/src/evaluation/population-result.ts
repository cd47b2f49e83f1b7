import type { EvaluationMode } from "./evaluate-population.js";
import type { Failure } from "./score.js";

/** Result of `evaluatePopulation`. */
export interface PopulationEvaluation {
  /** One per candidate; undefined where infrastructure failures left runs missing. */
  readonly scores: readonly (number | undefined)[];
  /** The way that ran. */
  readonly mode: EvaluationMode;
  /** Why faster ways were refused. */
  readonly reasons: Readonly<Partial<Record<EvaluationMode, string>>>;
  readonly failures: readonly Failure[];
}
