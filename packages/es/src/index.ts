/**
 * `@hyperfunc/es`: EGGROLL evolution strategies and batched population evaluation on TensorFlow.js.
 *
 * Importing it registers a synchronous tfjs backend, tfjs's chained operations and the tensor engine of
 * `@hyperfunc/core`.
 *
 * @module
 */
import "./backend/first-backend.js";
import "./backend/chained-ops.js";
import "./population/tensor-engine.js";
import "./primitives/tensor-types.js";

export {
  ESHybridSystemOptimizer,
  type ESHybridSystemOptimizerOptions,
} from "./optimizer/es-hybrid-system-optimizer.js";
export type { LeafOverride } from "./optimizer/search-space.js";
export type { ThreadOptions } from "./threads/thread-options.js";

export {
  LoRAWeight,
  type LoRAWeightOptions,
  type LoRAWeightType,
  type WeightAndBiasValue,
  type WeightValue,
} from "./primitives/lora-weight/lora-weight.js";
export { combine, split } from "./primitives/combine-split.js";

export { vmap, type Batched, type VmapOptions } from "./vmap/vmap.js";
export { dropout, randomNormal, randomUniform } from "./random/random-tensors.js";
export { vmapReport, type VmapReport } from "./vmap/vmap-report.js";

export {
  backendInfo,
  useBackend,
  type BackendChoice,
  type BackendInfo,
  type RejectedBackend,
} from "./backend/use-backend.js";
export type { BackendName } from "./backend/drivers.js";

export { accuracy } from "./metrics/accuracy.js";
export { binaryCrossEntropy, crossEntropy } from "./metrics/cross-entropy.js";
export type { TensorMetric } from "./metrics/define-metric.js";
export { meanSquaredError } from "./metrics/mean-squared-error.js";
export type { Numeric, PlainNumeric } from "./metrics/numeric.js";
export { tensorMetric, type Judged, type StructuredTensorMetric } from "./metrics/tensor-metric.js";
export { BATCHED_METRIC, overExamples, type BatchedMetric } from "./population/batched-metric.js";

export {
  EggrollES,
  type EggrollMember,
  type EggrollOptions,
  type EggrollState,
  type TellResult,
} from "./strategies/eggroll-es.js";
export {
  evolutionStrategy,
  type EvolutionStrategy,
  type StrategyOptions,
  type StrategyState,
} from "./strategies/strategy.js";
export type { ParameterDeclaration } from "./strategies/eggroll-parameters.js";
export { memberBatch } from "./strategies/perturbation.js";
export type { Pairing, StrategyLeaf } from "./strategies/leaf.js";
export type { Schedule } from "./strategies/schedule.js";
export type { FitnessShaping } from "./strategies/shaping.js";
export type { StepRuleName, StepRuleOptions } from "./strategies/step.js";
