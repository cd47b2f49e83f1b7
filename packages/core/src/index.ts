/**
 * `@hyperfunc/core`: hyperfunctions, systems, tracing, population evaluation and optimisation, without dependencies.
 *
 * @module
 */
export {
  HyperfuncError,
  invalidArgument,
  isHyperfuncError,
  type HyperfuncErrorCode,
  type HyperfuncErrorOptions,
} from "./errors/hyperfunc-error.js";
export { withTimeout, type TimeoutOptions } from "./concurrency/timeout.js";
export { isFinalFailure } from "./errors/final-failure.js";
export { nearNames } from "./errors/near-names.js";
export { withoutSecrets } from "./errors/without-secrets.js";

export {
  hyperfunction,
  type AnyHyperfunction,
  type CallOverrides,
  type Hyperfunction,
  type HyperfunctionDefinition,
  type HyperfunctionOptions,
} from "./hyperfunction/hyperfunction.js";
export type { CallContext, DirectContext } from "./hyperfunction/call-context.js";
export type { Call, Middleware, Next } from "./hyperfunction/call.js";

export { HyperSystem } from "./system/hyper-system.js";
export type { Evaluated, EvaluateOptions } from "./system/measurement.js";
export type { HyperSystemOptions } from "./system/options.js";
export { hyperSystem } from "./system/hyper-system-function.js";
export { AgentType, FlowResponse } from "./system/agent.js";

export {
  defineHpType,
  type ChoiceDeclaration,
  type DeclaredValue,
  type FieldDeclaration,
  type FieldDeclarations,
  type NumberDeclaration,
  type ScalarHpType,
} from "./parameters/define-hp-type.js";
export {
  AdapterMeta,
  LMParam,
  lmParamWithout,
  type AdapterMetaValue,
  type LMParamValue,
} from "./parameters/lm-param.js";
export {
  fieldSize,
  isHpType,
  type ChoiceField,
  type Field,
  type HpOf,
  type HpOverride,
  type HpSpec,
  type HpType,
  type ScalarField,
  type TensorField,
} from "./parameters/hp-type.js";
export { blocksOf, hyperfunctionLayout, type HyperfunctionLayout, type Leaf } from "./parameters/layout.js";
export { assembleHp } from "./parameters/hp-value.js";
export type { HpInit, NumericInit } from "./parameters/initial-values.js";
export type { HpState, HpStateInput, PopulationInput } from "./parameters/hp-state.js";
export {
  EMPTY_STATE,
  withEntries,
  type Demonstration,
  type ParameterState,
  type Values,
} from "./parameters/parameter-state.js";
export {
  candidateState,
  slicePopulation,
  type LeafBatch,
  type Population,
  type TextOverlay,
} from "./parameters/population.js";
export type { SavedHyperfunction, SavedState } from "./parameters/saved-state.js";
export type { ScalarTensor, TensorTypes } from "./parameters/tensor-types.js";

export { example, type Example } from "./evaluation/example.js";
export {
  perExample,
  type AggregateMetric,
  type ScorerInput,
  type Metric,
  type PerExampleMetric,
  type Scorer,
  type ScoreResult,
} from "./evaluation/metric.js";
export type { EvaluationMode, PopulationOptions } from "./evaluation/evaluate-population.js";
export type { OnError } from "./evaluation/evaluation.js";
export type { Measured } from "./evaluation/measure.js";
export type { PopulationEvaluation } from "./evaluation/population-result.js";
export type { Failure } from "./evaluation/score.js";

export {
  NoOpPromptOptimizer,
  NoOpSystemOptimizer,
  type EvaluateOptions as ProblemEvaluateOptions,
  type FeedbackFn,
  type Json,
  type Optimizer,
  type OptimizerAccount,
  type OptimizerEstimate,
  type PopulationScores,
  type Problem,
  type StepReport,
  type StopReason,
} from "./optimize/optimizer.js";
export type { Elsewhere } from "./optimize/evaluate-spread.js";
export { openShares, type SharesOfSystem } from "./optimize/open-shares.js";
export type { Share, SharedMode, ShareScores } from "./optimize/share.js";
export type { HistoryEntry, OptimizeOptions, OptimizeResult, Progress } from "./optimize/options.js";
export { ablate, type AblateOptions, type Ablation, type AblationRow } from "./ablation/ablate.js";

export {
  Budget,
  type BudgetJson,
  type Reservation,
  type ReservationRequest,
  type Settlement,
} from "./budget/budget.js";
export type { Amounts, BudgetLimits } from "./budget/budget-limits.js";
export { CallReservation, type CallReservationOptions } from "./budget/call-reservation.js";
export {
  type CallRecord,
  type Checkpoint,
  type CheckpointStore,
  type HistoryRecord,
  type LoadedCheckpoint,
} from "./checkpoint/checkpoint-store.js";
export { directoryCheckpoints } from "./checkpoint/directory-checkpoints.js";
export { memoryCheckpoints } from "./checkpoint/memory-checkpoints.js";
export { decodeFloats, encodeFloats, type EncodedFloats } from "./checkpoint/float-codec.js";

export { onAbort, throwIfAborted } from "./concurrency/abort.js";
export { systemClock, type Clock } from "./concurrency/clock.js";
export { retry, type RetryOptions } from "./concurrency/retry.js";
export { sleep } from "./concurrency/sleep.js";
export { isEvaluating } from "./context/frame.js";
export { callModel, callTool } from "./context/call-model.js";
export type { LeafOptions } from "./context/leaf.js";
export { modelFailure } from "./context/model-failure.js";
export type { UsageTotals } from "./context/usage-meter.js";
export type {
  Booking,
  FinishReason,
  LanguageModel,
  ModelCallOptions,
  ModelChunk,
  ModelRequest,
  ModelResponse,
  ResponseSchema,
  Usage,
} from "./model/language-model.js";
export type {
  AssistantMessage,
  ImagePart,
  JsonSchema,
  ModelMessage,
  SystemMessage,
  TextPart,
  ToolCall,
  ToolDefinition,
  ToolMessage,
  UserMessage,
} from "./model/messages.js";
export { registerModelResolver, resolveModel, type ModelResolver } from "./model/model-registry.js";

export type { ObservedEvent, ObservedOutcome, Observer } from "./plugins/observer.js";
export type { Plugin, PluginHost } from "./plugins/plugin.js";

export { Trace, type TraceEdge, type TraceEdgeKind, type TraceNode } from "./tracing/trace.js";
export type { TraceJson } from "./tracing/trace-json.js";

export { BatchedRng, perCandidate, type BatchedSource } from "./context/batched-rng.js";
export { createRng, type Rng } from "./rng/rng.js";
export { fillNormals, normalAt, normalLayers } from "./rng/normals.js";
export { foldIn, rngKey } from "./rng/rng-key.js";
export { fillBits, type RngKey } from "./rng/threefry.js";
export { meanInterval, type Interval, type MeanInterval } from "./statistics/mean-interval.js";
export { pairedDifference, type PairedDifference } from "./statistics/paired-difference.js";
export { studentTwoSidedQuantile } from "./statistics/student-t.js";

export { currentTensorScope, runWithTensorScope } from "./context/tensor-scope.js";
export {
  registerTensorEngine,
  tensorEngine,
  type BatchLayout,
  type BatchMember,
  type PendingCall,
  type PopulationSession,
  type TensorEngine,
  type TensorScope,
} from "./tensors/tensor-engine.js";
