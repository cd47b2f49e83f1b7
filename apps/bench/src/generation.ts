/** A whole generation (noise, forward pass, metric, update) beside its forward pass, and what it leaves behind. */
import * as tf from "@tensorflow/tfjs-core";
import { crossEntropy, ESHybridSystemOptimizer } from "@hyperfunc/es";
import { CANDIDATES, EXAMPLES } from "./forward.js";
import { mlp } from "./mlp.js";
import { lowRankPopulation } from "./population.js";
import { timeTogether, timing, type Timing } from "./timing.js";

export interface GenerationRow {
  readonly forward: Timing;
  readonly generation: Timing;
  /** Tensors alive after the optimisation minus before. */
  readonly leakedTensors: number;
}

const STEPS = 40;
/** Generations before the engine has optimised what they run. */
const WARM_UP = 5;

export async function generation(width: number, ms: number): Promise<GenerationRow> {
  const optimizer = new ESHybridSystemOptimizer({
    steps: STEPS,
    popSize: CANDIDATES,
    lr: 0.01,
    step: "adam",
  });
  const { system, data } = mlp(width, EXAMPLES, optimizer);
  const population = lowRankPopulation(width, CANDIDATES, 1);
  const { forward } = await timeTogether(
    { forward: () => system.evaluatePopulation(population, data, crossEntropy, { mode: "vectorised" }) },
    ms,
  );
  const before = tf.memory().numTensors;
  const milliseconds: number[] = [];
  let last = 0;
  await system.optimize(data, crossEntropy, {
    onProgress: ({ elapsedMs }) => {
      milliseconds.push(elapsedMs - last);
      last = elapsedMs;
    },
  });
  return {
    forward,
    generation: timing(milliseconds.slice(WARM_UP)),
    leakedTensors: tf.memory().numTensors - before,
  };
}
