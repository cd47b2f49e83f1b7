/**
 * A part of a population, evaluated so that it can be put together with the parts of other threads.
 *
 * A share keeps to one way of evaluation and gives up where the outcome would depend on members outside it.
 */
import { HyperfuncError, isHyperfuncError } from "../errors/hyperfunc-error.js";
import { chunkSize } from "../evaluation/chunking.js";
import type { EvaluationMode } from "../evaluation/evaluate-population.js";
import type { Evaluation } from "../evaluation/evaluation.js";
import { prepareVectorised } from "../evaluation/prepare-vectorised.js";
import { renumbered, type CandidateScore, type Failure } from "../evaluation/score.js";
import { evaluateVectorised } from "../evaluation/vectorised.js";
import { evaluateWavefront } from "../evaluation/wavefront.js";
import { slicePopulation, type Population } from "../parameters/population.js";
import { tensorEngine } from "../tensors/tensor-engine.js";
import { RunsOnly } from "./runs-only.js";

/** The ways of evaluation that keep a processor busy, so that another one helps. */
export type SharedMode = Extract<EvaluationMode, "vectorised" | "wavefront">;

/** Which candidates, `from` included, `to` excluded, and how. */
export interface Share {
  readonly from: number;
  readonly to: number;
  readonly mode: SharedMode;
}

export interface ShareScores {
  /** One per candidate of the share; undefined where the infrastructure failed. */
  readonly scores: readonly (number | undefined)[];
  /** Candidates are numbered within the whole population. */
  readonly failures: readonly Failure[];
  /** Why the share cannot be counted and the whole population has to be evaluated in one thread. */
  readonly obstacle?: string;
}

export async function evaluateShare(
  evaluation: Evaluation,
  population: Population,
  { from, to, mode }: Share,
): Promise<ShareScores> {
  const engine = tensorEngine();
  await engine?.ready();
  if (engine === undefined) {
    throw new HyperfuncError("NO_TENSOR_ENGINE", "A share needs a tensor package; import @hyperfunc/es.");
  }
  const budget = new RunsOnly();
  const evaluate = mode === "vectorised" ? evaluateVectorised : evaluateWavefront;
  const candidates: CandidateScore[] = [];
  try {
    if (mode === "vectorised") await prepareVectorised(evaluation, population, engine);
    const chunk = chunkSize(mode, evaluation, to - from);
    for (let first = from; first < to; first += chunk) {
      const part = slicePopulation(population, first, Math.min(first + chunk, to));
      const services = { ...evaluation.services, budget };
      const scored = await evaluate({ ...evaluation, services, candidateOffset: first }, part, engine);
      for (const score of scored) candidates.push(renumbered(score, first));
    }
  } catch (error) {
    const obstacle = obstacleIn(error, budget, mode);
    if (obstacle === undefined) throw error;
    return { scores: [], failures: [], obstacle };
  }
  const failures = candidates.flatMap((candidate) => candidate.failures);
  const failed = failures.find(({ kind }) => kind === "program");
  const obstacle = budget.refused
    ? CALLS
    : failed && `a run of the program failed, and is ranked below all members: ${failed.message}`;
  return {
    scores: candidates.map(({ score }) => score),
    failures,
    ...(obstacle === undefined ? {} : { obstacle }),
  };
}

const CALLS = "the program calls models or tools";

function obstacleIn(error: unknown, budget: RunsOnly, mode: SharedMode): string | undefined {
  if (budget.refused) return CALLS;
  if (isHyperfuncError(error, "NOT_VECTORISABLE")) return error.message;
  // In one thread, a failed vectorised run is tried in the wavefront.
  if (mode === "vectorised" && !isHyperfuncError(error)) return String(error);
  return undefined;
}
