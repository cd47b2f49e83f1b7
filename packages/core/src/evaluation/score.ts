/** From the cells of a candidate to its score, and the account of what failed. */
import { isHyperfuncError } from "../errors/hyperfunc-error.js";
import { isFatal, type Cell, type Evaluation } from "./evaluation.js";
import { isNotFinite, mean } from "./metric.js";

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
    const judged = await judge(evaluation, cells);
    return { ...judged, missing: false, failures, outputs };
  } catch (error) {
    const infrastructure = isHyperfuncError(error) && error.infrastructure;
    if (isFatal(error) || !(infrastructure || isNotFinite(error))) throw error;
    const kind = infrastructure ? "infrastructure" : "metric";
    const failure: Failure = { candidate, example: undefined, kind, message: String(error), error };
    return { score: undefined, scores: undefined, missing: true, failures: [...failures, failure], outputs };
  }
}

async function judge(
  evaluation: Evaluation,
  cells: readonly Cell[],
): Promise<Pick<CandidateScore, "score" | "scores">> {
  const { scoring, examples } = evaluation;
  const { one } = scoring;
  if (one !== undefined) {
    const scores = await Promise.all(
      cells.map(async (cell, index) => {
        const entry = examples[index];
        if (cell.kind === "output" && entry !== undefined) return one(cell.output, entry);
        return cell.kind === "scored" ? cell.score : scoring.worst;
      }),
    );
    const known = scores.filter((score) => score !== undefined);
    return { scores, score: known.length === scores.length ? mean(known) : undefined };
  }
  if (cells.some((cell) => cell.kind === "failed")) return { scores: undefined, score: undefined };
  const given = cells.flatMap((cell) => (cell.kind === "scored" ? [cell.score] : []));
  if (given.length > 0) return { scores: undefined, score: Math.min(...given) };
  const outputs = cells.map((cell) => (cell.kind === "output" ? cell.output : undefined));
  return { scores: undefined, score: await scoring.all(outputs, examples) };
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
