import { describe, expect, it } from "@jest/globals";
import {
  defineHpType,
  example,
  hyperfunction,
  HyperfuncError,
  hyperSystem,
  perExample,
  type HyperSystem,
  type Optimizer,
} from "@hyperfunc/core";
import { optimizerContract } from "@hyperfunc/core/testing";
import { ESHybridSystemOptimizer, type ESHybridSystemOptimizerOptions } from "@hyperfunc/es";

const options: ESHybridSystemOptimizerOptions = { steps: 12, popSize: 8, sigma: 0.1, lr: 0.1 };

describe("the contract of Optimizer, kept by ESHybridSystemOptimizer", () => {
  for (const { name, run } of optimizerContract(() => new ESHybridSystemOptimizer(options))) it(name, run);
});

const Mixed = defineHpType({
  name: "Mixed",
  fields: {
    share: { default: 0.1, min: 0, max: 1 },
    rate: { default: 1e-3, min: 1e-5, max: 1, scale: "log" },
    count: { default: 2, min: 1, max: 20, integer: true },
    kind: { choices: ["a", "b", "c"] },
  },
});

function mixedSystem(optimizer: Optimizer): HyperSystem<number, number> {
  const play = hyperfunction({ name: "play", hpType: Mixed, optimizeHparams: true }, (_: number, { hp }) => {
    if (!Number.isInteger(hp.count)) throw new Error(`count is ${hp.count}`);
    const distance =
      Math.abs(hp.share - 0.9) + Math.abs(Math.log10(hp.rate / 0.1)) + Math.abs(hp.count - 12) / 10;
    return -distance - (hp.kind === "c" ? 0 : 1);
  });
  return hyperSystem({ name: "mixed", optimizer }, (input: number) => play(input));
}

const score = perExample((output: number) => output);
const data = [example(0, 0), example(1, 0), example(2, 0), example(3, 0)];

describe("ESHybridSystemOptimizer", () => {
  it("moves numbers, orders of magnitude, integers and choices together", async () => {
    const system = mixedSystem(
      new ESHybridSystemOptimizer({ steps: 150, popSize: 32, sigma: 0.1, lr: 0.03, step: "adam" }),
    );
    const { finalScore = -9, initialScore = 0 } = await system.optimize(data, score);
    expect(initialScore).toBeLessThan(-4);
    expect(finalScore).toBeGreaterThan(-0.3);
  });

  it("changes only what only and freeze leave", async () => {
    const free = { steps: 5, popSize: 8, sigma: 0.1, lr: 0.1 };
    const before = [0.1, 1e-3, 2, 0];
    const only = mixedSystem(new ESHybridSystemOptimizer({ ...free, only: ["play.hp.share"] }));
    await only.optimize(data, score);
    expect([...(only.getHpState()["play"] ?? [])].map((value, index) => value === before[index])).toEqual([
      false,
      true,
      true,
      true,
    ]);
    const frozen = mixedSystem(
      new ESHybridSystemOptimizer({ ...free, freeze: ["play.hp.share", "play.hp.count"] }),
    );
    await frozen.optimize(data, score);
    const after = [...(frozen.getHpState()["play"] ?? [])];
    expect([after[0], after[2]]).toEqual([0.1, 2]);
  });

  it("shows every candidate of a generation the same minibatch, and every example once in an epoch", async () => {
    const seen: number[][] = [];
    const Value = defineHpType({ name: "Value", fields: { value: { default: 0.5, min: 0, max: 1 } } });
    const look = hyperfunction(
      { name: "look", hpType: Value, optimizeHparams: true },
      (input: number, { hp }) => {
        seen.at(-1)?.push(input);
        return hp.value;
      },
    );
    const optimizer = new ESHybridSystemOptimizer({ steps: 4, popSize: 4, batchSize: 2 });
    const system = hyperSystem({ name: "looking", optimizer, hyperfunctions: [look] }, (input: number) =>
      look(input),
    );
    await system.optimize(
      data.map((_, index) => example(index, 0)),
      score,
      { onProgress: () => void seen.push([]) },
    );
    const [, third = [], fourth = []] = seen.map((inputs) => [...new Set(inputs)]);
    expect([third.length, fourth.length]).toEqual([2, 2]);
    expect([...third, ...fourth].sort()).toEqual([0, 1, 2, 3]);
    expect(seen[1]).toHaveLength(4 * 2);
  });

  it("repeats a generation that lost its members, then stops with the reason", async () => {
    let runs = 0;
    const Value = defineHpType({ name: "Value", fields: { value: { default: 0.5, min: 0, max: 1 } } });
    const fail = hyperfunction({ name: "fail", hpType: Value, optimizeHparams: true }, () => {
      if (++runs > 2) throw new HyperfuncError("INFRASTRUCTURE", "quota exceeded", { infrastructure: true });
      return 1;
    });
    const optimizer = new ESHybridSystemOptimizer({ steps: 4, popSize: 4 });
    const system = hyperSystem({ name: "failing", optimizer }, () => fail());
    await expect(system.optimize([example(undefined, 0)], score)).rejects.toMatchObject({
      code: "TOO_MANY_MISSING",
      message: expect.stringContaining("quota exceeded") as unknown,
    });
    expect(system.getHpState()["fail"]).toEqual(Float64Array.of(0.5));
    expect(runs).toBe(2 + 3 * 4);
  });

  it.each<[string, ESHybridSystemOptimizerOptions, string]>([
    ["an odd population with antithetic pairs", { popSize: 7 }, "popSize must be even"],
    ["no steps", { steps: 0 }, "steps must be a positive whole number, got 0"],
    ["a sigma of zero", { sigma: 0 }, "sigma"],
    ["a negative learning rate", { lr: -1 }, "lr"],
    ["an empty batch", { batchSize: 0 }, "batchSize must be a positive whole number, got 0"],
  ])("refuses %s", (_, wrong, message) => {
    expect(() => new ESHybridSystemOptimizer(wrong)).toThrow(message);
  });

  it.each<[string, ESHybridSystemOptimizerOptions, string]>([
    ["an unknown path", { only: ["play.hp.nothing"] }, 'There are no parameters at "play.hp.nothing"'],
    ["freezing everything", { freeze: ["play"] }, "leave nothing to optimise"],
    ["a batch larger than the data", { batchSize: 9 }, "only 4 training examples"],
  ])("refuses %s before any search", async (_, wrong, message) => {
    const system = mixedSystem(new ESHybridSystemOptimizer(wrong));
    await expect(system.optimize(data, score)).rejects.toThrow(message);
  });
});
