/** Two evaluations of the same examples, example by example. */
import { invalidArgument, pairedDifference, type Interval } from "@hyperfunc/core";
import { clusteredInterval } from "../statistics/clustered-interval.js";
import { mcNemar } from "../statistics/mcnemar.js";
import { pairedPermutation } from "../statistics/paired-permutation.js";
import type { EvaluationReport, ScoredRow } from "./evaluation-report.js";

/** A row whose score differs. */
export interface Change {
  readonly id: string;
  readonly a: number;
  readonly b: number;
}

export interface Comparison {
  /** Rows that both could judge. */
  readonly n: number;
  /** Rows left out: an error in either, or there in one alone. */
  readonly dropped: number;
  /** Mean of a − b: positive where a is better. */
  readonly difference: number;
  /** Cluster-robust where rows have clusters, else Student's; undefined with one pair, or one cluster. */
  readonly interval: Interval | undefined;
  /** Two-sided p-value of "no difference" by the paired t test, which `interval` without clusters goes with. */
  readonly p: number | undefined;
  /** The same by flipping signs, which assumes nothing of the distribution. */
  readonly permutationP: number;
  /** Where every score is 0 or 1: how many only a, and only b, got right, and the exact p-value. */
  readonly mcNemar?: { readonly onlyA: number; readonly onlyB: number; readonly p: number };
  /** Rows on which a is better, and worse, the largest change first. */
  readonly better: readonly Change[];
  readonly worse: readonly Change[];
}

export interface CompareOptions {
  /** Confidence of the interval. Default 0.95. */
  readonly level?: number | undefined;
  /** Of the permutations. Default 0. */
  readonly seed?: number | undefined;
}

/**
 * How much better `a` is than `b` on the same examples. Pairs cancel what makes an example easy or hard.
 *
 * Takes reports of `evaluateScorer`, paired by the ids of their rows, or lists of scores, paired by position.
 *
 * @throws INVALID_ARGUMENT where no row is in both, or lists differ in length.
 * @example
 * import { compare } from "@hyperfunc/eval";
 * const { difference, interval, mcNemar } = compare([1, 1, 1, 0, 1, 1], [0, 1, 0, 0, 1, 0]);
 * console.log(difference, interval?.low.toFixed(2), mcNemar); // 0.5 -0.07 { onlyA: 3, onlyB: 0, p: 0.25 }
 */
export function compare(
  a: EvaluationReport | readonly number[],
  b: EvaluationReport | readonly number[],
  { level = 0.95, seed = 0 }: CompareOptions = {},
): Comparison {
  const [rowsA, rowsB] = [rowsOf(a), rowsOf(b)];
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) {
    throw invalidArgument(
      `Lists of scores are compared by position, so they must be equally long, got ${a.length} and ${b.length}.`,
    );
  }
  const inB = new Map(rowsB.map((row) => [row.id, row]));
  const pairs = rowsA.flatMap(({ id, score, cluster }) => {
    const other = inB.get(id);
    if (score === undefined || other?.score === undefined) return [];
    return [{ id, a: score, b: other.score, cluster: cluster ?? other.cluster }];
  });
  if (pairs.length === 0) {
    throw invalidArgument("No row has a score in both evaluations; rows are paired by their ids.");
  }
  const [scoresA, scoresB] = [pairs.map((pair) => pair.a), pairs.map((pair) => pair.b)];
  const { mean, interval, p } = pairedDifference(scoresA, scoresB, level);
  const changes = pairs
    .filter((pair) => pair.a !== pair.b)
    .map(({ id, a: now, b: then }) => ({ id, a: now, b: then }));
  return {
    n: pairs.length,
    dropped: new Set([...rowsA, ...rowsB].map(({ id }) => id)).size - pairs.length,
    difference: mean,
    interval: differenceInterval(pairs, interval, level),
    p,
    permutationP: pairedPermutation(scoresA, scoresB, { seed }).p,
    ...binary(pairs),
    better: changes.filter((row) => row.a > row.b).sort(bySize),
    worse: changes.filter((row) => row.a < row.b).sort(bySize),
  };
}

interface Pair extends Change {
  readonly cluster?: string | undefined;
}

function rowsOf(
  side: EvaluationReport | readonly number[],
): readonly Pick<ScoredRow, "id" | "score" | "cluster">[] {
  if ("rows" in side) return side.rows;
  return side.map((score, index) => ({ id: String(index), score }));
}

function differenceInterval(
  pairs: readonly Pair[],
  paired: Interval | undefined,
  level: number,
): Interval | undefined {
  if (pairs.every(({ cluster }) => cluster === undefined)) return paired;
  const clusters = pairs.map(({ cluster }, index) => cluster ?? index);
  if (new Set(clusters).size < 2) return undefined;
  const { low, high } = clusteredInterval(
    pairs.map(({ a, b }) => a - b),
    clusters,
    level,
  );
  return { low, high, level };
}

function binary(pairs: readonly Pair[]): Pick<Comparison, "mcNemar"> {
  if (!pairs.every(({ a, b }) => [a, b].every((score) => score === 0 || score === 1))) return {};
  const onlyA = pairs.filter(({ a, b }) => a > b).length;
  const onlyB = pairs.filter(({ a, b }) => a < b).length;
  return { mcNemar: { onlyA, onlyB, p: mcNemar(onlyA, onlyB).p } };
}

function bySize(one: Change, other: Change): number {
  return Math.abs(other.a - other.b) - Math.abs(one.a - one.b);
}
