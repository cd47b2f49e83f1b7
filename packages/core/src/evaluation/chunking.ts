/** How many candidates are evaluated at the same time. */
import type { Evaluation } from "./evaluation.js";
import type { EvaluationMode } from "./evaluate-population.js";

/** Runs of a chunk, where memory allows it. */
const MOST_RUNS = 65_536;
/** In the wavefront every run keeps its own state; with more of them the garbage collector has most of the work … */
const WAVEFRONT_RUNS = 2048;
/** … but fewer candidates than this share too little of what is computed once for all of them. */
const WAVEFRONT_CANDIDATES = 8;

/** Candidates per chunk of `candidates`, about as many in each. @throws MEMORY_LIMIT when not even one may run. */
export function chunkSize(
  mode: EvaluationMode,
  { host, examples }: Pick<Evaluation, "host" | "examples">,
  candidates: number,
): number {
  const within = (runs: number): number => Math.floor(runs / examples.length);
  const wavefront = Math.max(WAVEFRONT_CANDIDATES, within(WAVEFRONT_RUNS));
  const fit = mode === "vectorised" ? host.batching.memory.candidatesWithin(examples.length) : Infinity;
  const most = Math.min(fit, within(MOST_RUNS), mode === "wavefront" ? wavefront : Infinity);
  return Math.ceil(candidates / Math.ceil(candidates / Math.max(1, most)));
}
