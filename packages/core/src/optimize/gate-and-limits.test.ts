/** Validation decides what is kept; budgets, time and aborts decide when a search ends. */
import { describe, expect, it } from "@jest/globals";
import {
  defineHpType,
  example,
  hyperfunction,
  hyperSystem,
  memoryCheckpoints,
  perExample,
  type HyperSystem,
  type HyperSystemOptions,
  type Optimizer,
  type ParameterState,
} from "@hyperfunc/core";
import { manualClock } from "@hyperfunc/core/testing";
import { walker } from "../../test/walker.js";

const Shift = defineHpType({ name: "Shift", fields: { by: { default: 0, min: -9, max: 9 } } });
const shift = hyperfunction(
  { name: "shift", hpType: Shift, optimizeHparams: true },
  (x: number, { hp }) => x + hp.by,
);
const error = perExample((output: number, expected: number) => -Math.abs(output - expected));
const system = (
  optimizer: Optimizer,
  options: Partial<HyperSystemOptions> = {},
): HyperSystem<number, number> =>
  hyperSystem({ name: "shifting", hyperfunctions: [shift], optimizer, ...options }, (x: number) => shift(x));
const stateOf = (shifting: HyperSystem<number, number>): number | undefined =>
  shifting.getHpState()["shift"]?.[0];

const train = [example(0, 5), example(1, 6)];

/** Walks through given values, whatever their scores. */
function visiting(...values: number[]): Optimizer {
  return {
    name: "visiting",
    async optimize(problem) {
      for (const [index, value] of values.entries()) {
        const state: ParameterState = {
          ...problem.state,
          values: new Map([["shift", new Float64Array([value])]]),
        };
        await problem.step({ step: index + 1, state, optimizerState: null, scores: [value] });
      }
      return { stopReason: "finished", proposals: { accepted: 0, rejected: 0, failed: 0 } };
    },
  };
}

describe("validation", () => {
  it("measures the gain on examples that the search never saw", async () => {
    const seen = new Set<number>();
    const shifting = hyperSystem(
      {
        name: "shifting",
        hyperfunctions: [shift],
        optimizer: walker({ steps: 10, before: () => seen.clear() }),
      },
      (x: number) => {
        seen.add(x);
        return shift(x);
      },
    );
    const held = [example(10, 15), example(20, 25.5), example(30, 35)];
    let searched: number[] = [];
    const result = await shifting.optimize(train, error, {
      validation: held,
      onProgress: () => void (searched = [...seen]),
    });
    expect(searched.sort()).toEqual([0, 1]);
    const { initial = NaN, final = NaN, interval } = result.validation ?? {};
    expect(initial).toBeCloseTo(-15.5 / 3, 12);
    expect(final).toBe(await shifting.evaluate(held, error));
    expect(result.finalScore).toBe(await shifting.evaluate(train, error));
    expect(interval?.low).toBeLessThan(final - initial);
    expect(interval?.high).toBeGreaterThan(final - initial);
  });

  it("keeps the old parameters when they are better on it", async () => {
    const shifting = system(visiting(5));
    const result = await shifting.optimize(train, error, { validation: [example(0, -3)] });
    expect(result).toMatchObject({
      accepted: false,
      initialScore: -5,
      finalScore: -5,
      validation: { initial: -3, final: -3 },
    });
    expect(result.warnings[0]).toMatch(/On validation the search ended at -8, below the initial -3/);
    expect(stateOf(shifting)).toBe(0);
  });

  it("keeps the best parameters that it has seen", async () => {
    const options = { validation: [example(0, 5)], validateEvery: 2 };
    const shifting = system(visiting(1, 4, 5, 7, 8));
    const result = await shifting.optimize(train, error, options);
    expect(result.history.map(({ validation }) => validation)).toEqual([
      undefined,
      -1,
      undefined,
      -2,
      undefined,
    ]);
    expect(result.validation).toMatchObject({ initial: -5, final: -1 });
    expect(stateOf(shifting)).toBe(4);
    const last = system(visiting(1, 4, 6, 7, 5));
    await last.optimize(train, error, options);
    expect(stateOf(last)).toBe(5);
  });

  it("is not measured twice where the last look was at the result", async () => {
    const options = { validation: [example(0, 5)], validateEvery: 2 };
    const { usage } = await system(visiting(1, 4)).optimize(train, error, options);
    expect(usage.runs).toBe(1 + 2 + 1 + 1 + 1 + 2);
  });

  it("does not keep what could not be measured on it", async () => {
    const broken = hyperSystem(
      { name: "broken", hyperfunctions: [shift], optimizer: visiting(5) },
      async (x: number) => {
        const output = await shift(x);
        if (output === 15)
          throw Object.assign(new Error("down"), {
            [Symbol.for("hyperfunc.error")]: true,
            infrastructure: true,
          });
        return output;
      },
    );
    const result = await broken.optimize(train, error, { validation: [example(10, 15)] });
    expect(result).toMatchObject({
      accepted: false,
      finalScore: undefined,
      validation: { initial: -5, final: undefined },
    });
    expect(stateOf(broken)).toBe(0);
  });
});

