/** The program's own failures are scored, failures of the infrastructure leave members missing; neither becomes the other. */
import { describe, expect, it } from "@jest/globals";
import {
  defineHpType,
  example,
  HyperfuncError,
  HyperSystem,
  hyperfunction,
  hyperSystem,
  perExample,
  registerTensorEngine,
  type Scorer,
} from "@hyperfunc/core";
import { lazyEngine } from "../../test/lazy-engine.js";

const Gain = defineHpType({ name: "Gain", fields: { gain: { default: 1, min: -9, max: 9 } } });
const scale = hyperfunction(
  { name: "scale", hpType: Gain, optimizeHparams: true },
  (x: number, { hp }) => x * hp.gain,
);
const overloaded = (): Error => new HyperfuncError("INFRASTRUCTURE", "overloaded", { infrastructure: true });

/** Fails on its own when the result is 4, and for want of infrastructure when it is 9. */
const system = hyperSystem({ name: "failing", hyperfunctions: [scale] }, async (x: number) => {
  const output = await scale(x);
  if (output === 4) throw new RangeError("four");
  if (output === 9) throw overloaded();
  return output;
});
const itself = perExample((output: number) => output);
const total = (outputs: number[]): number => outputs.reduce((sum, output) => sum + output, 0);
const good = [example(1, 0), example(3, 0)];
const one = { scale: [1] };

describe("a failure of the program", () => {
  const mixed = [example(1, 0), example(4, 0), example(3, 0)];

  it("is worth the lowest score of the same evaluation by default", async () => {
    const { score, scores, outputs, missing, failures } = await system.evaluateDetailed(mixed, itself);
    expect([score, scores, missing]).toEqual([5 / 3, [1, 1, 3], 0]);
    expect(outputs).toEqual([1, undefined, 3]);
    expect(failures).toEqual([
      { candidate: 0, example: 1, kind: "program", message: "four", error: expect.any(RangeError) },
    ]);
  });

  it("is worth the metric's worst score where it names one", async () => {
    expect(
      await system.evaluate(
        mixed,
        perExample((output: number) => output, { worst: -6 }),
      ),
    ).toBe(-2 / 3);
  });

  it("is worth the lowest score in the population, in every chunk", async () => {
    const candidates = [{ scale: [2] }, one, { scale: [-1] }];
    const data = [example(2, 0), example(1, 0)];
    for (const chunk of [1, 2, 3]) {
      const { scores, failures } = await system.evaluatePopulation(candidates, data, itself, { chunk });
      expect(scores).toEqual([0, 1.5, -1.5]);
      expect(failures.map(({ candidate, example: index }) => [candidate, index])).toEqual([[0, 0]]);
      const aggregate = await system.evaluatePopulation(candidates, data, total, { chunk });
      expect(aggregate.scores).toEqual([-3, 3, -3]);
    }
  });

  it("needs a value when nothing else has one", async () => {
    const failure = { code: "INVALID_STATE", message: expect.stringMatching(/four.*onError/) };
    await expect(system.evaluate([example(4, 0)], itself)).rejects.toMatchObject(failure);
    await expect(system.evaluate(mixed, total)).rejects.toMatchObject(failure);
  });

  it("is given an output to judge by onError", async () => {
    const seen: unknown[] = [];
    const onError = (error: unknown, { inputs }: { inputs: number }): { output: number } => {
      seen.push(error, inputs);
      return { output: 40 };
    };
    expect(await system.evaluate(mixed, itself, { onError })).toBe(44 / 3);
    expect(await system.evaluate(mixed, total, { onError })).toBe(44);
    expect(seen).toEqual([expect.any(RangeError), 4, expect.any(RangeError), 4]);
  });

  it("is given a score by onError: of its example, or of the candidate under an aggregate metric", async () => {
    const onError = (): { score: number } => ({ score: -2 });
    expect(await system.evaluate(mixed, itself, { onError })).toBe(2 / 3);
    expect(await system.evaluate(mixed, total, { onError })).toBe(-2);
  });

  it.each([
    [NaN, "NaN"],
    [Infinity, "Infinity"],
  ])("never scores %s, whoever says so", async (score, text) => {
    const onError = (): { score: number } => ({ score });
    for (const metric of [itself, total]) {
      const detailed = await system.evaluateDetailed(mixed, metric, { onError });
      expect([detailed.score, detailed.missing]).toEqual([undefined, 3]);
      await expect(system.evaluate(mixed, metric, { onError })).rejects.toMatchObject({
        code: "INVALID_METRIC",
        message: expect.stringContaining(`onError returned ${text}`),
      });
    }
  });
});

