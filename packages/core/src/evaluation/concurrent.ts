/** Many runs at once, each its own async flow: the way for programs that wait for models, tools and other I/O. */
import { candidateState, type Population } from "../parameters/population.js";
import { tensorEngine } from "../tensors/tensor-engine.js";
import { startAll } from "./all-or-first-error.js";
import { runCell, type Cell, type Evaluation } from "./evaluation.js";
import { scoreCandidate, type CandidateScore } from "./score.js";

/** Runs alive at the same time; bounds memory, not I/O, which is limited at the leaves. */
const MAX_LIVE_RUNS = 4096;
/** Runs started in one turn of the event loop, so that answers to the first need not wait until the last is started. */
const RUNS_AT_ONCE = 256;

export async function evaluateConcurrently(
  evaluation: Evaluation,
  population: Population,
): Promise<CandidateScore[]> {
  const candidatesWithin = (runs: number): number =>
    Math.max(1, Math.floor(runs / evaluation.examples.length));
  const candidates = candidatesWithin(MAX_LIVE_RUNS);
  const scores: CandidateScore[] = [];
  for (let from = 0; from < population.size; from += candidates) {
    const to = Math.min(from + candidates, population.size);
    scores.push(
      ...(await startAll(
        to - from,
        candidatesWithin(RUNS_AT_ONCE),
        () => pause(evaluation),
        (offset) => evaluateCandidate(evaluation, population, from + offset),
      )),
    );
  }
  return scores;
}

async function evaluateCandidate(
  evaluation: Evaluation,
  population: Population,
  candidate: number,
): Promise<CandidateScore> {
  const { host, examples, keepOutputs } = evaluation;
  const scope = tensorEngine()?.openScope(undefined);
  let kept: unknown;
  try {
    const source = host.parametersOf(candidateState(population, host.layouts, candidate), scope);
    const cells: Cell[] = [];
    for (let from = 0; from < examples.length; from += MAX_LIVE_RUNS) {
      const count = Math.min(MAX_LIVE_RUNS, examples.length - from);
      const runs = await startAll(
        count,
        RUNS_AT_ONCE,
        () => pause(evaluation),
        (offset) => runCell(evaluation, { candidate, example: from + offset, source, scope }),
      );
      cells.push(...runs);
    }
    const score = await scoreCandidate(evaluation, candidate, cells);
    if (keepOutputs) kept = score.outputs;
    return score;
  } finally {
    scope?.close(kept);
  }
}

/** While many calls wait for a slot, further runs could only queue up behind them, and take memory. */
async function pause({ services }: Evaluation): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await services.leaves.short();
}
