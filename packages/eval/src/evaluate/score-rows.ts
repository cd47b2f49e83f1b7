/** Judgements of all rows, some at a time. */
import { invalidArgument, throwIfAborted, type Scorer } from "@hyperfunc/core";
import { endsEvaluation } from "../judges/ends-evaluation.js";
import type { Row, ScoredRow } from "./evaluation-report.js";

export interface ScoreRowsOptions {
  /** Judgements of each row. A judge is asked anew for each: no cache answers two alike. Default 1. */
  readonly repeats?: number | undefined;
  /** Judgements at a time. Default 16. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

type Judgement = { readonly score: number; readonly feedback: string } | { readonly error: string };

/** @throws INVALID_ARGUMENT for bad options; ABORTED and failures of budgets, after judgements in flight have ended. */
export async function scoreRows<Inputs, Output, Expected>(
  scorer: Scorer<Inputs, Output, Expected>,
  rows: readonly Row<Inputs, Output, Expected>[],
  { repeats = 1, concurrency = 16, signal, onProgress }: ScoreRowsOptions,
): Promise<ScoredRow[]> {
  for (const [name, value] of Object.entries({ repeats, concurrency })) {
    if (!(Number.isSafeInteger(value) && value > 0)) {
      throw invalidArgument(`${name} must be a positive integer, got ${value}.`);
    }
  }
  const total = rows.length * repeats;
  const judgements: Judgement[] = [];
  let next = 0;
  let done = 0;
  let failure: { readonly error: unknown } | undefined;
  const work = async (): Promise<void> => {
    while (next < total && failure === undefined) {
      const position = next++;
      const row = rows[position % rows.length];
      if (row === undefined) return;
      const rollout = repeats === 1 ? undefined : Math.floor(position / rows.length);
      try {
        throwIfAborted(signal);
        judgements[position] = await judge(scorer, row, rollout, signal);
        onProgress?.({ done: ++done, total });
      } catch (error) {
        failure ??= { error };
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, total) }, work));
  if (failure !== undefined) throw failure.error;
  return rows.map((row, index) =>
    scoredRow(
      row,
      index,
      Array.from({ length: repeats }, (_, repeat) => judgements[repeat * rows.length + index]),
    ),
  );
}

async function judge<Inputs, Output, Expected>(
  scorer: Scorer<Inputs, Output, Expected>,
  { output, expected, inputs }: Row<Inputs, Output, Expected>,
  rollout: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Judgement> {
  try {
    const judged = { output, expected: expected as Expected, inputs: inputs as Inputs, rollout, signal };
    const { status, score, feedback } = await scorer.score(judged);
    if (status === "error") return { error: feedback };
    return Number.isFinite(score) ? { score, feedback } : { error: `The scorer gave ${score}.` };
  } catch (error) {
    throwIfAborted(signal);
    if (endsEvaluation(error)) throw error;
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function scoredRow(
  { id, cluster }: Row,
  index: number,
  judgements: readonly (Judgement | undefined)[],
): ScoredRow {
  const made = judgements.flatMap((judgement) => (judgement && "score" in judgement ? [judgement] : []));
  const worst = made.reduce<(typeof made)[number] | undefined>(
    (low, judgement) => (low === undefined || judgement.score < low.score ? judgement : low),
    undefined,
  );
  return {
    id: id ?? String(index),
    ...(cluster === undefined ? {} : { cluster }),
    score: worst === undefined ? undefined : made.reduce((sum, { score }) => sum + score, 0) / made.length,
    feedback: worst?.feedback ?? "",
    judgements: judgements.map((judgement) => (judgement && "score" in judgement ? judgement.score : null)),
    errors: judgements.flatMap((judgement) => (judgement && "error" in judgement ? [judgement.error] : [])),
  };
}
