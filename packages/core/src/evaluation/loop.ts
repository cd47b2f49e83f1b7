/**
 * The plain loop: for every candidate, for every example, one run.
 *
 * It is the meaning of population evaluation. Every faster way is tested against it.
 */
import { candidateState, type Population } from "../parameters/population.js";
import { tensorEngine } from "../tensors/tensor-engine.js";
import { runCell, type Cell, type Evaluation } from "./evaluation.js";
import { scoreCandidate, type CandidateScore } from "./score.js";

export async function evaluateLoop(
  evaluation: Evaluation,
  population: Population,
): Promise<CandidateScore[]> {
  const { host, examples, keepOutputs } = evaluation;
  const scores: CandidateScore[] = [];
  for (let candidate = 0; candidate < population.size; candidate++) {
    const scope = tensorEngine()?.openScope(undefined);
    let kept: unknown;
    try {
      const source = host.parametersOf(candidateState(population, host.layouts, candidate), scope);
      const cells: Cell[] = [];
      for (let example = 0; example < examples.length; example++) {
        cells.push(await runCell(evaluation, { candidate, example, source, scope }));
      }
      const score = await scoreCandidate(evaluation, candidate, cells);
      scores.push(score);
      if (keepOutputs) kept = score.outputs;
    } finally {
      scope?.close(kept);
    }
  }
  return scores;
}
