/** XOR: one linear layer cannot, two composed layers can. Trained from four examples without backpropagation. */
import * as tf from "@tensorflow/tfjs-core";
import { example, hyperfunction, HyperSystem, type HyperSystemOptions } from "@hyperfunc/core";
import { binaryCrossEntropy, ESHybridSystemOptimizer, LoRAWeight } from "@hyperfunc/es";

const hidden = hyperfunction(
  {
    name: "hidden",
    hpType: LoRAWeight.create({ outDim: 4, inDim: 2, noiseRank: 2, bias: true, initStd: 1 }),
    optimizeHparams: true,
  },
  ({ x }: { x: tf.Tensor }, { hp }) => tf.tanh(tf.matMul(x, hp.weight, false, true).add(hp.bias)),
);
const output = hyperfunction(
  {
    name: "output",
    hpType: LoRAWeight.create({ outDim: 1, inDim: 4, noiseRank: 1, bias: true }),
    optimizeHparams: true,
  },
  ({ x }: { x: tf.Tensor }, { hp }) =>
    tf.sigmoid(tf.matMul(x, hp.weight, false, true).add(hp.bias)).reshape([]),
);

class XorSystem extends HyperSystem<{ x: tf.Tensor }, tf.Tensor> {
  async run({ x }: { x: tf.Tensor }) {
    return output({ x: await hidden({ x }) });
  }
}

const data = [
  [0, 0, 0],
  [0, 1, 1],
  [1, 0, 1],
  [1, 1, 0],
].map(([a = 0, b = 0, xor = 0]) => example({ x: tf.tensor2d([[a, b]]) }, xor));

function xorSystem(options: HyperSystemOptions): XorSystem {
  return new XorSystem({
    ...options,
    hyperfunctions: [hidden, output],
    systemOptimizer: new ESHybridSystemOptimizer({
      steps: 300,
      popSize: 64,
      sigma: 0.3,
      lr: 0.1,
      step: "adam",
    }),
  });
}

const seeds = Number(process.argv[2] ?? 1);
let solved = 0;
for (let seed = 0; seed < seeds; seed++) {
  const system = xorSystem({ seed });
  const { initialScore, finalScore, mode } = await system.optimize(data, binaryCrossEntropy);
  const answers: string[] = [];
  for (const { inputs } of data)
    answers.push(((await (await system.run(inputs)).data())[0] ?? NaN).toFixed(2));
  const right = answers.every((answer, index) => Math.round(Number(answer)) === data[index]?.expected);
  solved += Number(right);
  console.log(
    `seed ${seed}: ${initialScore?.toFixed(3)} -> ${finalScore?.toFixed(3)} (${mode}), XOR of 00 01 10 11: ${answers.join(" ")}`,
  );
}
console.log(`solved ${solved} of ${seeds}`);
if (solved < seeds) process.exitCode = 1;
