/** Scorers, judges, datasets, statistics and gates. */
export {
  ClassificationAccuracy,
  type ClassificationAccuracyOptions,
} from "./scorers/classification-accuracy.js";
export {
  CompositeScorer,
  type CompositeScorerOptions,
  type IndividualScore,
  type WeightedScorer,
} from "./scorers/composite-scorer.js";
export { ContainsMatch, type ContainsMatchOptions } from "./scorers/contains-match.js";
export { ExactMatch, type ExactMatchOptions } from "./scorers/exact-match.js";
export { F1, type F1Options } from "./scorers/f1.js";
export type { JsonDifference } from "./scorers/json-difference.js";
export { JsonMatch, type JsonMatchOptions } from "./scorers/json-match.js";
export { Levenshtein, type LevenshteinOptions } from "./scorers/levenshtein.js";
export { NumericDistance, type NumericDistanceOptions } from "./scorers/numeric-distance.js";
export { RegexMatch, type RegexMatchOptions } from "./scorers/regex-match.js";

export type { JudgedOutput, JudgeOptions } from "./judges/judge-options.js";
export { LLMJudge, type LLMJudgeOptions } from "./judges/llm-judge.js";
export {
  MultiCriteriaJudge,
  type Criterion,
  type MultiCriteriaJudgeOptions,
} from "./judges/multi-criteria-judge.js";
export {
  PairwiseJudge,
  type Pair,
  type PairResult,
  type PairwiseJudgeOptions,
} from "./judges/pairwise-judge.js";
export {
  CodeCorrectnessJudge,
  ConversationJudge,
  FactualAccuracyJudge,
  InstructionFollowingJudge,
  SummarizationJudge,
} from "./judges/preset-judges.js";
export type { Scale } from "./judges/scale.js";

export { compare, type Change, type CompareOptions, type Comparison } from "./evaluate/compare.js";
export { evaluateScorer, type EvaluateScorerOptions } from "./evaluate/evaluate-scorer.js";
export type { EvaluationReport, Row, ScoredRow } from "./evaluate/evaluation-report.js";
export type { ScoreRowsOptions } from "./evaluate/score-rows.js";

export { loadBaseline, saveBaseline, type Reports } from "./gate/baseline-file.js";
export { EvalGate, type EvalGateOptions, type GateResult } from "./gate/eval-gate.js";
export type { ScoreVerdict } from "./gate/verdict.js";

export { assertDisjoint } from "./dataset/assert-disjoint.js";
export type { Cells, ColumnNames, CsvColumns, CsvParse } from "./dataset/csv.js";
export { Dataset } from "./dataset/dataset.js";
export type { DatasetExample, DatasetRecord } from "./dataset/dataset-example.js";
export type { Duplicates } from "./dataset/example-collector.js";
export type { SplitOrigin } from "./dataset/facts.js";
export type { JsonlFields, JsonlParse } from "./dataset/jsonl.js";
export type { DatasetOptions } from "./dataset/read-options.js";
export type { SplitOptions } from "./dataset/split.js";

export { cohenKappa, correctedRate, type Agreement, type JudgeAccuracy } from "./statistics/agreement.js";
export {
  bootstrapInterval,
  type BootstrapInterval,
  type BootstrapOptions,
} from "./statistics/bootstrap-interval.js";
export { clusteredInterval, type ClusteredInterval } from "./statistics/clustered-interval.js";
export { mcNemar, type McNemar } from "./statistics/mcnemar.js";
export {
  minimumDetectableDifference,
  sampleSizeFor,
  type PowerOptions,
} from "./statistics/minimum-detectable-difference.js";
export {
  pairedPermutation,
  type PairedPermutation,
  type PermutationOptions,
} from "./statistics/paired-permutation.js";
export { passAtK, passHatK } from "./statistics/pass-at-k.js";
export { wilsonInterval, type WilsonInterval } from "./statistics/wilson-interval.js";
