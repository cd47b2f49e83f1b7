/**
 * The interface between a system and whatever improves it.
 *
 * An optimizer is handed a `Problem`: what it may change, how candidates are judged, and what it must respect. It never
 * sees the system. It keeps its own state as JSON, ends every generation with `problem.step`, and returns an account.
 */
import type { EvaluationMode } from "../evaluation/evaluate-population.js";
import type { Example } from "../evaluation/example.js";
import type { Failure } from "../evaluation/score.js";
import type { AnyHyperfunction } from "../hyperfunction/hyperfunction.js";
import type { HyperfunctionLayout, Leaf } from "../parameters/layout.js";
import type { ParameterState } from "../parameters/parameter-state.js";
import type { Population } from "../parameters/population.js";
import type { Rng } from "../rng/rng.js";
import type { Elsewhere } from "./evaluate-spread.js";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** How candidates did. */
export interface PopulationScores {
  /** Per candidate; undefined where the infrastructure failed. */
  readonly scores: readonly (number | undefined)[];
  /** Per candidate and example, where the metric judges single outputs. */
  readonly perExample: readonly (readonly (number | undefined)[] | undefined)[];
  readonly mode: EvaluationMode;
  readonly failures: readonly Failure[];
  /** Why all candidates were evaluated in this thread although some were to be evaluated elsewhere. */
  readonly alone?: string;
}

export interface EvaluateOptions {
  /** Positions in `train`; default all. */
  readonly indices?: readonly number[];
  /** Candidates that other threads evaluate at the same time; the budget counts them as if they were evaluated here. */
  readonly elsewhere?: Elsewhere;
}

/** The end of a generation or of a proposal. */
export interface StepReport {
  /** Generations finished, from 1. */
  readonly step: number;
  /** Generations planned, if known. */
  readonly steps?: number;
  /** Parameters after the step. */
  readonly state: ParameterState;
  /** The optimizer's own state; handed back as `restored` when a run is resumed. Read only when a checkpoint is written. */
  readonly optimizerState: Json;
  /** Scores of the generation's candidates. */
  readonly scores: readonly (number | undefined)[];
}

export interface Problem {
  /** Numeric leaves of all trainable hyperfunctions; an optimizer may narrow them further. */
  readonly leaves: readonly Leaf[];
  readonly layouts: ReadonlyMap<string, HyperfunctionLayout>;
  /** Hyperfunctions whose prompt may change. */
  readonly prompts: readonly AnyHyperfunction[];
  /** Where the search starts; after a resume, where it was. */
  readonly state: ParameterState;
  readonly train: readonly Example[];
  readonly validation: readonly Example[] | undefined;
  /** Words about one output, for text optimizers. */
  readonly feedbackFn: FeedbackFn | undefined;
  /** True when the metric judges single outputs. */
  readonly hasPerExampleScores: boolean;
  readonly seed: number;
  /** Keys the draws of the program itself. */
  readonly systemSeed: number;
  /** Draw from `rng.fork(step)`: a resumed run does not know how much was drawn before. */
  readonly rng: Rng;
  readonly signal: AbortSignal | undefined;
  /** The optimizer's state from a checkpoint, when the run is a continuation. */
  readonly restored: Json | undefined;
  /** Judges candidates on training examples. @throws BUDGET_EXHAUSTED, ABORTED; the generation is then discarded. */
  evaluate(population: Population, options?: EvaluateOptions): Promise<PopulationScores>;
  /** Ends a generation: records it, checkpoints it, makes its parameters current, reports progress. */
  step(report: StepReport): Promise<void>;
  /** Why no further generation may start, if so. */
  stopReason(): StopReason | undefined;
  warn(message: string): void;
}

/** Says what was wrong with an output; empty when nothing was. */
export type FeedbackFn<Input = unknown, Output = unknown, Expected = unknown> = (
  inputs: Input,
  output: Output,
  expected: Expected,
) => string;

export type StopReason = "finished" | "budget" | "time" | "aborted" | "dry-run";

export interface OptimizerAccount {
  readonly stopReason: StopReason;
  readonly proposals: { readonly accepted: number; readonly rejected: number; readonly failed: number };
}

/** What a run of an optimizer will need, as far as it is known beforehand. */
export interface OptimizerEstimate {
  readonly runs: number;
}

export interface Optimizer {
  readonly name: string;
  optimize(problem: Problem): Promise<OptimizerAccount>;
  /** Checks options against the program before any work. */
  check?(problem: Pick<Problem, "leaves" | "prompts" | "train" | "hasPerExampleScores">): void;
  estimate?(problem: Pick<Problem, "leaves" | "prompts" | "train">): OptimizerEstimate;
}

const NOTHING: OptimizerAccount = {
  stopReason: "finished",
  proposals: { accepted: 0, rejected: 0, failed: 0 },
};

/** Leaves numbers and matrices as they are. */
export class NoOpSystemOptimizer implements Optimizer {
  readonly name = "no-op-system";

  optimize(): Promise<OptimizerAccount> {
    return Promise.resolve(NOTHING);
  }

  estimate(): OptimizerEstimate {
    return { runs: 0 };
  }
}

/** Leaves prompts as they are. */
export class NoOpPromptOptimizer extends NoOpSystemOptimizer {
  override readonly name = "no-op-prompt" as "no-op-system";
}
