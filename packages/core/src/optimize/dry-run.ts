import { UsageMeter } from "../context/usage-meter.js";
import type { OptimizeResult } from "./options.js";
import type { Optimizer, Problem } from "./optimizer.js";

/** The result of a dry run: what the optimizers and both measurements will need, and nothing done. */
export function estimated(
  problem: Problem,
  optimizers: readonly Optimizer[],
  warnings: readonly string[],
): OptimizeResult {
  const measurements = 2 * (problem.train.length + (problem.validation?.length ?? 0));
  const runs = optimizers.reduce(
    (sum, optimizer) => sum + (optimizer.estimate?.(problem).runs ?? 0),
    measurements,
  );
  return {
    initialScore: undefined,
    finalScore: undefined,
    accepted: false,
    history: [],
    mode: undefined,
    reasons: {},
    stopReason: "dry-run",
    usage: { ...new UsageMeter().totals, runs: 0, elapsedMs: 0 },
    proposals: { accepted: 0, rejected: 0, failed: 0 },
    warnings,
    estimate: { runs },
  };
}