describe("a failure of the infrastructure", () => {
  const broken = [example(1, 0), example(9, 0), example(9, 0), example(4, 0)];

  it("leaves its candidate without a score and the others with theirs", async () => {
    const data = [example(3, 0), example(1, 0)];
    const { scores, failures } = await system.evaluatePopulation(
      [one, { scale: [3] }, { scale: [2] }],
      data,
      itself,
    );
    expect(scores).toEqual([2, undefined, 4]);
    expect(failures).toEqual([expect.objectContaining({ candidate: 1, example: 0, kind: "infrastructure" })]);
  });

  it("is counted, and evaluate throws rather than shrink the sample", async () => {
    const { score, missing } = await system.evaluateDetailed(broken, itself);
    expect([score, missing]).toEqual([undefined, 2]);
    await expect(system.evaluate(broken, itself)).rejects.toMatchObject({
      code: "INFRASTRUCTURE",
      infrastructure: true,
      message: expect.stringMatching(/2 of 4 examples are missing.*overloaded/),
    });
  });

  it("of a judge leaves its example missing, and the other judgements as they are", async () => {
    const judge: Scorer = {
      score: ({ output }) => ({
        score: 0.5,
        feedback: "unreadable",
        status: output === 3 ? "error" : "ok",
      }),
    };
    const echo = hyperSystem({ name: "echo" }, (input: number) => input);
    const data = [1, 2, 3, 4].map((input) => example(input, input));
    const { score, scores, missing, failures } = await echo.evaluateDetailed(data, judge);
    expect({ score, scores, missing }).toEqual({
      score: undefined,
      scores: [0.5, 0.5, undefined, 0.5],
      missing: 1,
    });
    expect(failures).toMatchObject([
      { example: 2, kind: "infrastructure", message: expect.stringContaining("unreadable") },
    ]);
    await expect(echo.evaluate(data, judge)).rejects.toThrow("1 of 4 examples are missing");
  });

  it("is never offered to onError", async () => {
    let offered = 0;
    const onError = (): { score: number } => {
      offered += 1;
      return { score: 0 };
    };
    expect((await system.evaluateDetailed([example(9, 0), example(1, 0)], itself, { onError })).missing).toBe(
      1,
    );
    expect(offered).toBe(0);
  });

  it("names the infrastructure's reason, though the program failed first", async () => {
    await expect(system.evaluate([example(4, 0), example(9, 0)], itself)).rejects.toThrow(/overloaded/);
  });

  it("of a judge leaves the candidate missing", async () => {
    const judge = perExample((output: number) => {
      if (output === 6) throw overloaded();
      return output;
    });
    const { scores, failures } = await system.evaluatePopulation([one, { scale: [2] }], good, judge);
    expect(scores).toEqual([2, undefined]);
    expect(failures).toEqual([
      expect.objectContaining({ candidate: 1, kind: "infrastructure", message: "overloaded" }),
    ]);
  });
});

describe("a metric that gives no number", () => {
  it("leaves a candidate missing for NaN, and ends the evaluation for a mistake", async () => {
    const candidates = [one, { scale: [-1] }];
    const { scores, failures } = await system.evaluatePopulation(candidates, good, (outputs) =>
      Math.sqrt(total(outputs)),
    );
    expect(scores).toEqual([2, undefined]);
    expect(failures).toEqual([expect.objectContaining({ candidate: 1, kind: "metric", example: undefined })]);
    const mistake = (outputs: number[]): number => (total(outputs) < 0 ? ("low" as unknown as number) : 1);
    await expect(system.evaluatePopulation(candidates, good, mistake)).rejects.toMatchObject({
      code: "INVALID_METRIC",
    });
  });
});

describe("a mistake that no candidate is to blame for", () => {
  it("ends the evaluation once all runs have settled", async () => {
    let running = 0;
    const careless = hyperSystem({ name: "careless", hyperfunctions: [] }, async (x: number) => {
      running += 1;
      for (let turn = 0; turn < x; turn++) await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (x === 0) throw new HyperfuncError("UNRESOLVED_MODEL", "no such model");
      return x;
    });
    const evaluation = careless.evaluate([example(0, 0), example(3, 0)], itself, {
      onError: () => ({ score: 0 }),
    });
    await expect(evaluation).rejects.toMatchObject({ code: "UNRESOLVED_MODEL" });
    expect(running).toBe(0);
  });
});

describe("a failed run", () => {
  it("still has its tensors when onError judges it, as a program that throws at once has", async () => {
    const engine = lazyEngine();
    registerTensorEngine(engine);
    const open: number[] = [];
    class Direct extends HyperSystem<number, number> {
      async run(x: number): Promise<number> {
        return x;
      }
      protected override runExample(): never {
        throw new RangeError("at once");
      }
    }
    const onError = (): { score: number } => {
      open.push(engine.log.openScopes);
      return { score: 3 };
    };
    const failing = hyperSystem({ name: "failing", hyperfunctions: [scale] }, async (x: number) => {
      await scale(x);
      throw new RangeError("later");
    });
    const own = perExample((output: number) => output);
    for (const program of [failing, new Direct({ hyperfunctions: [scale] })]) {
      expect(await program.evaluate([example(1, 0)], own, { onError, mode: "loop" })).toBe(3);
    }
    expect(open).toEqual([2, 2]);
    expect(engine.log.openScopes).toBe(0);
  });
});