describe("a budget", () => {
  it("of runs ends the search, and what was found until then counts", async () => {
    const shifting = system(walker({ steps: 100 }));
    const result = await shifting.optimize(train, error, { budget: { maxRuns: 60 } });
    expect(result).toMatchObject({ stopReason: "budget", accepted: true, warnings: [] });
    expect(result.usage.runs).toBeLessThanOrEqual(60);
    expect(result.history).toHaveLength(Math.floor((60 - 3 - 3) / 8));
    expect(await shifting.evaluate(train, error)).toBe(result.finalScore);
  });

  it("leaves enough for the final measurements, with looks at validation too", async () => {
    for (let maxRuns = 13; maxRuns < 60; maxRuns++) {
      const options = { validation: [example(10, 15), example(3, 8)], validateEvery: 2, budget: { maxRuns } };
      const result = await system(walker({ steps: 100 })).optimize(train, error, options);
      expect(result.stopReason).toBe("budget");
      expect(result.finalScore).toBeDefined();
      expect(result.usage.runs).toBeLessThanOrEqual(maxRuns);
    }
  });

  it("of time ends the search between steps, and the result is still measured", async () => {
    const clock = manualClock();
    const shifting = system(walker({ steps: 100, before: () => clock.advance(10) }), { clock });
    const result = await shifting.optimize(train, error, { budget: { maxMs: 35 } });
    expect(result).toMatchObject({ stopReason: "time", accepted: true });
    expect(result.history).toHaveLength(3);
    expect(result.finalScore).toBeDefined();
    expect(result.usage.elapsedMs).toBe(40);
  });

  it("of time that is over before the first measurement is an error", async () => {
    const clock = manualClock();
    const slow = hyperSystem(
      { name: "slow", optimizer: walker({ steps: 1 }), clock },
      async (x: number) => (await clock.advance(10), shift(x)),
    );
    await expect(slow.optimize(train, error, { budget: { maxMs: 10 } })).rejects.toMatchObject({
      code: "BUDGET_EXHAUSTED",
      message: expect.stringContaining("maxMs"),
    });
  });
});

describe("an abort", () => {
  it("before the start is refused without any work", async () => {
    let runs = 0;
    const counted = hyperSystem(
      { name: "counted", optimizer: walker({ steps: 1 }) },
      async (x: number) => ((runs += 1), shift(x)),
    );
    await expect(counted.optimize(train, error, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ABORTED",
    });
    expect(runs).toBe(0);
  });

  it("during the first measurement is an error, and changes nothing", async () => {
    const abort = new AbortController();
    const aborting = hyperSystem(
      { name: "aborting", optimizer: walker({ steps: 1 }) },
      (x: number) => (abort.abort(), shift(x)),
    );
    await expect(aborting.optimize(train, error, { signal: abort.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });

  it.each([
    [
      "between steps",
      (abort: AbortController) => ({ before: (step: number) => void (step === 3 && abort.abort()) }),
      2,
    ],
    [
      "while a deaf program runs",
      (abort: AbortController) => ({
        before: (step: number) => void (step === 3 && setImmediate(() => abort.abort())),
      }),
      2,
    ],
  ])("%s ends the search at once and keeps the parameters there were", async (_, walking, steps) => {
    const abort = new AbortController();
    let runs = 0;
    const optimizer = walker({ steps: 10, ...walking(abort) });
    const deaf = hyperSystem({ name: "deaf", hyperfunctions: [shift], optimizer }, async (x: number) => {
      if ((runs += 1) > 3 + 2 * 8) await new Promise(() => undefined);
      return shift(x);
    });
    const result = await deaf.optimize(train, error, { signal: abort.signal });
    expect(result).toMatchObject({ stopReason: "aborted", accepted: false, finalScore: undefined });
    expect(result.history).toHaveLength(steps);
    expect(result.warnings[0]).toMatch(/Aborted/);
    expect(stateOf(deaf)).toBe(0);
  });

  it("loses nothing that a checkpoint holds", async () => {
    const store = memoryCheckpoints();
    const abort = new AbortController();
    const first = system(walker({ steps: 8, before: (step) => void (step === 5 && abort.abort()) }));
    await first.optimize(train, error, { signal: abort.signal, checkpoint: store });
    const second = system(walker({ steps: 8 }));
    const resumed = await second.optimize(train, error, { checkpoint: store, resume: "require" });
    const whole = system(walker({ steps: 8 }));
    const uninterrupted = await whole.optimize(train, error);
    expect(resumed.finalScore).toBe(uninterrupted.finalScore);
    expect(second.getHpState()).toEqual(whole.getHpState());
  });
});
