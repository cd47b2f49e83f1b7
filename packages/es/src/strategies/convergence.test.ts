/** Known problems, with the number of evaluations that the strategy may take. Seeds are fixed, so runs are the same. */
import { createRng, defineHpType } from "@hyperfunc/core";
import { describe, expect, it } from "@jest/globals";
import { EggrollES, type EggrollOptions } from "./eggroll-es.js";
import { fromNatural, latentLeaf, naturalBatch, toNatural } from "./latent-space.js";
import type { StrategyLeaf } from "./leaf.js";
import { memberValues } from "./materialise.js";
import { memberBatch } from "./perturbation.js";
import { evolutionStrategy } from "./strategy.js";

const seeds = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

describe("the sphere in 10 dimensions, from a box of side 8, to 1e-3", () => {
  /** Evaluations until the mean is good enough. */
  function evaluations(seed: number, options: Omit<EggrollOptions, "parameters">): number {
    const rng = createRng(seed, "start");
    const init = Array.from({ length: 10 }, () => rng.uniform() * 8 - 4);
    const sphere = (x: Float32Array): number => x.reduce((sum, value) => sum + value * value, 0);
    const es = new EggrollES({ ...options, seed, parameters: { x: { shape: [10], init } } });
    let count = 0;
    while (sphere(es.parameters.x) > 1e-3 && count < 10_000) {
      es.tell(es.ask().map((member) => -sphere(member.parameters.x)));
      count += options.popSize;
    }
    return count;
  }
  const fading = (from: number, to: number, steps: number) =>
    ({ kind: "exponential", from, to, steps }) as const;

  it("takes sgd with a fading rate at most 1,400 evaluations", () => {
    const options = { popSize: 20, sigma: 0.1, lr: fading(1, 0.005, 150) };
    for (const seed of seeds) expect(evaluations(seed, options)).toBeLessThanOrEqual(1400);
  });

  it("takes adam with a fading rate at most 4,000 evaluations", () => {
    const options = { popSize: 32, sigma: 0.1, lr: fading(0.2, 0.01, 200), step: "adam" } as const;
    for (const seed of seeds) expect(evaluations(seed, options)).toBeLessThanOrEqual(4000);
  });

  it("takes clipup with a fading rate at most 4,500 evaluations", () => {
    const options = { popSize: 32, sigma: 0.1, lr: fading(0.3, 0.003, 150), step: "clipup" } as const;
    for (const seed of seeds) expect(evaluations(seed, options)).toBeLessThanOrEqual(4500);
  });
});

describe("the linear regression of a random 8 x 12 matrix from 16 examples", () => {
  /** Mean squared error of the outputs after 60 generations. */
  function error(rank: number | "full", seed: number): number {
    const rng = createRng(seed, "task");
    const normals = (length: number): Float32Array => Float32Array.from({ length }, () => rng.normal());
    const target = normals(8 * 12);
    const inputs = normals(16 * 12);
    const loss = (w: Float32Array): number => {
      let sum = 0;
      for (let example = 0; example < 16 * 12; example += 12) {
        for (let output = 0; output < 8 * 12; output += 12) {
          let difference = 0;
          for (let i = 0; i < 12; i++) {
            difference += (inputs[example + i] ?? 0) * ((w[output + i] ?? 0) - (target[output + i] ?? 0));
          }
          sum += difference * difference;
        }
      }
      return sum / (16 * 8);
    };
    const lr = { kind: "exponential", from: 0.2, to: 0.02, steps: 60 } as const;
    const es = new EggrollES({
      parameters: { w: [8, 12] },
      popSize: 64,
      sigma: 0.05,
      lr,
      rank,
      seed,
      step: "adam",
    });
    while (es.generation < 60) es.tell(es.ask().map((member) => -loss(member.parameters.w)));
    return loss(es.parameters.w);
  }

  it("goes as well with rank 1 as with full noise", () => {
    const mean = (rank: number | "full"): number =>
      seeds.reduce((sum, seed) => sum + error(rank, seed), 0) / seeds.length;
    const [rank1, rank4, full] = [mean(1), mean(4), mean("full")];
    expect(full).toBeLessThan(0.2);
    expect(rank1).toBeLessThan(1.6 * full);
    expect(rank4).toBeLessThan(1.3 * full);
  });
});

describe("a matrix and three kinds of scalars together", () => {
  it("finds all of them, starting on bounds and on the wrong choice", () => {
    const { fields } = defineHpType({
      name: "Mixed",
      fields: {
        topP: { default: 1, min: 0, max: 1 },
        rate: { default: 1, min: 1e-4, max: 1, scale: "log" },
        count: { default: 1, min: 1, max: 20, integer: true },
        model: { choices: ["small", "medium", "large"] },
      },
    });
    const latent = fields.flatMap((field) => (field.kind === "tensor" ? [] : [{ path: field.name, field }]));
    const weight: StrategyLeaf = { path: "weight", shape: [4, 5], noiseRank: 1 };
    const settings = {
      popSize: 32,
      antithetic: true,
      seed: 5,
      sigma: 0.1,
      fitness: "centered-rank",
      step: "adam",
      weightDecay: 0,
    } as const;
    const strategy = evolutionStrategy(
      [weight, ...latent.map(({ path, field }) => latentLeaf(path, field))],
      {
        ...settings,
        lr: { kind: "exponential", from: 0.05, to: 0.005, steps: 250 },
      },
    );
    const target = Float32Array.from({ length: 20 }, (_, i) => Math.sin(i));
    const fitness = (
      w: Float32Array,
      [topP = 0, rate = 0, count = 0, model = 0]: readonly number[],
    ): number =>
      -w.reduce((sum, value, i) => sum + (value - (target[i] ?? 0)) ** 2, 0) / 20 -
      (topP - 0.35) ** 2 -
      (Math.log10(rate / 1e-2) / 4) ** 2 -
      ((count - 13) / 20) ** 2 -
      (model === 2 ? 0 : 0.2);
    let state = strategy.init([
      new Float32Array(20),
      ...latent.map(({ field }) => fromNatural(field, field.default)),
    ]);
    for (let generation = 0; generation < 250; generation++) {
      const search = strategy.ask(state);
      const [weights, ...latents] = search.map((leaf) => memberBatch(leaf, strategy));
      const natural = latent.map(({ path, field }, index) => {
        const batch = latents[index];
        return batch === undefined
          ? undefined
          : naturalBatch(path, field, batch, { ...settings, generation });
      });
      const scores = Array.from({ length: 32 }, (_, member) =>
        weights === undefined
          ? undefined
          : fitness(
              memberValues(weight, weights, member),
              natural.map((batch) => (batch?.kind === "dense" ? (batch.values[member] ?? 0) : 0)),
            ),
      );
      state = strategy.tell(state, search, scores).state;
    }
    const [w = new Float32Array(), ...means] = state.means;
    const [topP = 0, rate = 0, count = 0, model = 0] = latent.map(({ field }, index) =>
      toNatural(field, means[index] ?? []),
    );
    expect(Math.abs(topP - 0.35)).toBeLessThan(0.1);
    expect(Math.abs(Math.log10(rate) + 2)).toBeLessThan(0.4);
    expect(Math.abs(count - 13)).toBeLessThanOrEqual(2);
    expect(model).toBe(2);
    expect(fitness(new Float32Array(w), [topP, rate, count, model])).toBeGreaterThan(-0.03);
  });
});
