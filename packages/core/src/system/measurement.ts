/** `evaluate` and `evaluatePopulation` of a system: from the user's arguments to the evaluation and back. */
import type { RunServices } from "../context/frame.js";
import type { UsageTotals } from "../context/usage-meter.js";
import {
  checkPopulationOptions,
  evaluatePopulation,
  type PopulationOptions,
} from "../evaluation/evaluate-population.js";
import type { OnError } from "../evaluation/evaluation.js";
import { checkExamples, type Example } from "../evaluation/example.js";
import { exampleKeys, measure, type Measured } from "../evaluation/measure.js";
import { toScoring, type Metric } from "../evaluation/metric.js";
import type { PopulationEvaluation } from "../evaluation/population-result.js";
import { populationOf, type HpStateInput, type PopulationInput } from "../parameters/hp-state.js";
import type { ParameterState } from "../parameters/parameter-state.js";
import { probed } from "./probe.js";
import type { Registry } from "./registry.js";

export interface EvaluateOptions<Input, Output, Expected> extends Pick<PopulationOptions, "mode"> {
  readonly onError?: OnError<Input, Output, Expected>;
  readonly signal?: AbortSignal;
}

export interface Evaluated<Output> extends Omit<Measured, "outputs"> {
  /** Per example; undefined where the run failed. Tensors belong to the caller. */
  readonly outputs: readonly (Output | undefined)[];
  readonly usage: UsageTotals;
  readonly elapsedMs: number;
}

/** What is measured, without the types that only the caller needs. */
export interface MeasurementRequest {
  readonly registry: Registry;
  readonly services: RunServices;
  readonly examples: readonly Example[];
  readonly metric: Metric<never, never, never>;
  readonly options: PopulationOptions & { readonly onError?: unknown; readonly signal?: AbortSignal };
}

/** Measures the current parameters, or others, on examples; finds the program's hyperfunctions first. */
export async function measureSystem(
  request: MeasurementRequest,
  keepOutputs: boolean,
  state?: ParameterState,
): Promise<Omit<Evaluated<unknown>, "outputs"> & Pick<Measured, "outputs">> {
  const { registry, examples, options } = request;
  checkExamples(examples, "examples");
  checkPopulationOptions(options);
  const scoring = toScoring(request.metric);
  const start = request.services.clock.now();
  const services = await probed(registry, examples, request.services, options.signal);
  const measured = await measure({
    host: registry,
    state: state ?? registry.state,
    examples,
    scoring,
    services,
    signal: options.signal,
    onError: options.onError as OnError | undefined,
    keepOutputs,
    ...(options.mode === undefined ? {} : { options: { mode: options.mode } }),
  });
  return { ...measured, usage: services.usage.totals, elapsedMs: services.clock.now() - start };
}

/** Scores many candidates on examples. */
export async function measureCandidates(
  request: MeasurementRequest,
  candidates: readonly HpStateInput[] | PopulationInput,
): Promise<PopulationEvaluation> {
  const { registry, examples, options } = request;
  checkExamples(examples, "examples");
  checkPopulationOptions(options);
  const scoring = toScoring(request.metric);
  const services = await probed(registry, examples, request.services, options.signal);
  const population = populationOf(candidates, registry.layouts, registry.state);
  if (population.size === 0) return { scores: [], mode: options.mode ?? "loop", reasons: {}, failures: [] };
  const evaluation = {
    host: registry,
    examples,
    keys: exampleKeys(examples),
    scoring,
    services,
    signal: options.signal,
    onError: options.onError as OnError | undefined,
    keepOutputs: false,
    candidateOffset: 0,
  };
  const result = await evaluatePopulation(evaluation, population, options);
  return {
    scores: result.candidates.map((candidate) => candidate.score),
    mode: result.mode,
    reasons: result.reasons,
    failures: result.candidates.flatMap((candidate) => candidate.failures),
  };
}
