/** Outputs to a report: mean, intervals, and errors counted apart. */
import { invalidArgument, meanInterval, type Interval, type Scorer } from "@hyperfunc/core";
import { bootstrapInterval } from "../statistics/bootstrap-interval.js";
import { requireCount, requireLevel } from "../statistics/checks.js";
import { clusteredInterval } from "../statistics/clustered-interval.js";
import { passAtK, passHatK } from "../statistics/pass-at-k.js";
import { wilsonInterval } from "../statistics/wilson-interval.js";
import type { EvaluationReport, Row, ScoredRow } from "./evaluation-report.js";
import { scoreRows, type ScoreRowsOptions } from "./score-rows.js";

export interface EvaluateScorerOptions extends ScoreRowsOptions {
  /** Confidence of the intervals. Default 0.95. */
  readonly level?: number | undefined;
  /** With repeats: the k of pass@k and pass^k, none above `repeats`. Default [1, repeats]. */
  readonly passAt?: readonly number[] | undefined;
  /** A judgement passes from this score on. Default 1. */
  readonly passThreshold?: number | undefined;
  /** Of the bootstrap; 0 for none. Default 2,000. */
  readonly resamples?: number | undefined;
  /** Of the bootstrap. Default 0. */
  readonly seed?: number | undefined;
}

/**
 * Scores outputs and says how sure the mean is.
 *
 * Rows that could not be judged are errors: counted, named in `rows`, and in no mean. Repeats are averaged by row first,
 * since judgements of one row depend on each other. The main interval is cluster-robust where rows have clusters, Wilson's
 * where scores are 0 and 1, else Student's.
 *
 * @throws INVALID_ARGUMENT for no rows, an id that occurs twice, or bad options; ABORTED and failures of budgets.
 * @example
 * import { evaluateScorer, ExactMatch } from "@hyperfunc/eval";
 * const rows = ["Paris", "Rome", "Madrid", "Berne"].map((output, index) => ({
 *   output,
 *   expected: ["Paris", "Rome", "Lisbon", "Berne"][index],
 * }));
 * const { mean, n, errors, interval } = await evaluateScorer(new ExactMatch(), rows);
 * console.log(mean, n, errors, interval?.low.toFixed(2), interval?.high.toFixed(2)); // 0.75 4 0 0.30 0.95
 */
export async function evaluateScorer<Inputs, Output, Expected>(
  scorer: Scorer<Inputs, Output, Expected>,
  rows: readonly Row<Inputs, Output, Expected>[],
  options: EvaluateScorerOptions = {},
): Promise<EvaluationReport> {
  const { repeats = 1, passAt = repeats > 1 ? [1, repeats] : [], passThreshold = 1 } = options;
  checkRows(rows);
  checkOptions(options);
  const odd = passAt.find((k) => !(Number.isSafeInteger(k) && k >= 1 && k <= repeats));
  if (odd !== undefined) {
    throw invalidArgument(`passAt must be whole numbers from 1 to repeats = ${repeats}, got ${odd}.`);
  }
  const scoredRows = await scoreRows(scorer, rows, options);
  return {
    scorer: scorer.name ?? "scorer",
    ...summary(scoredRows, options),
    ...(passAt.length === 0 ? {} : { passAt: passRates(scoredRows, passAt, passThreshold) }),
    rows: scoredRows,
  };
}

type Summary = Omit<EvaluationReport, "scorer" | "passAt" | "rows">;

function summary(
  rows: readonly ScoredRow[],
  { level = 0.95, seed = 0, resamples = 2000 }: EvaluateScorerOptions,
): Summary {
  const made = rows.flatMap(({ score, cluster }) => (score === undefined ? [] : [{ score, cluster }]));
  const scores = made.map(({ score }) => score);
  const counts = { n: scores.length, errors: rows.length - scores.length };
  if (scores.length === 0) {
    return { ...counts, mean: undefined, standardError: undefined, interval: undefined, intervals: {} };
  }
  const { mean, interval: t } = meanInterval(scores, level);
  const between = ({ low, high }: { readonly low: number; readonly high: number }): Interval => ({
    low,
    high,
    level,
  });
  const hasClusters = made.some(({ cluster }) => cluster !== undefined);
  // Rows without one are a cluster each; a number is never a user's name of one.
  const clusters = made.map(({ cluster }, index) => cluster ?? index);
  const comparable = !hasClusters || new Set(clusters).size > 1;
  const clustered = hasClusters && comparable ? clusteredInterval(scores, clusters, level) : undefined;
  const intervals = {
    ...(clustered && { clustered: between(clustered) }),
    ...(scores.every((score) => score === 0 || score === 1) && {
      wilson: between(wilsonInterval(scores.filter((score) => score === 1).length, scores.length, level)),
    }),
    ...(t && { t }),
    ...(scores.length > 1 &&
      resamples > 0 && { bootstrap: between(bootstrapInterval(scores, { level, seed, resamples })) }),
  };
  const interval = comparable ? (intervals.clustered ?? intervals.wilson ?? intervals.t) : undefined;
  return {
    ...counts,
    mean,
    standardError: comparable ? (clustered?.standardError ?? standardError(scores, mean)) : undefined,
    interval,
    intervals,
  };
}

function standardError(scores: readonly number[], mean: number): number | undefined {
  if (scores.length < 2) return undefined;
  const squares = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  return Math.sqrt(squares / (scores.length - 1) / scores.length);
}

/** Over rows with enough judgements that could be made. */
function passRates(
  rows: readonly ScoredRow[],
  passAt: readonly number[],
  threshold: number,
): Record<number, { any: number; all: number }> {
  const made = rows.map(({ judgements }) => judgements.filter((score) => score !== null));
  return Object.fromEntries(
    passAt.flatMap((k) => {
      const enough = made.filter((scores) => scores.length >= k);
      if (enough.length === 0) return [];
      const passed = enough.map((scores) => scores.filter((score) => score >= threshold).length);
      const mean = (rate: typeof passAtK): number =>
        enough.reduce((sum, scores, index) => sum + rate(scores.length, passed[index] ?? 0, k), 0) /
        enough.length;
      return [[k, { any: mean(passAtK), all: mean(passHatK) }] as const];
    }),
  );
}

/** Before anything is paid. */
function checkOptions({
  level = 0.95,
  resamples = 0,
  seed = 0,
  passThreshold = 1,
}: EvaluateScorerOptions): void {
  requireLevel(level);
  requireCount("resamples", resamples);
  for (const [name, value] of Object.entries({ seed, passThreshold })) {
    if (!Number.isFinite(value)) throw invalidArgument(`${name} must be a finite number, got ${value}.`);
  }
}

function checkRows(rows: readonly Row[]): void {
  if (!Array.isArray(rows) || rows.length === 0) {
    throw invalidArgument("An evaluation needs at least one row, { output, expected, inputs }.");
  }
  const seen = new Set<string>();
  for (const [index, { id = String(index) }] of (rows as readonly Row[]).entries()) {
    if (seen.has(id))
      throw invalidArgument(`Two rows have the id "${id}"; ids pair evaluations, so each is used once.`);
    seen.add(id);
  }
}
