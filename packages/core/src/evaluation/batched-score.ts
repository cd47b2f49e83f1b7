import { HyperfuncError } from "../errors/hyperfunc-error.js";
import type { CandidateScore, Failure } from "./score.js";

/** A candidate's score from a metric that has judged all of its outputs at once. */
export class BatchedScore implements CandidateScore {
  readonly score: number | undefined;
  readonly failures: readonly Failure[];
  readonly outputs = undefined;
  readonly #own: Float64Array;
  readonly #isPerExample: boolean;

  /** `own` holds a score per example, or one for all of them. */
  constructor(own: Float64Array, candidate: number, examples: number) {
    let sum = 0;
    for (let index = 0; index < own.length; index++) sum += own[index] ?? NaN;
    const mean = sum / own.length;
    this.score = Number.isFinite(mean) ? mean : undefined;
    this.failures = this.score === undefined ? [notFinite(mean, candidate)] : [];
    this.#own = own;
    this.#isPerExample = own.length === examples;
  }

  get missing(): boolean {
    return this.score === undefined;
  }

  /** Made when somebody asks: of a population, hardly anybody does. */
  get scores(): readonly number[] | undefined {
    return this.#isPerExample && !this.missing ? Array.from(this.#own) : undefined;
  }
}

function notFinite(score: number, candidate: number): Failure {
  const message = `The metric returned ${score}; guard logarithms and divisions.`;
  const error = new HyperfuncError("INVALID_METRIC", message);
  return { candidate, example: undefined, kind: "metric", message, error };
}
