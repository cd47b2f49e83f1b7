import { describe, expect, it } from "@jest/globals";
import { example, hyperfunction, HyperSystem, LMParam, perExample } from "@hyperfunc/core";

const scoreAnswer = hyperfunction(
  { name: "scoreAnswer", hpType: LMParam, optimizeHparams: true },
  ({ x: _ }: { x: number }, { hp }) => -Math.abs(hp.temperature - 0.5),
);

class ScoreSystem extends HyperSystem<{ x: number }, number> {
  async run({ x }: { x: number }) {
    return scoreAnswer({ x });
  }
}

const metric = perExample((output: number) => output);
const data = [example({ x: 0 }, 0)];

describe("HyperSystem", () => {
  it("starts at the declared defaults", async () => {
    const system = new ScoreSystem();
    expect(await system.run({ x: 1 })).toBeCloseTo(-0.2, 12);
    expect(await system.evaluate(data, metric)).toBeCloseTo(-0.2, 12);
    expect(system.hpDim).toBe(5);
    expect([...(system.getHpState()["scoreAnswer"] ?? [])]).toEqual([0.7, 1, 0, 0, 0.25]);
  });

  it("uses the state that is set", async () => {
    const system = new ScoreSystem({ hyperfunctions: [scoreAnswer] });
    system.setHpState({ scoreAnswer: [0.5, 1, 0, 0, 0.25] });
    expect(await system.run({ x: 1 })).toBeCloseTo(0, 12);
  });

  it("evaluates a population like the plain loop", async () => {
    const system = new ScoreSystem();
    await system.discover({ inputs: { x: 0 }, expected: 0 });
    const candidates = [0.1, 0.5, 0.9].map((temperature) => ({ scoreAnswer: [temperature, 1, 0, 0, 0.25] }));
    const fast = await system.evaluatePopulation(candidates, data, metric);
    const loop = await system.evaluatePopulation(candidates, data, metric, { mode: "loop" });
    expect(fast.scores).toEqual(loop.scores);
    expect(fast.mode).toBe("concurrent");
  });

  it("traces", async () => {
    const { trace, output } = await new ScoreSystem().trace({ x: 1 });
    expect(output).toBeCloseTo(-0.2, 12);
    expect(trace.nodes.map((node) => node.name)).toEqual(["scoreAnswer"]);
  });
});
