/** From the cells of a candidate to its score, and the account of what failed. */
import { bareFrame } from "../context/bare-run.js";
import { Frame, runInFrame } from "../context/frame.js";
import { allSettled } from "./all-or-first-error.js";
import { isHyperfuncError } from "../errors/hyperfunc-error.js";
import { isFatal, type Cell, type Evaluation } from "./evaluation.js";
import { checkScore, isNotFinite, mean, type Scoring } from "./metric.js";

export interface Failure {
  readonly candidate: number;
  /** Position of the example; undefined when the metric failed on the candidate as a whole. */
  readonly example: number | undefined;
  readonly kind: "program" | "infrastructure" | "metric";
  readonly message: string;
  readonly error: unknown;
}

export interface CandidateScore {
  /** Undefined: missing, or not settled yet because a failed example waits for the lowest score. */
  readonly score: number | undefined;
  /** Per example, where the metric judges single outputs; undefined where the program failed. */
  readonly scores: readonly (number | undefined)[] | undefined;
  readonly missing: boolean;
  readonly failures: readonly Failure[];
  readonly outputs: readonly unknown[] | undefined;
}

/** `judged` holds what the metric gave for each output, where it has judged them all at once. */
export async function scoreCandidate(
  evaluation: Evaluation,
  candidate: number,
  cells: readonly Cell[],
  judged?: Float64Array,
): Promise<CandidateScore> {
  const failures = cells.flatMap((cell, example) =>
    cell.kind === "output" ? [] : [failureOf(cell, candidate, example)],
  );
  const outputs = evaluation.keepOutputs
    ? cells.map((cell) => (cell.kind === "output" ? cell.output : undefined))
    : undefined;
  if (cells.some((cell) => cell.kind === "missing")) {
    return { score: undefined, scores: undefined, missing: true, failures, outputs };
  }
  try {
    const { lost = [], ...result } = judged
      ? await totalOf(
          cells.map((cell, example) =>
            outcomeOf(() =>
              cell.kind === "output"
                ? checkScore(judged[example])
                : scoreWithoutOutput(cell, evaluation.scoring),
            ),
          ),
        )
      : await judge(evaluation, candidate, cells);
    const unjudged = lost.map(({ error, example }) => unjudgedFailure(error, candidate, example));
    return { ...result, missing: lost.length > 0, failures: [...failures, ...unjudged], outputs };
  } catch (error) {
    if (!leavesMissing(error)) throw error;
    const failure = unjudgedFailure(error, candidate, undefined);
    return { score: undefined, scores: undefined, missing: true, failures: [...failures, failure], outputs };
  }
}

/** A judge that fails says nothing of the program; what is no such failure ends the evaluation. */
function leavesMissing(error: unknown): boolean {
  return !isFatal(error) && ((isHyperfuncError(error) && error.infrastructure) || isNotFinite(error));
}

function unjudgedFailure(error: unknown, candidate: number, example: number | undefined): Failure {
  const kind = isNotFinite(error) ? "metric" : "infrastructure";
  const message = error instanceof Error ? error.message : String(error);
  return { candidate, example, kind, message, error };
}

interface Judgement extends Pick<CandidateScore, "score" | "scores"> {
  /** Judgements of single outputs that could not be made. */
  readonly lost?: readonly { readonly example: number; readonly error: unknown }[];
}

async function judge(evaluation: Evaluation, candidate: number, cells: readonly Cell[]): Promise<Judgement> {
  const { scoring, examples } = evaluation;
  const { one } = scoring;
  const inMetric = metricFrames(evaluation, candidate);
  if (one !== undefined) {
    const judged = cells.map((cell, index) => {
      const entry = examples[index];
      return cell.kind === "output" && entry !== undefined
        ? inMetric(index, () => one(cell.output, entry))
        : outcomeOf(() => scoreWithoutOutput(cell, scoring));
    });
    return totalOf(judged);
  }
  if (cells.some((cell) => cell.kind === "failed")) return { scores: undefined, score: undefined };
  const given = cells.flatMap((cell) => (cell.kind === "scored" ? [checkScore(cell.score, "onError")] : []));
  if (given.length > 0) return { scores: undefined, score: Math.min(...given) };
  const outputs = cells.map((cell) => (cell.kind === "output" ? cell.output : undefined));
  return { scores: undefined, score: await inMetric("all", () => scoring.all(outputs, examples)) };
}

