import type { RunServices } from "../context/frame.js";
import { toHpState } from "../parameters/hp-state.js";
import type { HyperfunctionLayout } from "../parameters/layout.js";
import type { HistoryEntry, OptimizeOptions } from "./options.js";
import type { StepReport } from "./optimizer.js";

/** Tells the user how a run is going. */
export class ProgressReporter {
  #bestSoFar: number | undefined;
  #lastRuns: number;
  #lastAt: number;

  constructor(
    readonly options: OptimizeOptions,
    readonly services: RunServices,
    readonly layouts: ReadonlyMap<string, HyperfunctionLayout>,
    history: readonly HistoryEntry[],
  ) {
    const bests = history.flatMap(({ best }) => (best === undefined ? [] : [best]));
    if (bests.length > 0) this.#bestSoFar = bests.reduce((high, best) => Math.max(high, best));
    this.#lastRuns = services.budget?.spent.runs ?? 0;
    this.#lastAt = services.clock.now();
  }

  async report(entry: HistoryEntry, report: StepReport): Promise<void> {
    const { onProgress, verbose } = this.options;
    const { budget, clock, usage } = this.services;
    if (entry.best !== undefined) this.#bestSoFar = Math.max(this.#bestSoFar ?? -Infinity, entry.best);
    const runs = budget?.spent.runs ?? 0;
    const now = clock.now();
    const runsPerSecond = ((runs - this.#lastRuns) * 1000) / Math.max(now - this.#lastAt, 1e-3);
    this.#lastRuns = runs;
    await onProgress?.({
      ...entry,
      steps: report.steps,
      bestSoFar: this.#bestSoFar,
      runsPerSecond,
      usage: usage.totals,
      hpState: () => toHpState(report.state, this.layouts),
    });
    this.#lastAt = clock.now();
    if (verbose === true) process.stderr.write(`${line(entry, report.steps, runsPerSecond)}\n`);
  }
}

function line(entry: HistoryEntry, steps: number | undefined, runsPerSecond: number): string {
  const number = (value: number | undefined): string => value?.toPrecision(5) ?? "-";
  return [
    `${entry.optimizer} ${entry.step}${steps === undefined ? "" : `/${steps}`}`,
    `mean ${number(entry.mean)}`,
    `best ${number(entry.best)}`,
    ...(entry.validation === undefined ? [] : [`validation ${number(entry.validation)}`]),
    ...(entry.missing === 0 ? [] : [`${entry.missing} missing`]),
    `${Math.round(runsPerSecond)} runs/s`,
  ].join("  ");
}
