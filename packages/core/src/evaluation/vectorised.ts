/**
 * The vectorised run: the program is executed once, with batched tensors, for all candidates and examples.
 *
 * It applies to programs that touch only tensors between input and output. Whether the result can be trusted is checked
 * once per system against the plain loop on a corner of the population, for the sake of glue code that no dispatch sees.
 */
import { Frame, type Run } from "../context/frame.js";
import { HyperfuncError } from "../errors/hyperfunc-error.js";
import { abortError } from "../concurrency/abort.js";
import { candidateState, slicePopulation, type Population } from "../parameters/population.js";
import type { TensorEngine } from "../tensors/tensor-engine.js";
import { batchedDraws } from "./batched-draws.js";
import { layoutsOf, runCell, startRun, type Cell, type Evaluation } from "./evaluation.js";
import { scoreCandidate, type CandidateScore } from "./score.js";
import { SessionParameters } from "./session-parameters.js";

export async function evaluateVectorised(
  evaluation: Evaluation,
  population: Population,
  engine: TensorEngine,
): Promise<CandidateScore[]> {
  if (!evaluation.host.batching.verified) {
    await verify(evaluation, population, engine);
    evaluation.host.batching.verified = true;
  }
  const { examples, services, scoring, keepOutputs } = evaluation;
  services.budget
    ?.reserve({ runs: population.size * examples.length })
    .settle({ runs: population.size * examples.length });
  return runBatched(evaluation, population, engine, async (session, output) => {
    if (!keepOutputs) {
      const expected = examples.map((entry) => entry.expected);
      const scores = await session.score(output, scoring.metric, expected);
      if (scores !== undefined)
        return scores.map((own, candidate) => fromBatchedScores(own, candidate, examples.length));
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

/** `own` holds a score per example, or one for all of them. */
function fromBatchedScores(own: Float64Array, candidate: number, examples: number): CandidateScore {
  let sum = 0;
  const each: number[] = [];
  for (let index = 0; index < own.length; index++) {
    const value = own[index] ?? NaN;
    sum += value;
    each.push(value);
  }
  const score = sum / own.length;
  const scores = own.length === examples ? each : undefined;
  const empty = { scores: undefined, outputs: undefined };
  if (Number.isFinite(score)) return { ...empty, scores, score, missing: false, failures: [] };
  const error = new HyperfuncError(
    "INVALID_METRIC",
    `The metric returned ${score}; guard logarithms and divisions.`,
  );
  const failure = { candidate, example: undefined, kind: "metric" as const, message: error.message, error };
  return { ...empty, score: undefined, missing: true, failures: [failure] };
}

async function runBatched(
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

/** Compares both ways on at most two candidates and two examples. @throws NOT_VECTORISABLE when they differ. */
async function verify(evaluation: Evaluation, population: Population, engine: TensorEngine): Promise<void> {
  const { host, examples, keys } = evaluation;
  const corner = slicePopulation(population, 0, Math.min(2, population.size));
  const last = examples.length - 1;
  const chosen = last === 0 ? [0] : [0, last];
  const small: Evaluation = {
    ...evaluation,
    examples: chosen.flatMap((index) => examples[index] ?? []),
    keys: chosen.map((index) => keys[index] ?? index),
    services: { ...evaluation.services, budget: undefined },
    onError: undefined,
  };
  const scope = engine.openScope(undefined);
  try {
    await runBatched(small, corner, engine, async (session, output) => {
      const rows = await session.outputs(output);
      for (const [candidate, row] of rows.entries()) {
        const source = host.parametersOf(candidateState(corner, host.layouts, candidate), scope);
        for (const [example, vectorised] of row.entries()) {
          const plain = await runCell(small, { candidate, example, source, scope });
          if (plain.kind === "output" && (await engine.agrees(vectorised, plain.output))) continue;
          throw new HyperfuncError(
            "NOT_VECTORISABLE",
            plain.kind === "output"
              ? "The vectorised run gives other results than the plain loop: code between the calls depends on values or on state outside the run."
              : `The program fails on its own, so the vectorised run cannot be checked: ${String(plain.error)}`,
          );
        }
      }
      return [];
    });
  } finally {
    scope.close();
  }
}
