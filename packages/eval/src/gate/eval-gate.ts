/** A gate for CI: scores may not fall by more than chance explains. */
import { invalidArgument, studentTwoSidedQuantile } from "@hyperfunc/core";
import { compare } from "../evaluate/compare.js";
import type { EvaluationReport } from "../evaluate/evaluation-report.js";
import { loadBaseline, type Reports } from "./baseline-file.js";
import { verdictTable, type ScoreVerdict } from "./verdict.js";

export interface EvalGateOptions {
  /** A file of `saveBaseline`, or the reports. Without one, only `minimum` and `maxErrorRate` are checked. */
  readonly baseline?: string | Reports | undefined;
  /** Lowest mean by name. */
  readonly minimum?: Readonly<Record<string, number>> | undefined;
  /** A fall up to this much passes whatever its interval. Default 0. */
  readonly tolerance?: number | undefined;
  /** Share of judgements that may be errors. Default 0.05. */
  readonly maxErrorRate?: number | undefined;
  /** Confidence of the intervals. Default 0.95. */
  readonly level?: number | undefined;
}

export interface GateResult {
  readonly passed: boolean;
  readonly verdicts: readonly ScoreVerdict[];
  /** For people: one line for each score. */
  readonly table: string;
}

/**
 * Compares scores with a baseline and fails when one has fallen by more than its interval allows: when even the high end
 * of the paired interval of the change is below −`tolerance`. Too many errors, a mean below `minimum`, and a score that was
 * not measured fail, too.
 *
 * Rows are paired by id, so give them ids that do not depend on their order. Where no id is in both, the means are compared
 * as of independent samples (Welch); where less than half of the baseline was measured again, the gate fails.
 *
 * @throws INVALID_ARGUMENT for options out of range.
 * @example
 * import { EvalGate, evaluateScorer, ExactMatch } from "@hyperfunc/eval";
 * const rows = (wrong: number) =>
 *   Array.from({ length: 50 }, (_, index) => ({ output: index < wrong ? "b" : "a", expected: "a" }));
 * const before = await evaluateScorer(new ExactMatch(), rows(5));
 * const now = await evaluateScorer(new ExactMatch(), rows(20));
 * const { passed, verdicts } = await new EvalGate({ baseline: { exact: before } }).check({ exact: now });
 * console.log(passed, verdicts[0]?.reason); // false fell by 0.300, more than chance explains
 */
export class EvalGate {
  readonly #options: EvalGateOptions;

  constructor(options: EvalGateOptions = {}) {
    const { tolerance = 0, maxErrorRate = 0.05, level = 0.95, minimum = {} } = options;
    if (!(tolerance >= 0)) throw invalidArgument(`tolerance must be at least 0, got ${tolerance}.`);
    if (!(maxErrorRate >= 0 && maxErrorRate <= 1)) {
      throw invalidArgument(`maxErrorRate must lie between 0 and 1, got ${maxErrorRate}.`);
    }
    if (!(level > 0 && level < 1))
      throw invalidArgument(`level must lie between 0 and 1, exclusive, got ${level}.`);
    for (const [name, value] of Object.entries(minimum)) {
      if (!Number.isFinite(value))
        throw invalidArgument(`minimum.${name} must be a finite number, got ${value}.`);
    }
    this.#options = options;
  }

