/** Which kernels run, and that everything works without the native ones. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import { example, hyperfunction, hyperSystem, type PopulationInput } from "@hyperfunc/core";
import {
  accuracy,
  backendInfo,
  crossEntropy,
  ESHybridSystemOptimizer,
  LoRAWeight,
  useBackend,
} from "@hyperfunc/es";
import { LOW_RANK_MATMUL, hasLowRankMatMul } from "./low-rank.js";
import { loadedKernels } from "./native-kernels.js";

beforeAll(async () => {
  await useBackend("wasm");
});
afterAll(async () => {
  await useBackend("wasm");
});

/** The running backend with some of its parts replaced. */
function altered(parts: Readonly<Record<string, unknown>>): object {
  const properties = Object.entries(parts).map(([name, value]) => [name, { value }] as const);
  return Object.create(tf.backend(), Object.fromEntries(properties)) as object;
}

describe("native kernels", () => {
  it("are loaded on tfjs-wasm's own memory", () => {
    expect(loadedKernels(tf.backend()).set).toBe(backendInfo().build);
    expect(hasLowRankMatMul()).toBe(true);
  });

  it.each([
    [{ dataIdMap: undefined }, "the backend does not show its tensors"],
    [{ wasm: { HEAPU8: new Uint8Array(8) } }, "the backend does not show its memory"],
    [
      { wasm: { HEAPU8: new Uint8Array(8), asm: { memory: new WebAssembly.Memory({ initial: 1 }) } } },
      "the backend does not compute in the memory that it shows",
    ],
  ])("are not loaded on a backend that lacks what they need", (parts, reason) => {
    expect(loadedKernels(altered(parts))).toEqual({ set: undefined, reason });
  });

  it("are refused by name when there are no such", async () => {
    await expect(useBackend("wasm", { kernels: "fast" as "native" })).rejects.toThrow(
      'There are no "fast" kernels; choose one of native, simd, generic.',
    );
  });

  it("survive that the memory grows under them", () => {
    tf.tidy(() => {
      const x = tf.ones([4, 3]);
      const w = tf.ones([3, 2]);
      const large = Array.from({ length: 8 }, () => tf.zeros([2048, 2048]));
      expect(large).toHaveLength(8);
      expect([...tf.matMul(x, w).dataSync()]).toEqual(Array.from({ length: 8 }, () => 3));
    });
  });
});

const SIDE = 5;
const layer = hyperfunction(
  {
    name: "layer",
    hpType: LoRAWeight.create({ outDim: 3, inDim: SIDE, noiseRank: 2, bias: true }),
    optimizeHparams: true,
  },
  ({ x }: { x: tf.Tensor }, { hp }) =>
    tf.softmax(tf.tanh(tf.matMul(x, hp.weight, false, true).add(hp.bias))).reshape([3]),
);

describe.each(["native", "simd", "generic"] as const)("a system on %s kernels", (kernels) => {
  const data = Array.from({ length: 7 }, (_, index) =>
    example(
      {
        x: tf.tensor2d(
          Float32Array.from({ length: SIDE }, (_v, i) => Math.sin(index + 2 * i)),
          [1, SIDE],
        ),
      },
      index % 3,
    ),
  );
  const system = (steps: number) =>
    hyperSystem(
      {
        name: "system",
        hyperfunctions: [layer],
        systemOptimizer: new ESHybridSystemOptimizer({ steps, popSize: 8, sigma: 0.1, step: "adam" }),
      },
      ({ x }: { x: tf.Tensor }) => layer({ x }),
    );
  const population: PopulationInput = {
    size: 3,
    leaves: new Map([
      [
        "layer.hp.weight",
        {
          kind: "lowRank",
          rank: 2,
          base: Float32Array.from({ length: 3 * SIDE }, (_, i) => Math.cos(i)),
          a: Float32Array.from({ length: 3 * 3 * 2 }, (_, i) => Math.sin(3 * i)),
          b: Float32Array.from({ length: 3 * SIDE * 2 }, (_, i) => Math.cos(5 * i)),
        },
      ],
      [
        "layer.hp.bias",
        { kind: "dense", values: Float32Array.from({ length: 9 }, (_, i) => Math.sin(7 * i)) },
      ],
    ]),
  };

  beforeAll(async () => {
    await useBackend("wasm", { kernels });
  });

  it("says which kernels they are", () => {
    expect(backendInfo().kernels).toBe(kernels === "generic" ? "generic" : "native");
    if (kernels === "simd") expect(backendInfo().build).toBe("simd");
    expect(hasLowRankMatMul()).toBe(kernels !== "generic");
  });

  it("evaluates a population as the plain loop does", async () => {
    const vectorised = await system(1).evaluatePopulation(population, data, crossEntropy);
    const loop = await system(1).evaluatePopulation(population, data, crossEntropy, { mode: "loop" });
    expect(vectorised.mode).toBe("vectorised");
    vectorised.scores.forEach((score, index) => {
      expect(score).toBeCloseTo(loop.scores[index] ?? NaN, 5);
    });
  });

  it("gives the same bits however the population is parted", async () => {
    const whole = await system(1).evaluatePopulation(population, data, crossEntropy);
    const parts = await system(1).evaluatePopulation(population, data, crossEntropy, { chunk: 1 });
    expect(parts.scores).toEqual(whole.scores);
  });

  it("trains, and leaves nothing behind", async () => {
    const before = [tf.memory().numTensors, tf.backend().numDataIds()];
    const { initialScore = 0, finalScore = 0 } = await system(40).optimize(data, accuracy);
    expect(finalScore).toBeGreaterThan(initialScore);
    expect([tf.memory().numTensors, tf.backend().numDataIds()]).toEqual(before);
  });
});

it("the kernel of a perturbed layer refuses to run without native kernels", async () => {
  await useBackend("wasm", { kernels: "generic" });
  const run = tf.getKernel(LOW_RANK_MATMUL, "wasm").kernelFunc;
  const x = tf.ones([1, 1]);
  expect(() =>
    run({ inputs: { x, base: x, rowFactors: x, columnFactors: x }, attrs: {}, backend: tf.backend() }),
  ).toThrow("needs native kernels");
  x.dispose();
});
