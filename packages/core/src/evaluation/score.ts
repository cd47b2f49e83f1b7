/** From the cells of a candidate to its score, and the account of what failed. */
import { bareFrame } from "../context/bare-run.js";
import { Frame, runInFrame } from "../context/frame.js";
import { isHyperfuncError } from "../errors/hyperfunc-error.js";
import { allOrFirstError } from "./all-or-first-error.js";
import { isFatal, type Cell, type Evaluation } from "./evaluation.js";
import { checkScore, isNotFinite, mean } from "./metric.js";

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

export async function scoreCandidate(
  evaluation: Evaluation,
  candidate: number,
  cells: readonly Cell[],
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
    const judged = await judge(evaluation, candidate, cells);
    return { ...judged, missing: false, failures, outputs };
  } catch (error) {
    const infrastructure = isHyperfuncError(error) && error.infrastructure;
    if (isFatal(error) || !(infrastructure || isNotFinite(error))) throw error;
    const kind = infrastructure ? "infrastructure" : "metric";
    const message = error instanceof Error ? error.message : String(error);
    const failure: Failure = { candidate, example: undefined, kind, message, error };
    return { score: undefined, scores: undefined, missing: true, failures: [...failures, failure], outputs };
  }
}

async function judge(
  evaluation: Evaluation,
  candidate: number,
  cells: readonly Cell[],
): Promise<Pick<CandidateScore, "score" | "scores">> {
  const { scoring, examples } = evaluation;
  const { one } = scoring;
  const inMetric = metricFrames(evaluation, candidate);
  if (one !== undefined) {
    const judged = cells.map(async (cell, index) => {
      const entry = examples[index];
      if (cell.kind === "output" && entry !== undefined)
        return inMetric(index, () => one(cell.output, entry));
      return cell.kind === "scored" ? checkScore(cell.score, "onError") : scoring.worst;
    });
    const scores = await allOrFirstError(judged);
    const known = scores.filter((score) => score !== undefined);
    return { scores, score: known.length === scores.length ? mean(known) : undefined };
  }
  if (cells.some((cell) => cell.kind === "failed")) return { scores: undefined, score: undefined };
  const given = cells.flatMap((cell) => (cell.kind === "scored" ? [checkScore(cell.score, "onError")] : []));
  if (given.length > 0) return { scores: undefined, score: Math.min(...given) };
  const outputs = cells.map((cell) => (cell.kind === "output" ? cell.output : undefined));
  return { scores: undefined, score: await inMetric("all", () => scoring.all(outputs, examples)) };
}

/** Runs judgements where their calls of models are budgeted, limited and journalled, but belong to no program. */
function metricFrames(
  { services, signal, candidateOffset }: Evaluation,
  candidate: number,
): <T>(part: number | "all", judgement: () => Promise<T>) => Promise<T> {
  const { run } = bareFrame(services, { candidate: candidate + candidateOffset });
  return (part, judgement) => {
    const place = { path: `/metric#${part}` };
    return runInFrame(new Frame(run, undefined, undefined, signal, undefined, undefined, place), judgement);
  };
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
export function settleFailures(candidates: readonly CandidateScore[]): CandidateScore[] {
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
