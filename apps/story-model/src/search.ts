/** The search for a temperature and a nucleus, by evolution strategies. */
import type { LanguageModel, OptimizeResult, Progress } from "@hyperfunc/core";
import { ESHybridSystemOptimizer } from "@hyperfunc/es";
import { TRAINING_BEGINNINGS } from "./beginnings.js";
import {
  freshExamples,
  qualityMetric,
  samplingPoint,
  SEARCHED,
  storySystem,
  type SamplingPoint,
  type StorySystem,
} from "./program.js";

export interface SearchPlan {
  readonly start: SamplingPoint;
  readonly steps: number;
  /** Examples that each step judges its candidates on. */
  readonly batchSize: number;
  readonly seed: number;
  readonly onProgress?: (progress: Progress, point: SamplingPoint) => void;
}

export interface SearchOutcome {
  readonly system: StorySystem;
  readonly found: SamplingPoint;
  readonly result: OptimizeResult;
}

const POPULATION = 8;

export async function searchSampling(
  model: LanguageModel,
  known: ReadonlySet<string>,
  { start, steps, batchSize, seed, onProgress }: SearchPlan,
): Promise<SearchOutcome> {
  const optimizer = new ESHybridSystemOptimizer({
    steps,
    popSize: POPULATION,
    batchSize,
    sigma: 0.1,
    lr: { kind: "cosine", from: 0.15, to: 0.03, steps },
    only: SEARCHED,
  });
  const system = storySystem(model, start, { optimizer, seed });
  // As many examples as the steps use up: no step sees a seed that another one has seen.
  const examples = freshExamples("training", steps * batchSize, TRAINING_BEGINNINGS);
  const result = await system.optimize(examples, qualityMetric(known), {
    onProgress: (progress) => onProgress?.(progress, samplingPoint(progress.hpState())),
  });
  return { system, found: samplingPoint(system.getHpState()), result };
}
