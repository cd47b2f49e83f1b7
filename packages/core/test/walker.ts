/** A small optimizer for tests: hill climbing with an adaptive step, over numbers and prompts, its state in JSON. */
import {
  candidateState,
  type Json,
  type LeafBatch,
  type Optimizer,
  type OptimizerAccount,
  type Population,
  type Problem,
  type Rng,
  type TextOverlay,
} from "@hyperfunc/core";

export interface WalkerOptions {
  readonly name?: string;
  readonly steps: number;
  /** Candidates per step; the first is the current point. */
  readonly population?: number;
  /** First step, in natural units. */
  readonly sigma?: number;
  /** Examples per step, drawn anew; default all. */
  readonly batch?: number;
  /** Called before each step, with its number. */
  readonly before?: (step: number, problem: Problem) => void | Promise<void>;
}

interface Walk {
  readonly step: number;
  readonly sigma: number;
  readonly accepted: number;
}

export function walker(options: WalkerOptions): Optimizer {
  const { name = "walker", steps, population = 4, sigma = 0.5, batch, before } = options;
  return {
    name,
    estimate: ({ train }) => ({ runs: steps * population * (batch ?? train.length) }),
    async optimize(problem): Promise<OptimizerAccount> {
      if (problem.leaves.length + problem.prompts.length === 0) return account("finished", 0, 0);
      let walk = (problem.restored ?? { step: 0, sigma, accepted: 0 }) as unknown as Walk;
      let { state } = problem;
      while (walk.step < steps) {
        const stop = problem.stopReason();
        if (stop !== undefined) return account(stop, walk.accepted, walk.step - walk.accepted);
        await before?.(walk.step + 1, problem);
        const rng = problem.rng.fork(walk.step);
        const candidates = around({ ...problem, state }, population, walk.sigma, rng);
        const indices = Array.from({ length: batch ?? 0 }, () => rng.int(0, problem.train.length - 1));
        const { scores } = await problem.evaluate(candidates, batch === undefined ? {} : { indices });
        const best = indexOfBest(scores);
        if (best > 0) state = candidateState(candidates, problem.layouts, best);
        walk = {
          step: walk.step + 1,
          sigma: walk.sigma * (best > 0 ? 1.1 : 0.9),
          accepted: walk.accepted + (best > 0 ? 1 : 0),
        };
        await problem.step({
          step: walk.step,
          steps,
          state,
          optimizerState: { ...walk } satisfies Json,
          scores,
        });
      }
      return account("finished", walk.accepted, steps - walk.accepted);
    },
  };
}

function account(
  stopReason: OptimizerAccount["stopReason"],
  accepted: number,
  rejected: number,
): OptimizerAccount {
  return { stopReason, proposals: { accepted, rejected, failed: 0 } };
}

/** Position of the highest score; the current point, 0, unless another is strictly better. */
function indexOfBest(scores: readonly (number | undefined)[]): number {
  return scores.reduce<number>((best, score, index) => {
    return (score ?? -Infinity) > (scores[best] ?? -Infinity) ? index : best;
  }, 0);
}

function around(
  { leaves, prompts, state }: Pick<Problem, "leaves" | "prompts" | "state">,
  size: number,
  sigma: number,
  rng: Rng,
): Population {
  const batches = new Map<string, LeafBatch>();
  for (const { path, hyperfunction, field, offset, size: length } of leaves) {
    const center = state.values.get(hyperfunction)?.subarray(offset, offset + length) ?? [];
    const values = Float64Array.from({ length: size * length }, (_, index) => {
      const value = center[index % length] ?? 0;
      if (index < length || field.kind === "tensor") return value;
      if (field.kind === "choice") return rng.int(0, field.choices.length - 1);
      return Math.min(field.max, Math.max(field.min, value + sigma * rng.normal()));
    });
    batches.set(path, { kind: "dense", values });
  }
  const texts = Array.from({ length: size }, (_, candidate) => {
    return new Map<string, TextOverlay>(
      prompts.map(({ name }) => {
        const prompt = state.prompts.get(name) ?? "";
        return [name, { prompt: candidate === 0 ? prompt : prompt + rng.choice(["a", "b", "c"]) }];
      }),
    );
  });
  return { size, base: state, leaves: batches, ...(prompts.length === 0 ? {} : { texts }) };
}
