/** Whole systems of core: every way to evaluate a population gives the same scores, and no tensor stays behind. */
import { beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { hyperSystem, hyperfunction, perExample, type EvaluationMode } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import "../backend/chained-ops.js";
import { useBackend } from "../backend/use-backend.js";
import { LoRAWeight } from "../primitives/lora-weight/lora-weight.js";
import "./tensor-engine.js";
import { uniform } from "../../test/population/random-population.js";

const encode = hyperfunction(
  { name: "encode", hpType: LoRAWeight.create({ outDim: 6, inDim: 4, bias: true }), optimizeHparams: true },
  ({ x }: { x: tf.Tensor }, { hp }) => hp.weight.dot(x).add(hp.bias).tanh(),
);
const classify = hyperfunction(
  { name: "classify", hpType: LoRAWeight.create({ outDim: 3, inDim: 6 }), optimizeHparams: true },
  ({ h }: { h: tf.Tensor }, { hp }) => hp.weight.dot(h).softmax(),
);
const hyperfunctions = [encode, classify];

const metric = perExample(
  async (output: tf.Tensor, expected: number) => (await output.data())[expected] ?? 0,
);
const rounded = (scores: readonly (number | undefined)[]): string[] =>
  scores.map((score) => score?.toFixed(4) ?? "-");

describe.each(["cpu", "wasm"] as const)("a system on %s", (backend) => {
  let before = 0;

  beforeAll(async () => {
    await useBackend(backend);
  });

  beforeEach(() => {
    before = tf.memory().numTensors;
  });

  async function scoresOf(
    run: (inputs: { x: tf.Tensor }) => Promise<tf.Tensor>,
    modes: readonly (EvaluationMode | undefined)[],
  ): Promise<{ mode: EvaluationMode; scores: string[] }[]> {
    const draw = uniform(3);
    const candidates = Array.from({ length: 5 }, () => ({ encode: draw(30), classify: draw(18) }));
    const examples = Array.from({ length: 7 }, (_, index) => ({
      inputs: { x: tf.tensor1d(draw(4)) },
      expected: index % 3,
    }));
    const results: { mode: EvaluationMode; scores: string[] }[] = [];
    for (const mode of modes) {
      const system = hyperSystem({ name: "system", hyperfunctions }, run);
      const { scores, mode: used } = await system.evaluatePopulation(
        candidates,
        examples,
        metric,
        mode && { mode },
      );
      results.push({ mode: used, scores: rounded(scores) });
      expect(tf.memory().numTensors).toBe(before + examples.length);
    }
    tf.dispose(examples.map(({ inputs }) => inputs.x));
    return results;
  }

  it("gives the same scores vectorised, as a wavefront, concurrently and in a loop", async () => {
    const [chosen, ...others] = await scoresOf(
      async ({ x }) => classify({ h: (await encode({ x })).mul(2) }),
      [undefined, "wavefront", "concurrent", "loop"],
    );
    expect(chosen?.mode).toBe("vectorised");
    expect(others.map(({ mode }) => mode)).toEqual(["wavefront", "concurrent", "loop"]);
    for (const { scores } of others) expect(scores).toEqual(chosen?.scores);
  });

  it("becomes a wavefront when its program reads a value", async () => {
    const [chosen, loop] = await scoresOf(
      async ({ x }) => {
        const h = await encode({ x });
        const [first = 0] = await h.data();
        return classify({ h: first > 0 ? h : h.neg() });
      },
      [undefined, "loop"],
    );
    expect(chosen?.mode).toBe("wavefront");
    expect(chosen?.scores).toEqual(loop?.scores);
  });

  it("keeps outputs that are asked for", async () => {
    const system = hyperSystem({ name: "system", hyperfunctions }, async ({ x }: { x: tf.Tensor }) =>
      classify({ h: await encode({ x }) }),
    );
    const examples = [0, 1].map((expected) => ({ inputs: { x: tf.ones([4]) }, expected }));
    const { outputs, score } = await system.evaluateDetailed(examples, metric);
    const values = outputs.map((output) => [...(output as tf.Tensor).dataSync()]);
    expect(values.flat().reduce((sum, value) => sum + value, 0)).toBeCloseTo(2);
    expect(score).toBeCloseTo(((values[0]?.[0] ?? 0) + (values[1]?.[1] ?? 0)) / 2);
    tf.dispose([...examples.map(({ inputs }) => inputs.x), outputs as tf.Tensor[]]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
