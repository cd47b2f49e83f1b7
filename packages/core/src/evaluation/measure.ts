/** One set of parameters on a list of examples: what `evaluate` and every reported score are made of. */
import { HyperfuncError } from "../errors/hyperfunc-error.js";
import type { RunServices } from "../context/frame.js";
import type { ParameterState } from "../parameters/parameter-state.js";
import { meanInterval, type Interval } from "../statistics/mean-interval.js";
import { evaluatePopulation, type EvaluationMode, type PopulationOptions } from "./evaluate-population.js";
import type { EvaluationHost, OnError } from "./evaluation.js";
import type { Example } from "./example.js";
import type { Scoring } from "./metric.js";
import type { CandidateScore, Failure } from "./score.js";

export interface Measured {
  /** Undefined when infrastructure failures left members missing. */
  readonly score: number | undefined;
  /** 95 % confidence interval of the mean, where the metric judges single outputs. */
  readonly interval: Interval | undefined;
  readonly scores: readonly (number | undefined)[] | undefined;
  readonly outputs: readonly unknown[] | undefined;
  readonly missing: number;
  /** `onError` was given, so failures of the program have a worth of their own. */
  readonly failuresJudged: boolean;
  readonly failures: readonly Failure[];
  readonly mode: EvaluationMode;
}

export interface MeasureRequest {
  readonly host: EvaluationHost;
  readonly state: ParameterState;
  readonly examples: readonly Example[];
  readonly scoring: Scoring;
  readonly services: RunServices;
  readonly signal: AbortSignal | undefined;
  readonly onError: OnError | undefined;
  readonly keepOutputs: boolean;
  readonly options?: PopulationOptions;
}

export async function measure(request: MeasureRequest): Promise<Measured> {
  const { state, examples, options, ...rest } = request;
  const evaluation = { ...rest, examples, keys: exampleKeys(examples), candidateOffset: 0 };
  const { candidates, mode } = await evaluatePopulation(
    evaluation,
    { size: 1, base: state, leaves: new Map() },
    options,
  );
  const [candidate] = candidates;
  if (candidate === undefined) throw new RangeError("A population of one gave no result.");
  const scores = candidate.scores;
  const judged = scores?.filter((score) => score !== undefined) ?? [];
  return {
    score: candidate.score,
    interval: judged.length > 1 ? meanInterval(judged).interval : undefined,
    scores,
    outputs: candidate.outputs,
    failuresJudged: request.onError !== undefined,
    missing: countMissing(candidate, examples.length),
    failures: candidate.failures,
    mode,
  };
}

/** Infrastructure failures by example; a judge that failed on the whole leaves all of them missing. */
function countMissing(candidate: CandidateScore, examples: number): number {
  if (!candidate.missing) return 0;
  const failed = candidate.failures.filter(
    (failure) => failure.kind === "infrastructure" && failure.example !== undefined,
  );
  return failed.length === 0 ? examples : failed.length;
}

export function exampleKeys(examples: readonly Example[]): (string | number)[] {
  return examples.map((entry, index) => entry.id ?? index);
}

/** The score, or an error that says why there is none. */
export function requireScore(measured: Measured, examples: number): number {
  checkSomeSucceeded(measured, examples);
  if (measured.score !== undefined) return measured.score;
  const first = measured.failures.find(({ kind }) => kind !== "program") ?? measured.failures[0];
  const reason = first?.message ?? "unknown reason";
  if (first?.kind === "metric") throw first.error;
  if (measured.missing > 0) {
    throw new HyperfuncError(
      "INFRASTRUCTURE",
      `${measured.missing} of ${examples} examples are missing, because they could not be run or judged, so there is no score; first: ${reason}`,
      { infrastructure: true, cause: first?.error, details: { missing: measured.missing } },
    );
  }
  throw new HyperfuncError(
    "INVALID_STATE",
    `The program failed and nothing says what a failure is worth: ${reason} Pass onError, or use perExample(…, { worst }).`,
    { cause: first?.error },
  );
}

/** Scores per example, when every example has one. */
export function knownScores({ scores }: Measured): readonly number[] | undefined {
  const known = scores?.filter((score) => score !== undefined);
  return known !== undefined && known.length === scores?.length ? known : undefined;
}

/**
 * A program that fails on everything is broken: a score for that, the worst, would only hide it.
 *
 * @throws INVALID_STATE unless the user's `onError` has said what failures are worth.
 */
function checkSomeSucceeded({ failures, failuresJudged }: Measured, examples: number): void {
  const own = failures.filter(({ kind }) => kind === "program");
  if (failuresJudged || own.length < examples) return;
  const [first] = own;
  throw new HyperfuncError(
    "INVALID_STATE",
    `The program failed on every one of ${examples} examples: ${first?.message ?? "unknown"}. Mend it, or say with onError what a failure is worth.`,
    { cause: first?.error },
  );
}
