/** The smallest trainable program: one number, one metric. */
import { example, hyperfunction, HyperSystem, LMParam } from "@hyperfunc/core";
import { ESHybridSystemOptimizer } from "@hyperfunc/es";

/** A toy objective: we want hp.temperature to be close to 0.5. */
const scoreAnswer = hyperfunction(
  { name: "scoreAnswer", hpType: LMParam, optimizeHparams: true },
  (_: { x: number }, { hp }) => -Math.abs(hp.temperature - 0.5),
);

class ScoreSystem extends HyperSystem<{ x: number }, number> {
  async run({ x }: { x: number }) {
    return scoreAnswer({ x });
  }
}

const trainData = [example({ x: 0 }, 0)];
const metric = (outputs: number[]) => outputs.reduce((sum, output) => sum + output, 0) / outputs.length;

const system = new ScoreSystem({
  systemOptimizer: new ESHybridSystemOptimizer({ steps: 40, popSize: 20, sigma: 0.1, lr: 0.02 }),
});
console.log("Initial score:", (await system.evaluate(trainData, metric)).toFixed(3));
await system.optimize(trainData, metric);
console.log("Final score:", (await system.evaluate(trainData, metric)).toFixed(3));
