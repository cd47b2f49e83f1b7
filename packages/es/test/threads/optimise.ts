/**
 * Optimisations in a process of their own, for threads.test.ts: a thread cannot be started from within jest. Reads a
 * list of `Case` from its argument, and prints the list of their outcomes as one line of JSON.
 */
import {
  isHyperfuncError,
  memoryCheckpoints,
  type BudgetLimits,
  type CheckpointStore,
  type OptimizeResult,
} from "@hyperfunc/core";
import { ESHybridSystemOptimizer, useBackend, type ESHybridSystemOptimizerOptions } from "@hyperfunc/es";
import type * as program from "./program.js";

export interface Case {
  /** See program.ts. */
  readonly kind?: string;
  /** Left out: no threads. */
  readonly count?: number;
  /** Default false. */
  readonly measure?: boolean;
  /** Another module for the threads than the program's. */
  readonly module?: string;
  readonly options?: ESHybridSystemOptimizerOptions;
  readonly budget?: BudgetLimits;
  /** Aborts after so many steps, and continues from the checkpoint with `resume`. */
  readonly abortAt?: number;
  /** Counted from the end of the first step. */
  readonly abortAfterMs?: number;
  readonly resume?: "with-threads" | "without-threads";
  readonly backend?: "cpu";
}

export type Outcome =
  | {
      readonly state: unknown;
      readonly history: readonly unknown[];
      readonly runs: number;
      readonly mode: string | undefined;
      readonly reasons: OptimizeResult["reasons"];
      readonly stopReason: string;
      readonly warnings: readonly string[];
    }
  | { readonly code: string | undefined; readonly message: string };

const address = (kind: string): string => new URL(`./program.ts?kind=${kind}`, import.meta.url).href;

async function optimise(
  { kind = "", count, measure = false, module, options, budget, ...rest }: Case,
  checkpoint?: CheckpointStore,
): Promise<Outcome> {
  const { make, data, metric } = (await import(address(kind))) as typeof program;
  const threads = { module: module ?? address(kind), measure, ...(count !== undefined && { count }) };
  const optimizer = new ESHybridSystemOptimizer({
    steps: 6,
    popSize: 14,
    step: "adam",
    seed: 5,
    ...options,
    ...(count === undefined && module === undefined ? {} : { threads }),
  });
  const system = make(optimizer);
  const abort = new AbortController();
  try {
    const result: OptimizeResult = await system.optimize(data, metric, {
      signal: abort.signal,
      ...(checkpoint && { checkpoint }),
      ...(budget && { budget }),
      onProgress: ({ step }) => {
        if (step === rest.abortAt) abort.abort();
        if (step === 1 && rest.abortAfterMs !== undefined)
          setTimeout(() => abort.abort(), rest.abortAfterMs).unref();
      },
    });
    return {
      state: system.exportState(),
      history: result.history.map(({ elapsedMs: _, ...entry }) => entry),
      runs: result.usage.runs,
      mode: result.mode,
      reasons: result.reasons,
      stopReason: result.stopReason,
      warnings: result.warnings,
    };
  } catch (error) {
    const code = isHyperfuncError(error) ? error.code : undefined;
    return { code, message: error instanceof Error ? error.message : String(error) };
  }
}

async function outcome(each: Case): Promise<Outcome> {
  if (each.backend !== undefined) await useBackend(each.backend);
  if (each.resume === undefined) return optimise(each);
  const checkpoint = memoryCheckpoints();
  await optimise(each, checkpoint);
  const { abortAt: _, count, ...rest } = each;
  return optimise(
    each.resume === "with-threads" && count !== undefined ? { ...rest, count } : rest,
    checkpoint,
  );
}

const outcomes: Outcome[] = [];
for (const each of JSON.parse(process.argv[2] ?? "[]") as Case[]) outcomes.push(await outcome(each));
process.stdout.write(JSON.stringify(outcomes));
