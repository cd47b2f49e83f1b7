/**
 * What has to be known of a program before whole populations are run at once: that the outcome is that of the plain loop,
 * and how much memory its tensors take. Both are found out once, on a corner of the population.
 *
 * The check is there for the sake of glue code that no dispatch sees.
 */
import { HyperfuncError } from "../errors/hyperfunc-error.js";
import { candidateState, slicePopulation, type Population } from "../parameters/population.js";
import type { TensorEngine } from "../tensors/tensor-engine.js";
import { runCell, type Evaluation } from "./evaluation.js";
import type { MeasuredRun } from "./tensor-memory.js";
import { runBatched } from "./vectorised.js";

const CANDIDATES = 2;
/** Examples of the larger run that memory is learned from. */
const EXAMPLES = 18;

/** @throws NOT_VECTORISABLE when the plain loop gives something else. */
export async function prepareVectorised(
  evaluation: Evaluation,
  population: Population,
  engine: TensorEngine,
): Promise<void> {
  const { batching } = evaluation.host;
  if (batching.verified) return;
  const corner = slicePopulation(population, 0, Math.min(CANDIDATES, population.size));
  await verify(evaluation, corner, engine);
  const { length } = evaluation.examples;
  if (length > 2) {
    const few = await measured(evaluation, corner, engine, 2);
    batching.memory.learn(few, await measured(evaluation, corner, engine, Math.min(EXAMPLES, length)));
  }
  batching.verified = true;
}

/** Runs the corner on the first examples and looks at what is alive before its tensors go. */
async function measured(
  evaluation: Evaluation,
  corner: Population,
  engine: TensorEngine,
  examples: number,
): Promise<MeasuredRun> {
  const part = only(
    evaluation,
    Array.from({ length: examples }, (_, index) => index),
  );
  const before = engine.bytes();
  let bytes = 0;
  await runBatched(part, corner, engine, async (session, output) => {
    await session.outputs(output);
    bytes = engine.bytes() - before;
    return [];
  });
  return { candidates: corner.size, examples, bytes };
}

/** The evaluation on some of its examples, at nobody's expense. */
function only(evaluation: Evaluation, chosen: readonly number[]): Evaluation {
  const { examples, keys } = evaluation;
  return {
    ...evaluation,
    examples: chosen.flatMap((index) => examples[index] ?? []),
    keys: chosen.map((index) => keys[index] ?? index),
    services: { ...evaluation.services, budget: undefined },
    onError: undefined,
  };
}

/** Compares both ways on two examples. @throws NOT_VECTORISABLE when they differ. */
async function verify(evaluation: Evaluation, corner: Population, engine: TensorEngine): Promise<void> {
  const { host, examples } = evaluation;
  const last = examples.length - 1;
  const small = only(evaluation, last === 0 ? [0] : [0, last]);
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
