/** Random tensors inside systems: every way of evaluation draws what the plain loop draws, bit for bit. */
import { beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import {
  createRng,
  example,
  hyperfunction,
  hyperSystem,
  perCandidate,
  perExample,
  type EvaluationMode,
  type Rng,
} from "@hyperfunc/core";
import { dropout, LoRAWeight, randomNormal, randomUniform, useBackend, vmap } from "@hyperfunc/es";

const WIDTH = 3;
const CANDIDATES = 3;
const OTHERS: readonly EvaluationMode[] = ["vectorised", "wavefront", "concurrent"];

type Inputs = Record<"x", tf.Tensor>;
type Draw = (x: tf.Tensor, rng: Rng) => tf.Tensor;
type Drawing = (inputs: Inputs) => Promise<tf.Tensor>;

const hpType = LoRAWeight.create({ outDim: 1, inDim: 1 });

/** How often a body was executed; less than once per run when runs were executed together. */
let bodies = 0;

/** Gives its draws, and behind them the candidate's only weight, which tells candidates apart. */
function drawing(name: string, draw: Draw) {
  return hyperfunction({ name, hpType, optimizeHparams: true }, ({ x }: Inputs, { hp, rng }) => {
    bodies++;
    return tf.concat([draw(x, rng).reshape([-1]), hp.weight.reshape([1])]);
  });
}

describe.each(["cpu", "wasm"] as const)("random tensors on %s", (backend) => {
  let before = 0;

  beforeAll(async () => {
    await useBackend(backend);
  });

  beforeEach(() => {
    before = tf.memory().numTensors;
    bodies = 0;
  });

  interface Setting {
    readonly hyperfunctions: readonly ReturnType<typeof drawing>[];
    readonly run: Drawing;
    readonly mode?: EvaluationMode;
    readonly seed?: number;
    readonly chunk?: number;
  }

  /** Draws by candidate and example, with every bit; the system has to run in the mode that was asked for. */
  async function drawsOf(setting: Setting): Promise<Map<string, string>> {
    const { hyperfunctions, run, mode = "loop", seed = 0, chunk } = setting;
    const examples = [0, 1, 2, 3].map((index) =>
      example({ x: tf.fill([WIDTH], index + 1) }, index, index === 1 ? "named" : undefined),
    );
    const candidates = Array.from({ length: CANDIDATES }, (_, index) =>
      Object.fromEntries(hyperfunctions.map(({ name }) => [name, [index]])),
    );
    const draws = new Map<string, string>();
    const metric = perExample((output: tf.Tensor, expected: number) => {
      const values = [...output.dataSync()];
      draws.set(`candidate ${values.pop()}, example ${expected}`, values.join());
      return 0;
    });
    const system = hyperSystem({ name: "draws", hyperfunctions, seed }, run);
    const result = await system.evaluatePopulation(candidates, examples, metric, {
      mode,
      ...(chunk !== undefined && { chunk }),
    });
    expect(result.mode).toBe(mode);
    tf.dispose(examples.map(({ inputs }) => inputs.x));
    expect(tf.memory().numTensors).toBe(before);
    expect(draws.size).toBe(CANDIDATES * examples.length);
    return draws;
  }

  const valuesOf = (draws: ReadonlyMap<string, string>, part: string): string[] =>
    [...draws].filter(([cell]) => cell.includes(part)).map(([, values]) => values);

  const kinds: Record<string, Draw> = {
    "normal tensors": (x, rng) => randomNormal(x.shape, rng),
    "normal tensors with a mean": (x, rng) =>
      randomNormal([2, WIDTH], rng, { mean: 5, deviation: 0.1 }).mul(x),
    "uniform tensors": (x, rng) => randomUniform(x.shape, rng, { min: -1 }).add(x),
    dropout: (x, rng) => dropout(tf.tile(x, [8]), 0.5, rng),
    "two tensors after each other": (x, rng) =>
      tf.sub(randomNormal(x.shape, rng), randomNormal(x.shape, rng)),
    forks: (x, rng) => tf.add(randomNormal(x.shape, rng.fork("a", 1)), randomUniform([1], rng.fork("b"))),
    "draws per candidate": (x, rng) => randomNormal(x.shape, perCandidate(rng)),
    "a fork of draws per candidate": (x, rng) => randomNormal(x.shape, perCandidate(rng.fork("a")).fork("b")),
  };

  it.each(Object.entries(kinds))("draws %s like the loop in every mode", async (_name, draw) => {
    const noisy = drawing("noisy", draw);
    const system = { hyperfunctions: [noisy], run: (inputs: Inputs) => noisy(inputs) };
    const loop = await drawsOf(system);
    for (const mode of OTHERS) expect(await drawsOf({ ...system, mode })).toEqual(loop);
    bodies = 0;
    await drawsOf({ ...system, mode: "wavefront" });
    expect(bodies).toBe(1);
    expect(await drawsOf({ ...system, mode: "vectorised", chunk: 2 })).toEqual(loop);
  });

  it("draws the same for all candidates, and other values for every example and seed", async () => {
    const noisy = drawing("noisy", (x, rng) => randomNormal(x.shape, rng));
    const system = {
      hyperfunctions: [noisy],
      run: (inputs: Inputs) => noisy(inputs),
      mode: "vectorised" as const,
    };
    const draws = await drawsOf(system);
    expect(new Set(valuesOf(draws, "example 2")).size).toBe(1);
    expect(new Set(valuesOf(draws, "candidate 0")).size).toBe(4);
    const others = await drawsOf({ ...system, seed: 1 });
    expect([...others.values()].some((values) => [...draws.values()].includes(values))).toBe(false);
  });

  it("draws per candidate when asked to", async () => {
    const noisy = drawing("noisy", (x, rng) => randomNormal(x.shape, perCandidate(rng)));
    const draws = await drawsOf({
      hyperfunctions: [noisy],
      run: (inputs) => noisy(inputs),
      mode: "vectorised",
    });
    expect(new Set(draws.values()).size).toBe(draws.size);
  });

  it("draws by position in the call tree, where runs take different ways", async () => {
    const inner = drawing("inner", (x, rng) => randomNormal(x.shape, rng));
    const outer = hyperfunction(
      { name: "outer", hpType, optimizeHparams: true },
      async ({ x }: Inputs, { rng }) =>
        tf.add(await inner({ x }), tf.concat([randomUniform(x.shape, rng), tf.zeros([1])])),
    );
    const run: Drawing = async ({ x }) => {
      const [first = 0] = await x.data();
      // In the second round, the second call of the outer function by some runs meets the first one by others.
      await (first > 2 ? outer : inner)({ x });
      return outer({ x });
    };
    const system = { hyperfunctions: [outer, inner], run };
    const loop = await drawsOf(system);
    bodies = 0;
    expect(await drawsOf({ ...system, mode: "wavefront" })).toEqual(loop);
    expect(bodies).toBe(3); // the inner function alone, and inside of two batches of the outer one
    expect(new Set(loop.values()).size).toBe(4);
  });

  it("refuses to draw a number for many runs at once, and lets the calls run one by one", async () => {
    const scalar = drawing("scalar", (x, rng) => tf.mul(x, rng.uniform()));
    const system = { hyperfunctions: [scalar], run: (inputs: Inputs) => scalar(inputs) };
    await expect(drawsOf({ ...system, mode: "vectorised" })).rejects.toMatchObject({
      code: "NOT_VECTORISABLE",
      message: expect.stringContaining("rng.uniform()"),
    });
  });
});

describe("random tensors outside of systems", () => {
  beforeAll(async () => {
    await useBackend("wasm");
  });

  it("have the moments that were asked for", () => {
    tf.tidy(() => {
      const { mean, variance } = tf.moments(
        randomNormal([200, 200], createRng(1), { mean: 3, deviation: 2 }),
      );
      expect(mean.dataSync()[0]).toBeCloseTo(3, 1);
      expect(variance.dataSync()[0]).toBeCloseTo(4, 0);
      const uniform = randomUniform([200, 200], createRng(1), { min: -2, max: 4 });
      expect(uniform.mean().dataSync()[0]).toBeCloseTo(1, 1);
      expect(uniform.min().dataSync()[0]).toBeGreaterThanOrEqual(-2);
      expect(uniform.max().dataSync()[0]).toBeLessThanOrEqual(4);
      const kept = dropout(tf.ones([200, 200]), 0.25, createRng(1));
      expect(kept.mean().dataSync()[0]).toBeCloseTo(1, 1);
      expect(kept.max().dataSync()[0]).toBeCloseTo(4 / 3);
    });
  });

  it("are shared by the elements of a vmap", () => {
    tf.tidy(() => {
      const rows = vmap((x: tf.Tensor) => tf.add(x, randomNormal([3], createRng(4))))(tf.zeros([2, 3]));
      const [first, second] = tf.unstack(rows).map((row) => [...row.dataSync()]);
      expect(second).toEqual(first);
    });
  });

  it("advance their source by one draw each, whatever their size", () => {
    const [one, other] = [createRng(2), createRng(2)];
    tf.dispose([randomNormal([1], one), randomUniform([50, 2], other)]);
    expect(one.uniform()).toBe(other.uniform());
  });

  it("refuse shapes and rates that make no sense", () => {
    const rng = createRng(0);
    for (const shape of [[-1], [0.5], [NaN]])
      expect(() => randomNormal(shape, rng)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    for (const rate of [1, -0.1, NaN])
      expect(() => dropout(tf.scalar(1), rate, rng)).toThrow(
        expect.objectContaining({ code: "INVALID_ARGUMENT" }),
      );
  });
});
