/** Large populations in little memory. */
import { beforeAll, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import { example, hyperfunction, hyperSystem, type HyperSystem, type PopulationInput } from "@hyperfunc/core";
import { crossEntropy, LoRAWeight, useBackend } from "@hyperfunc/es";

const WIDTH = 256;
const EXAMPLES = 40;
const CANDIDATES = 200;
const MIB = 2 ** 20;

const layer = hyperfunction(
  { name: "layer", hpType: LoRAWeight.create({ outDim: WIDTH, inDim: 8 }), optimizeHparams: true },
  ({ x }: { x: tf.Tensor }, { hp }) => tf.softmax(tf.relu(tf.matMul(x, hp.weight, false, true))),
);
const data = Array.from({ length: EXAMPLES }, (_, index) =>
  example(
    {
      x: tf.tensor2d(
        Float32Array.from({ length: 8 }, (_v, i) => Math.sin(index + i)),
        [1, 8],
      ),
    },
    index,
  ),
);
const population: PopulationInput = {
  size: CANDIDATES,
  leaves: new Map([
    [
      "layer.hp.weight",
      {
        kind: "lowRank",
        rank: 1,
        base: Float32Array.from({ length: WIDTH * 8 }, (_, i) => Math.cos(i)),
        a: Float32Array.from({ length: CANDIDATES * WIDTH }, (_, i) => Math.sin(3 * i)),
        b: Float32Array.from({ length: CANDIDATES * 8 }, (_, i) => Math.cos(5 * i)),
      },
    ],
  ]),
};

type Layer = HyperSystem<{ x: tf.Tensor }, tf.Tensor>;
const system = (memoryLimitMiB?: number): Layer =>
  hyperSystem(
    { name: "wide", hyperfunctions: [layer], ...(memoryLimitMiB === undefined ? {} : { memoryLimitMiB }) },
    ({ x }: { x: tf.Tensor }) => layer({ x }),
  );

/** The most bytes that tensors took during an evaluation, seen from every kernel call. */
async function peakOf<T>(work: () => Promise<T>): Promise<{ result: T; peak: number }> {
  const engine = tf.engine();
  const run = engine.runKernel.bind(engine);
  const before = tf.memory().numBytes;
  let peak = 0;
  engine.runKernel = ((...call: Parameters<typeof run>) => {
    const output = run(...call);
    peak = Math.max(peak, tf.memory().numBytes - before);
    return output;
  }) as typeof engine.runKernel;
  try {
    return { result: await work(), peak };
  } finally {
    engine.runKernel = run;
  }
}

beforeAll(async () => {
  await useBackend("wasm");
});

describe("the memory of a vectorised run", () => {
  it("stays within the limit, and the scores keep their bits", async () => {
    const free = await peakOf(() => system().evaluatePopulation(population, data, crossEntropy));
    const bound = await peakOf(() => system(4).evaluatePopulation(population, data, crossEntropy));
    expect(free.result.mode).toBe("vectorised");
    expect(bound.result.mode).toBe("vectorised");
    expect(bound.result.scores).toEqual(free.result.scores);
    expect(free.peak).toBeGreaterThan(8 * MIB);
    expect(bound.peak).toBeLessThan(4 * MIB);
  });

  it("is refused before the run when not even one candidate fits, with the numbers", async () => {
    await expect(system(0.1).evaluatePopulation(population, data, crossEntropy)).rejects.toMatchObject({
      code: "MEMORY_LIMIT",
      message: expect.stringMatching(
        /One candidate on 40 examples needs about \d+(\.\d+)? MiB of tensors, and the system may use 0\.10 MiB/,
      ),
    });
  });
});
