import type { Interval } from "@hyperfunc/core";

/** An output to score, with what it is scored by. */
export interface Row<Inputs = unknown, Output = unknown, Expected = unknown> {
  readonly output: Output;
  /** May be left out where the scorer needs none. */
  readonly expected?: Expected;
  readonly inputs?: Inputs;
  /** Pairs rows of two evaluations. Default the position. */
  readonly id?: string | undefined;
  /** Rows that depend on each other: questions about one text, turns of one conversation. */
  readonly cluster?: string | undefined;
}

/** What became of a row. */
export interface ScoredRow {
  readonly id: string;
  readonly cluster?: string | undefined;
  /** Mean of the judgements that could be made; undefined where none could. */
  readonly score: number | undefined;
  /** Of the judgement furthest from perfect. */
  readonly feedback: string;
  /** Every judgement; null for an error. One, unless there are repeats. */
  readonly judgements: readonly (number | null)[];
  /** Why judgements could not be made. */
  readonly errors: readonly string[];
}

/** The result of an evaluation; plain JSON. */
export interface EvaluationReport {
  readonly scorer: string;
  /** Rows that have a score, over which everything below is counted. */
  readonly n: number;
  /** Rows that have none: they are not failures, and not in the mean. */
  readonly errors: number;
  /** Undefined where no row has a score. */
  readonly mean: number | undefined;
  /** Undefined with fewer than two rows, or one cluster. */
  readonly standardError: number | undefined;
  /** The first of `intervals` that is there; undefined with one cluster, which says nothing of others. */
  readonly interval: Interval | undefined;
  readonly intervals: {
    /** Where rows have clusters. */
    readonly clustered?: Interval;
    /** Where every score is 0 or 1. */
    readonly wilson?: Interval;
    readonly t?: Interval;
    readonly bootstrap?: Interval;
  };
  /** With repeats: by k, the chance that one of k judgements passes, and that all of them do, over rows with so many. */
  readonly passAt?: Readonly<Record<number, { readonly any: number; readonly all: number }>>;
  readonly rows: readonly ScoredRow[];
}
