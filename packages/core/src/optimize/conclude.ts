/** The gate at the end: what was found is measured, and kept only if it is no worse than what was there. */
import { isHyperfuncError } from "../errors/hyperfunc-error.js";
import { knownScores, type Measured } from "../evaluation/measure.js";
import type { ParameterState } from "../parameters/parameter-state.js";
import { pairedDifference } from "../statistics/paired-difference.js";
import type { InitialScores } from "./checkpointing.js";
import type { OptimizeResult } from "./options.js";

export interface ConclusionRequest {
  readonly initial: InitialScores;
  readonly aborted: boolean;
  /** Parameters that may be the result; with validation the best on it is chosen. */
  readonly candidates: readonly ParameterState[];
  readonly measureTrain: (state: ParameterState) => Promise<Measured>;
  readonly measureValidation: ((state: ParameterState) => Promise<Measured>) | undefined;
  readonly warn: (message: string) => void;
}

export interface Conclusion {
  /** Undefined: nothing better was found, or it could not be measured. */
  readonly state: ParameterState | undefined;
  readonly finalScore: number | undefined;
  readonly validation: OptimizeResult["validation"];
}

export async function conclude(request: ConclusionRequest): Promise<Conclusion> {
  const { initial, aborted, warn } = request;
  const before = initial.validation;
  const nothing: Conclusion = {
    state: undefined,
    finalScore: undefined,
    validation: before === null ? undefined : { initial: before, final: undefined, interval: undefined },
  };
  if (aborted) {
    warn(
      "Aborted: the system keeps the parameters it had; a checkpoint, where one is configured, holds those of the last step.",
    );
    return nothing;
  }
  try {
    return before === null ? await onTraining(request) : await onValidation(request, before);
  } catch (error) {
    if (!isHyperfuncError(error) || !error.infrastructure) throw error;
    warn(`The result could not be measured, so the system keeps the parameters it had: ${error.message}`);
    return nothing;
  }
}

async function onTraining({
  initial,
  candidates,
  measureTrain,
  warn,
}: ConclusionRequest): Promise<Conclusion> {
  const [state] = candidates.slice(-1);
  if (state === undefined) return { state, finalScore: initial.train, validation: undefined };
  const { score, missing } = await measureTrain(state);
  if (score !== undefined && score >= initial.train)
    return { state, finalScore: score, validation: undefined };
  if (score === undefined)
    warn(
      `${missing} final runs are missing, so the result could not be measured; the system keeps the parameters it had.`,
    );
  else
    warn(
      `The search ended at ${score}, below the initial ${initial.train}; the system keeps the parameters it had.`,
    );
  return {
    state: undefined,
    finalScore: score === undefined ? undefined : initial.train,
    validation: undefined,
  };
}

async function onValidation(request: ConclusionRequest, before: number): Promise<Conclusion> {
  const { initial, candidates, measureTrain, measureValidation, warn } = request;
  let chosen: { state: ParameterState; score: number; measured: Measured } | undefined;
  for (const state of candidates) {
    const measured = await measureValidation?.(state);
    if (measured?.score === undefined) continue;
    if (chosen === undefined || measured.score >= chosen.score)
      chosen = { state, score: measured.score, measured };
  }
  if (chosen === undefined) {
    warn(
      "Validation runs are missing, so the result could not be measured; the system keeps the parameters it had.",
    );
    return {
      state: undefined,
      finalScore: undefined,
      validation: { initial: before, final: undefined, interval: undefined },
    };
  }
  if (chosen.score < before) {
    warn(
      `On validation the search ended at ${chosen.score}, below the initial ${before}; the system keeps the parameters it had.`,
    );
    return {
      state: undefined,
      finalScore: initial.train,
      validation: { initial: before, final: before, interval: undefined },
    };
  }
  const after = knownScores(chosen.measured);
  const first = initial.validationScores;
  const interval =
    after !== undefined && first !== null && after.length > 1
      ? pairedDifference(after, first).interval
      : undefined;
  const { score: finalScore } = await measureTrain(chosen.state);
  return { state: chosen.state, finalScore, validation: { initial: before, final: chosen.score, interval } };
}
