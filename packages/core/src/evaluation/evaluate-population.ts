/** Chooses the fastest way that applies, in chunks of candidates, and says why faster ones were refused. */
import { HyperfuncError, invalidArgument, isHyperfuncError } from "../errors/hyperfunc-error.js";
import { slicePopulation, type Population } from "../parameters/population.js";
import { tensorEngine, type TensorEngine } from "../tensors/tensor-engine.js";
import { chunkSize } from "./chunking.js";
import { evaluateConcurrently } from "./concurrent.js";
import { isFatal, type Evaluation } from "./evaluation.js";
import { evaluateLoop } from "./loop.js";
import { renumbered, settleFailures, type CandidateScore } from "./score.js";
import { settleOnAbort } from "./settle-on-abort.js";
import { evaluateVectorised } from "./vectorised.js";
import { prepareVectorised } from "./prepare-vectorised.js";
import { evaluateWavefront } from "./wavefront.js";

/** How candidates × examples are executed, from fastest to plainest. */
export type EvaluationMode = "vectorised" | "wavefront" | "concurrent" | "loop";

const MODES: readonly EvaluationMode[] = ["vectorised", "wavefront", "concurrent", "loop"];

export interface PopulationOptions {
  /** Forces a way; one that does not apply is then an error. Default: the fastest that applies. */
  readonly mode?: EvaluationMode;
  /**
   * Candidates evaluated at the same time. Default: as many as keep candidates × examples at 65,536, in the wavefront at
   * 2,048 where that leaves 8, and the tensors of a vectorised run within the system's `memoryLimitMiB`.
   */
  readonly chunk?: number;
}

export interface PopulationResult {
  readonly candidates: readonly CandidateScore[];
  readonly mode: EvaluationMode;
  /** Why a faster way was refused, by way. */
  readonly reasons: Readonly<Partial<Record<EvaluationMode, string>>>;
}

export function evaluatePopulation(
  evaluation: Evaluation,
  population: Population,
  options: PopulationOptions = {},
): Promise<PopulationResult> {
  return settleOnAbort(inFastestMode(evaluation, population, options), evaluation.signal);
}

async function inFastestMode(
  evaluation: Evaluation,
  population: Population,
  options: PopulationOptions,
): Promise<PopulationResult> {
  checkPopulationOptions(options);
  const engine = tensorEngine();
  await engine?.ready();
  const reasons: Partial<Record<EvaluationMode, string>> = {};
  const modes = options.mode === undefined ? MODES.slice(0, 3) : [options.mode];
  for (const mode of modes) {
    const obstacle = obstacleTo(mode, evaluation, population, engine);
    if (obstacle !== undefined) {
      reasons[mode] = obstacle;
      continue;
    }
    try {
      return {
        candidates: await inChunks(mode, evaluation, population, engine, options.chunk),
        mode,
        reasons,
      };
    } catch (error) {
      if (!mayFallBack(mode, error)) throw error;
      reasons[mode] = error instanceof Error ? error.message : String(error);
      if (isHyperfuncError(error, "NOT_VECTORISABLE"))
        evaluation.host.batching.refusals.set(mode, error.message);
    }
  }
  const why = Object.entries(reasons).map(([mode, reason]) => `${mode}: ${reason}`);
  throw new HyperfuncError(
    "NOT_VECTORISABLE",
    `The population cannot be evaluated as asked. ${why.join(" ")}`,
  );
}

/** @throws INVALID_ARGUMENT */
export function checkPopulationOptions({ mode, chunk }: PopulationOptions): void {
  if (mode !== undefined && !MODES.includes(mode)) {
    throw invalidArgument(`mode must be one of ${MODES.join(", ")}, got ${String(mode)}.`);
  }
  if (chunk !== undefined && !(Number.isInteger(chunk) && chunk > 0)) {
    throw invalidArgument(`chunk must be a positive whole number of candidates, got ${chunk}.`);
  }
}

/** A failed vectorised run may be the vectorisation's fault: the next way finds out. */
function mayFallBack(mode: EvaluationMode, error: unknown): boolean {
  if (isHyperfuncError(error, "NOT_VECTORISABLE")) return mode === "vectorised" || mode === "wavefront";
  const ownError =
    isHyperfuncError(error) &&
    (isFatal(error) || error.code === "ABORTED" || error.code === "INVALID_METRIC");
  return mode === "vectorised" && !ownError;
}

function obstacleTo(
  mode: EvaluationMode,
  { host }: Evaluation,
  population: Population,
  engine: TensorEngine | undefined,
): string | undefined {
  if (mode === "concurrent" || mode === "loop") return undefined;
  if (engine === undefined) return "no tensor package is loaded";
  if (population.texts !== undefined) return "candidates differ in prompts or demonstrations";
  const whole = mode === "vectorised" ? host.batching.wholeRunObstacle() : undefined;
  return host.batching.refusals.get(mode) ?? host.batching.batchObstacle() ?? whole;
}

async function inChunks(
  mode: EvaluationMode,
  evaluation: Evaluation,
  population: Population,
  engine: TensorEngine | undefined,
  chunk?: number,
): Promise<readonly CandidateScore[]> {
  if (mode === "vectorised" && engine !== undefined) await prepareVectorised(evaluation, population, engine);
  const size = chunk ?? chunkSize(mode, evaluation, population.size);
  const scores: CandidateScore[] = [];
  for (let from = 0; from < population.size; from += size) {
    const part = slicePopulation(population, from, Math.min(from + size, population.size));
    const evaluated = await evaluateChunk(mode, { ...evaluation, candidateOffset: from }, part, engine);
    for (const score of evaluated) scores.push(renumbered(score, from));
  }
  return settleFailures(scores);
}

function evaluateChunk(
  mode: EvaluationMode,
  evaluation: Evaluation,
  population: Population,
  engine: TensorEngine | undefined,
): Promise<CandidateScore[]> {
  if (mode === "vectorised" && engine !== undefined)
    return evaluateVectorised(evaluation, population, engine);
  if (mode === "wavefront" && engine !== undefined) return evaluateWavefront(evaluation, population, engine);
  return mode === "loop"
    ? evaluateLoop(evaluation, population)
    : evaluateConcurrently(evaluation, population);
}