  /** @throws INVALID_STATE, INVALID_ARGUMENT for a baseline that is missing or none. */
  async check(reports: Reports): Promise<GateResult> {
    const { baseline, minimum = {} } = this.#options;
    const before = typeof baseline === "string" ? await loadBaseline(baseline) : baseline;
    const names = [...new Set([before ?? {}, minimum, reports].flatMap((named) => Object.keys(named)))];
    const verdicts = names.map((name) => this.#judge(name, own(reports, name), own(before, name)));
    return { passed: verdicts.every(({ passed }) => passed), verdicts, table: verdictTable(verdicts) };
  }

  /** Checks, prints the table, and makes the process exit with 1 when a score does not pass. */
  async enforce(reports: Reports): Promise<GateResult> {
    const result = await this.check(reports);
    process.stdout.write(`${result.table}\n`);
    if (!result.passed) process.exitCode = 1;
    return result;
  }

  #judge(
    name: string,
    now: EvaluationReport | undefined,
    before: EvaluationReport | undefined,
  ): ScoreVerdict {
    const { minimum = {}, tolerance = 0, maxErrorRate = 0.05, level = 0.95 } = this.#options;
    const { n = 0, errors = 0, mean } = now ?? {};
    const change = now && before ? changeOf(now, before, level) : undefined;
    const verdict = (passed: boolean, reason: string): ScoreVerdict => ({
      name,
      passed,
      mean,
      baseline: before?.mean,
      difference: change?.difference,
      interval: change?.interval,
      n,
      errors,
      reason,
    });
    const lowest = own(minimum, name);
    if (now === undefined) return verdict(false, "was not measured");
    if (mean === undefined) return verdict(false, "no row could be judged");
    const failed = errorRate(now);
    if (failed > maxErrorRate + ROUNDING) {
      return verdict(false, `${(100 * failed).toFixed(0)} % of the judgements could not be made`);
    }
    if (lowest !== undefined && mean < lowest - ROUNDING)
      return verdict(false, `is below the minimum ${lowest}`);
    if (before === undefined) return verdict(true, "new");
    if (before.mean === undefined) return verdict(false, "the baseline has no score; save a new one");
    if (change === undefined) {
      return verdict(false, "most rows of the baseline were not measured; save a new one for other data");
    }
    const { difference, interval } = change;
    const fall = `fell by ${(-difference).toFixed(3)}`;
    if ((interval?.high ?? difference) < -tolerance - ROUNDING) {
      return verdict(
        false,
        `${fall}, ${interval ? "more than chance explains" : "with too few rows to know of chance"}`,
      );
    }
    return verdict(
      true,
      difference < -ROUNDING
        ? `${fall}, within ${-difference > tolerance + ROUNDING ? "chance" : "the tolerance"}`
        : "did not fall",
    );
  }
}

/** Sums of fractions in another order differ by less. */
const ROUNDING = 1e-9;

function errorRate({ rows }: EvaluationReport): number {
  const judgements = rows.flatMap((row) => row.judgements);
  return judgements.filter((score) => score === null).length / judgements.length;
}

interface ScoreChange {
  readonly difference: number;
  readonly interval: { readonly low: number; readonly high: number } | undefined;
}

/** Paired where most rows of the baseline were measured again; of other rows the means; undefined for a mixture. */
function changeOf(now: EvaluationReport, before: EvaluationReport, level: number): ScoreChange | undefined {
  if (now.mean === undefined || before.mean === undefined) return undefined;
  const scored = new Set(before.rows.filter(({ score }) => isScore(score)).map(({ id }) => id));
  const pairs = now.rows.filter(({ id, score }) => isScore(score) && scored.has(id)).length;
  if (pairs === 0) return welch(now, before, level);
  return 2 * pairs >= scored.size ? compare(now, before, { level }) : undefined;
}

/** A missing score is null in a file. */
function isScore(score: unknown): boolean {
  return typeof score === "number";
}

/** Two independent means, with variances of their own (Welch 1947). */
function welch(now: EvaluationReport, before: EvaluationReport, level: number): ScoreChange {
  const difference = (now.mean ?? NaN) - (before.mean ?? NaN);
  const [a, b] = [now.standardError, before.standardError];
  if (a === undefined || b === undefined) return { difference, interval: undefined };
  const variance = a ** 2 + b ** 2;
  if (variance === 0) return { difference, interval: { low: difference, high: difference } };
  const freedom = variance ** 2 / (a ** 4 / (now.n - 1) + b ** 4 / (before.n - 1));
  const half = studentTwoSidedQuantile(level, freedom) * Math.sqrt(variance);
  return { difference, interval: { low: difference - half, high: difference + half } };
}

/** A score may be named like a member of every object. */
function own<Value>(named: Readonly<Record<string, Value>> = {}, name: string): Value | undefined {
  return Object.hasOwn(named, name) ? named[name] : undefined;
}
