/** A gate for CI: scores may not fall by more than chance explains. */
import { invalidArgument } from "@hyperfunc/core";
import { compare } from "../evaluate/compare.js";
import type { EvaluationReport } from "../evaluate/evaluation-report.js";
import { normalQuantile } from "../statistics/normal.js";
import { loadBaseline, type Reports } from "./baseline-file.js";
import { verdictTable, type ScoreVerdict } from "./verdict.js";

export interface EvalGateOptions {
  /** A file of `saveBaseline`, or the reports. Without one, only `minimum` and `maxErrorRate` are checked. */
  readonly baseline?: string | Reports | undefined;
  /** Lowest mean by name. */
  readonly minimum?: Readonly<Record<string, number>> | undefined;
  /** A fall up to this much passes whatever its interval. Default 0. */
  readonly tolerance?: number | undefined;
  /** Share of rows that may have no score. Default 0.05. */
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
 * of the paired interval of the change is below −`tolerance`. Too many errors, a mean below `minimum`, and a score of the
 * baseline that is no longer measured fail, too.
 *
 * Rows are paired by id. Where no id is in both, the means are compared as of independent samples.
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

  constructor(options: EvalGateOptions) {
    const { tolerance = 0, maxErrorRate = 0.05, level = 0.95 } = options;
    if (!(tolerance >= 0)) throw invalidArgument(`tolerance must be at least 0, got ${tolerance}.`);
    if (!(maxErrorRate >= 0 && maxErrorRate <= 1)) {
      throw invalidArgument(`maxErrorRate must lie between 0 and 1, got ${maxErrorRate}.`);
    }
    if (!(level > 0 && level < 1))
      throw invalidArgument(`level must lie between 0 and 1, exclusive, got ${level}.`);
    this.#options = options;
  }

  /** @throws INVALID_STATE, INVALID_ARGUMENT for a baseline that is missing or none. */
  async check(reports: Reports): Promise<GateResult> {
    const { baseline } = this.#options;
    const before = typeof baseline === "string" ? await loadBaseline(baseline) : baseline;
    const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(reports)])];
    const verdicts = names.map((name) => this.#judge(name, reports[name], before?.[name]));
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
    const lowest = minimum[name];
    if (now === undefined) return verdict(false, "is in the baseline and was not measured");
    if (mean === undefined) return verdict(false, "no row could be judged");
    if (errors > maxErrorRate * (n + errors)) {
      return verdict(false, `${errors} of ${n + errors} rows could not be judged`);
    }
    if (lowest !== undefined && mean < lowest) return verdict(false, `is below the minimum ${lowest}`);
    if (change === undefined)
      return verdict(true, before === undefined ? "new" : "the baseline has no score");
    const { difference, interval } = change;
    const fall = `fell by ${(-difference).toFixed(3)}`;
    // Without an interval nothing is known of chance, so the fall itself counts.
    if ((interval?.high ?? difference) < -tolerance)
      return verdict(false, `${fall}, more than chance explains`);
    return verdict(true, difference < 0 ? `${fall}, within chance` : "did not fall");
  }
}

interface ScoreChange {
  readonly difference: number;
  readonly interval: { readonly low: number; readonly high: number } | undefined;
}

function changeOf(now: EvaluationReport, before: EvaluationReport, level: number): ScoreChange | undefined {
  if (now.mean === undefined || before.mean === undefined) return undefined;
  const scored = new Set(before.rows.filter(({ score }) => score !== undefined).map(({ id }) => id));
  if (now.rows.some(({ id, score }) => score !== undefined && scored.has(id)))
    return compare(now, before, { level });
  const difference = now.mean - before.mean;
  const [a, b] = [now.standardError, before.standardError];
  if (a === undefined || b === undefined) return { difference, interval: undefined };
  const half = normalQuantile((1 + level) / 2) * Math.hypot(a, b);
  return { difference, interval: { low: difference - half, high: difference + half } };
}
