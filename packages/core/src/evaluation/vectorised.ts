/**
 * The vectorised run: the program is executed once, with batched tensors, for all candidates and examples.
 *
 * It applies to programs that touch only tensors between input and output, once prepare-vectorised.ts has found that the
 * result can be trusted.
 */
import { Frame, type Run } from "../context/frame.js";
import { abortError } from "../concurrency/abort.js";
import type { Population } from "../parameters/population.js";
import type { TensorEngine } from "../tensors/tensor-engine.js";
import { BatchedScore } from "./batched-score.js";
import { batchedDraws } from "./batched-draws.js";
import { layoutsOf, startRun, type Cell, type Evaluation } from "./evaluation.js";
import { scoreCandidate, type CandidateScore } from "./score.js";
import { SessionParameters } from "./session-parameters.js";

export async function evaluateVectorised(
  evaluation: Evaluation,
  population: Population,
  engine: TensorEngine,
): Promise<CandidateScore[]> {
  const { examples, services, scoring, keepOutputs } = evaluation;
  services.budget
    ?.reserve({ runs: population.size * examples.length })
    .settle({ runs: population.size * examples.length });
  return runBatched(evaluation, population, engine, async (session, output) => {
    if (!keepOutputs) {
      const expected = examples.map((entry) => entry.expected);
      const scores = await session.score(output, scoring.metric, expected);
      if (scores !== undefined)
        return scores.map((own, candidate) => new BatchedScore(own, candidate, examples.length));
    }
    const rows = await session.outputs(output);
    const results: CandidateScore[] = [];
    for (const [candidate, row] of rows.entries()) {
      const cells = row.map((cell): Cell => ({ kind: "output", output: cell }));
      results.push(await scoreCandidate(evaluation, candidate, cells));
    }
    return results;
  });
}

/** Runs the program once for all; `read` gets the output while its tensors are alive. */
export async function runBatched(
  evaluation: Evaluation,
  population: Population,
  engine: TensorEngine,
  read: (session: ReturnType<TensorEngine["openPopulation"]>, output: unknown) => Promise<CandidateScore[]>,
): Promise<CandidateScore[]> {
  const { host, examples, services, signal, keepOutputs } = evaluation;
  if (signal?.aborted === true) throw abortError(signal);
  const scope = engine.openScope(undefined);
  let kept: unknown;
  const layouts = layoutsOf(host, population);
  const session = engine.openPopulation(
    population,
    layouts,
    examples.map((entry) => entry.inputs),
  );
  try {
    const run: Run = {
      program: host,
      services,
      source: new SessionParameters(session, host.parametersOf(population.base, scope), layouts),
      candidate: 0,
      exampleKey: 0,
      recorder: undefined,
      tensorScope: scope,
      join: undefined,
      callCounts: new Map(),
      batched: true,
      ...(session.layout && { drawsOf: batchedDraws(evaluation, session.layout.bind(session)) }),
    };
    const frame = new Frame(run, undefined, undefined, signal, undefined, scope);
    const inputs = session.batchedInputs();
    const members = population.size * examples.length;
    const output = await startRun({
      name: host.name,
      frame,
      inputs,
      members,
      body: () => host.runExample(inputs),
    });
    const scores = await read(session, output);
    if (keepOutputs) kept = scores.map((score) => score.outputs);
    return scores;
  } finally {
    session.close();
    scope.close(kept);
  }
}
