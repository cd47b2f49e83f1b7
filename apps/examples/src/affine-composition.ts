/** Two 2 × 2 matrices in a row learn to turn by 45° and double, from fifty examples of the result alone. */
import * as tf from "@tensorflow/tfjs-core";
import { createRng, example, hyperfunction, hyperSystem } from "@hyperfunc/core";
import { ESHybridSystemOptimizer, LoRAWeight, meanSquaredError } from "@hyperfunc/es";

const Matrix = LoRAWeight.create({ outDim: 2, inDim: 2, noiseRank: 2 });
const [first, second] = ["first", "second"].map((name) =>
  hyperfunction({ name, hpType: Matrix, optimizeHparams: true }, ({ x }: { x: tf.Tensor }, { hp }) =>
    tf.matMul(x, hp.weight, false, true),
  ),
);
if (first === undefined || second === undefined) throw new Error("two layers expected");

const rng = createRng(0, "points");
const data = Array.from({ length: 50 }, () => {
  const [x, y] = [rng.normal(), rng.normal()];
  const r = Math.SQRT2;
  return example({ x: tf.tensor2d([[x, y]]) }, tf.tensor2d([[r * x - r * y, r * x + r * y]]));
});

const system = hyperSystem(
  {
    name: "affine",
    systemOptimizer: new ESHybridSystemOptimizer({
      steps: 200,
      popSize: 64,
      sigma: 0.05,
      lr: 0.03,
      step: "adam",
    }),
  },
  async ({ x }: { x: tf.Tensor }) => second({ x: await first({ x }) }),
);
const { initialScore = NaN, finalScore = NaN, mode } = await system.optimize(data, meanSquaredError);
console.log(`mean squared error ${(-initialScore).toFixed(3)} -> ${(-finalScore).toFixed(5)} (${mode})`);
if (-finalScore > 0.01) process.exitCode = 1;
