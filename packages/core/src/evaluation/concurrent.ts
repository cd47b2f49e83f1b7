/** Many runs at once, each its own async flow: the way for programs that wait for models, tools and other I/O. */
import { candidateState, type Population } from "../parameters/population.js";
import { tensorEngine } from "../tensors/tensor-engine.js";
import { allOrFirstError } from "./all-or-first-error.js";
import { runCell, type Cell, type Evaluation } from "./evaluation.js";
import { scoreCandidate, type CandidateScore } from "./score.js";

/** Runs alive at the same time; bounds memory, not I/O, which is limited at the leaves. */
const MAX_LIVE_RUNS = 4096;

export async function evaluateConcurrently(
  evaluation: Evaluation,
  population: Population,
): Promise<CandidateScore[]> {
  const candidates = Math.max(1, Math.floor(MAX_LIVE_RUNS / evaluation.examples.length));
  const scores: CandidateScore[] = [];
  for (let from = 0; from < population.size; from += candidates) {
    const to = Math.min(from + candidates, population.size);
    const indices = Array.from({ length: to - from }, (_, offset) => from + offset);
    scores.push(
      ...(await allOrFirstError(
        indices.map((candidate) => evaluateCandidate(evaluation, population, candidate)),
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
      const runs = Array.from({ length: count }, (_, offset) =>
        runCell(evaluation, { candidate, example: from + offset, source, scope }),
      );
      cells.push(...(await allOrFirstError(runs)));
    }
    const score = await scoreCandidate(evaluation, candidate, cells);
    if (keepOutputs) kept = score.outputs;
    return score;
  } finally {
    scope?.close(kept);
  }
}
