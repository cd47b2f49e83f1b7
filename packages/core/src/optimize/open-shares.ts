/** A system in another thread than its optimisation: evaluates shares of populations that it is told of. */
import { bareServices } from "../context/bare-run.js";
import type { Evaluation } from "../evaluation/evaluation.js";
import { checkExamples, type Example } from "../evaluation/example.js";
import { exampleKeys } from "../evaluation/measure.js";
import { toScoring, type Metric } from "../evaluation/metric.js";
import type { Leaf } from "../parameters/layout.js";
import type { Population } from "../parameters/population.js";
import type { FlowResponse } from "../system/agent.js";
import { registryOf, type HyperSystem } from "../system/hyper-system.js";
import { evaluateShare, type Share, type ShareScores } from "./share.js";

export interface SharesOfSystem {
  /** Numeric leaves of all trainable hyperfunctions, in the order of a `Problem`. */
  readonly leaves: readonly Leaf[];
  /** Judges some candidates on training examples, by default all, as an optimisation would. */
  evaluate(population: Population, share: Share, indices?: readonly number[]): Promise<ShareScores>;
}

/**
 * Opens a system for an optimizer that evaluates a part of its candidates in another thread; finds its hyperfunctions
 * with one run.
 *
 * Runs are not counted here, and calls of models and tools are refused: both belong to the thread of the optimisation.
 *
 * @throws INVALID_ARGUMENT without examples, INVALID_METRIC; what the first run throws.
 * @example
 * ```ts no-run
 * import { openShares, type Example, type HyperSystem, type Metric, type Population } from "@hyperfunc/core";
 * declare const system: HyperSystem;
 * declare const data: readonly Example[];
 * declare const metric: Metric;
 * declare const population: Population;
 * const shares = await openShares(system, data, metric);
 * const { scores } = await shares.evaluate(population, { from: 8, to: 16, mode: "vectorised" });
 * ```
 */
export async function openShares<
  Input,
  Output,
  Expected,
  Response extends Output | FlowResponse<Output> = Output,
>(
  system: HyperSystem<Input, Output, Response>,
  train: readonly Example<Input, Expected>[],
  metric: Metric<Input, Output, Expected>,
): Promise<SharesOfSystem> {
  checkExamples(train, "train");
  const registry = registryOf(system);
  const scoring = toScoring(metric);
  const keys = exampleKeys(train);
  const [first] = train;
  if (first !== undefined && !registry.complete) await system.discover(first);
  const services = { ...bareServices(), seed: registry.seed, evaluating: true };
  return {
    leaves: [...registry.layouts.values()].flatMap((layout) => layout.leaves),
    evaluate(population, share, indices = [...train.keys()]) {
      const evaluation: Evaluation = {
        host: registry,
        examples: indices.flatMap((index) => train[index] ?? []),
        keys: indices.map((index) => keys[index] ?? index),
        scoring,
        services,
        signal: undefined,
        onError: undefined,
        keepOutputs: false,
        candidateOffset: 0,
      };
      return evaluateShare(evaluation, population, share);
    },
  };
}
