/** The two phases of training, in one program, by two calls of `optimize`. */
import type { OptimizeOptions, Progress } from "@hyperfunc/core";
import { ESHybridSystemOptimizer } from "@hyperfunc/es";
import type { LabelledPair, Pairs } from "./digits.js";
import { businessReward, likelihood } from "./metrics.js";
import { AddDigits } from "./program.js";

export interface TrainOptions {
  /** Generations of the first phase. */
  readonly generations: number;
  readonly seed: number;
  /** Directory for checkpoints; one per phase is made in it. */
  readonly checkpoint?: string;
  readonly signal: AbortSignal;
  readonly onProgress: (phase: 1 | 2, progress: Progress) => Promise<void>;
}

/**
 * Candidates per generation, and training pairs that each of them sees. A generation costs their product; of 13,258
 * numbers a direction per candidate is a poor view, so candidates are worth more than pairs.
 */
export const POPULATION = 512;
export const BATCH = 32;
const CAUTION_STEPS = 60;

const DECIDE = "decide";

/** Phase 1: the reader learns from the likelihood of the right sum. */
export function readerOptimizer(generations: number): ESHybridSystemOptimizer {
  return new ESHybridSystemOptimizer({
    steps: generations,
    popSize: POPULATION,
    batchSize: BATCH,
    sigma: 0.05,
    lr: { kind: "cosine", from: 0.01, to: 0.0005, steps: generations },
    step: "adam",
    weightDecay: 0.05,
    freeze: [DECIDE],
  });
}

/**
 * Phase 2: the threshold learns from the reward, on pairs the reader has not seen, whose confidence it can trust. The
 * noise shrinks, because the reward falls off steeply where nothing is answered any more.
 */
function cautionOptimizer(): ESHybridSystemOptimizer {
  return new ESHybridSystemOptimizer({
    steps: CAUTION_STEPS,
    popSize: 32,
    sigma: { kind: "exponential", from: 0.15, to: 0.01, steps: CAUTION_STEPS },
    lr: { kind: "cosine", from: 0.1, to: 0.005, steps: CAUTION_STEPS },
    only: [DECIDE],
  });
}

/** The trained program, or undefined when it was interrupted. */
export async function train(pairs: Pairs, options: TrainOptions): Promise<AddDigits | undefined> {
  const { seed, signal, onProgress, checkpoint } = options;
  const reader = new AddDigits(readerOptimizer(options.generations), seed);
  const phase = (number: 1 | 2): Pick<OptimizeOptions, "signal" | "checkpoint" | "onProgress"> => ({
    signal,
    ...(checkpoint === undefined ? {} : { checkpoint: `${checkpoint}/phase-${number}` }),
    onProgress: (progress) => onProgress(number, progress),
  });
  const first = await reader.optimize(examples(pairs.train), likelihood, phase(1));
  if (first.stopReason === "aborted") return undefined;
  const careful = new AddDigits(cautionOptimizer(), seed);
  careful.importState(reader.exportState());
  const second = await careful.optimize(examples(pairs.validation), businessReward, phase(2));
  return second.stopReason === "aborted" ? undefined : careful;
}

export function examples(pairs: readonly LabelledPair[]): LabelledPair["example"][] {
  return pairs.map((pair) => pair.example);
}
