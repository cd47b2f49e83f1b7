/** Options and result of `optimize`, and the checks that come before any work. */
import type { BudgetLimits } from "../budget/budget-limits.js";
import type { CheckpointStore } from "../checkpoint/checkpoint-store.js";
import type { UsageTotals } from "../context/usage-meter.js";
import { HyperfuncError, invalidArgument } from "../errors/hyperfunc-error.js";
import type { EvaluationMode } from "../evaluation/evaluate-population.js";
import type { OnError } from "../evaluation/evaluation.js";
import { checkExamples, type Example } from "../evaluation/example.js";
import type { HpState } from "../parameters/hp-state.js";
import type { Interval } from "../statistics/mean-interval.js";
import type { FeedbackFn, OptimizerEstimate, StopReason } from "./optimizer.js";

export interface OptimizeOptions<Input = unknown, Output = unknown, Expected = unknown> {
  /** Held-out examples: they decide whether the result is accepted, and a gain is measured on them. */
  readonly validation?: readonly Example<Input, Expected>[];
  /** With validation: steps between looks at it; the best parameters seen are the result. Default: only at the end. */
  readonly validateEvery?: number;
  readonly feedbackFn?: FeedbackFn<Input, Output, Expected>;
  /** What a failure of the program is worth. Default: the lowest score of the same evaluation. */
  readonly onError?: OnError<Input, Output, Expected>;
  readonly budget?: BudgetLimits;
  readonly signal?: AbortSignal;
  /** Called after every step; a promise it returns is awaited before the next one. */
  readonly onProgress?: (progress: Progress) => void | Promise<void>;
  /** Where checkpoints go: a directory or a store. Default none. */
  readonly checkpoint?: string | CheckpointStore;
  /** `"auto"` continues a checkpoint when there is one, `"require"` fails without one, `"never"` starts over. Default `"auto"`. */
  readonly resume?: "auto" | "require" | "never";
  /** Returns the estimate without running anything. */
  readonly dryRun?: boolean;
  /** Seeds the search; default the system's seed. */
  readonly seed?: number;
  /** Writes one line per step to standard error. */
  readonly verbose?: boolean;
}

/** One generation. */
export interface HistoryEntry {
  readonly optimizer: string;
  readonly step: number;
  /** Of the generation's candidates, on the training examples they were judged on. */
  readonly best: number | undefined;
  readonly mean: number | undefined;
  readonly std: number | undefined;
  readonly missing: number;
  /** Score of the current parameters on the validation examples, when this step looked at them. */
  readonly validation?: number;
  readonly elapsedMs: number;
}

export interface Progress extends HistoryEntry {
  readonly steps: number | undefined;
  readonly bestSoFar: number | undefined;
  /** Program runs per second since the last progress. */
  readonly runsPerSecond: number;
  readonly usage: UsageTotals;
  /** Trainable numbers after this step, as copies. */
  readonly hpState: () => HpState;
}

export interface OptimizeResult {
  /** On the training examples. Undefined only in a dry run. */
  readonly initialScore: number | undefined;
  /** On the training examples; undefined when the run ended before it could be measured. */
  readonly finalScore: number | undefined;
  readonly validation?: {
    readonly initial: number;
    readonly final: number | undefined;
    /** 95 % interval of the paired gain, where the metric judges single outputs. */
    readonly interval: Interval | undefined;
  };
  /** False when the search found nothing better and the system kept the parameters it had. */
  readonly accepted: boolean;
  readonly history: readonly HistoryEntry[];
  readonly mode: EvaluationMode | undefined;
  /** Why faster ways of evaluation were refused. */
  readonly reasons: Readonly<Partial<Record<EvaluationMode, string>>>;
  readonly stopReason: StopReason;
  readonly usage: UsageTotals & { readonly runs: number; readonly elapsedMs: number };
  readonly proposals: { readonly accepted: number; readonly rejected: number; readonly failed: number };
  readonly warnings: readonly string[];
  /** Present in a dry run. */
  readonly estimate?: OptimizerEstimate;
}

export function checkOptimizeOptions(train: readonly Example[], options: OptimizeOptions): void {
  checkExamples(train, "trainData");
  if (options.validation !== undefined) checkExamples(options.validation, "validation");
  const { signal, validateEvery, resume = "auto", checkpoint } = options;
  if (signal?.aborted === true) {
    throw new HyperfuncError("ABORTED", "The signal given to optimize is already aborted.", {
      infrastructure: true,
    });
  }
  if (validateEvery !== undefined && !(Number.isInteger(validateEvery) && validateEvery > 0)) {
    throw invalidArgument(`validateEvery must be a positive whole number of steps, got ${validateEvery}.`);
  }
  if (validateEvery !== undefined && options.validation === undefined) {
    throw invalidArgument("validateEvery needs validation examples; give both or neither.");
  }
  if (!["auto", "require", "never"].includes(resume)) {
    throw invalidArgument(`resume must be "auto", "require" or "never", got ${JSON.stringify(resume)}.`);
  }
  if (resume === "require" && checkpoint === undefined) {
    throw invalidArgument(
      'resume: "require" needs a checkpoint to resume from; give a directory or a store.',
    );
  }
}