function scoreWithoutOutput(cell: Cell, { worst }: Scoring): number | undefined {
  return cell.kind === "scored" ? checkScore(cell.score, "onError") : worst;
}

/** Keeps the judgements that were made beside those that could not be. */
async function totalOf(
  judging: readonly (number | undefined | Promise<number | undefined>)[],
): Promise<Judgement> {
  if (judging.every(isSettled)) return total(judging);
  const judged = await allSettled(judging);
  const lost = judged.flatMap((result, example) =>
    result.status === "rejected" ? [{ example, error: result.reason as unknown }] : [],
  );
  const final = lost.find(({ error }) => !leavesMissing(error));
  if (final !== undefined) throw final.error;
  const scores = judged.map((result) => (result.status === "fulfilled" ? result.value : undefined));
  return lost.length === 0 ? total(scores) : { score: undefined, scores, lost };
}

function total(scores: readonly (number | undefined)[]): Judgement {
  const known = scores.filter((score) => score !== undefined);
  return { scores, score: known.length === scores.length ? mean(known) : undefined };
}

/** Runs judgements where their calls of models are budgeted, limited and journalled, but belong to no program. */
function metricFrames(
  { services, signal, candidateOffset }: Evaluation,
  candidate: number,
): <T>(part: number | "all", judgement: () => T) => T | Promise<never> {
  const { run } = bareFrame(services, { candidate: candidate + candidateOffset });
  return (part, judgement) => {
    const place = { path: `/metric#${part}` };
    const frame = new Frame(run, undefined, undefined, signal, undefined, undefined, place);
    return outcomeOf(() => runInFrame(frame, judgement));
  };
}

/** What the judgement gives; what it throws waits for the other judgements, like the rejection of an asynchronous one. */
function outcomeOf<T>(judgement: () => T): T | Promise<never> {
  try {
    return judgement();
  } catch (error) {
    return Promise.reject(error);
  }
}

function isSettled(score: number | undefined | Promise<number | undefined>): score is number | undefined {
  return typeof score !== "object";
}

function failureOf(cell: Exclude<Cell, { kind: "output" }>, candidate: number, example: number): Failure {
  const message = cell.error instanceof Error ? cell.error.message : String(cell.error);
  const kind = cell.kind === "missing" ? "infrastructure" : "program";
  return { candidate, example, kind, message, error: cell.error };
}

/**
 * Gives failed examples and candidates the lowest score that anything got in this evaluation.
 *
 * A program that fails is an outcome to learn from, so it ranks last; a missing member stays missing.
 */
export function settleFailures(candidates: readonly CandidateScore[]): readonly CandidateScore[] {
  if (candidates.every(({ missing, score }) => missing || score !== undefined)) return candidates;
  const known = candidates.flatMap(
    (candidate) => candidate.scores?.filter((score) => score !== undefined) ?? [],
  );
  const worstExample = known.length === 0 ? undefined : known.reduce((low, score) => Math.min(low, score));
  const settled = candidates.map((candidate) => {
    if (candidate.missing || candidate.score !== undefined) return candidate;
    if (candidate.scores === undefined || worstExample === undefined) return candidate;
    const scores = candidate.scores.map((score) => score ?? worstExample);
    return { ...candidate, scores, score: mean(scores) };
  });
  const totals = settled.flatMap((candidate) => (candidate.score === undefined ? [] : [candidate.score]));
  const worst = totals.length === 0 ? undefined : totals.reduce((low, score) => Math.min(low, score));
  return settled.map((candidate) =>
    candidate.missing || candidate.score !== undefined || worst === undefined
      ? candidate
      : { ...candidate, score: worst },
  );
}

/** Failures count candidates from the start of the whole population. */
export function renumbered(score: CandidateScore, from: number): CandidateScore {
  if (score.failures.length === 0) return score;
  const { scores, missing, outputs } = score;
  const failures = score.failures.map((failure) => ({ ...failure, candidate: failure.candidate + from }));
  return { score: score.score, scores, missing, outputs, failures };
}
