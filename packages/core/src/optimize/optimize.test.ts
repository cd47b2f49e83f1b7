/** One optimisation from outside: scores, history, the gate, what ends it and what it leaves behind. */
import { describe, expect, it } from "@jest/globals";
import {
  callTool,
  defineHpType,
  example,
  hyperfunction,
  hyperSystem,
  perExample,
  type HyperSystem,
  type HyperSystemOptions,
  type Optimizer,
  type Progress,
} from "@hyperfunc/core";
import { manualClock } from "@hyperfunc/core/testing";
import { walker } from "../../test/walker.js";

const Point = defineHpType({
  name: "Point",
  fields: { x: { default: 0, min: -4, max: 4 }, y: { default: 0, min: -4, max: 4 } },
});
const place = hyperfunction({ name: "place", hpType: Point, optimizeHparams: true }, (_: number, { hp }) => [
  hp.x,
  hp.y,
]);
const system = (
  optimizer: Optimizer | undefined,
  options: Partial<HyperSystemOptions> = {},
): HyperSystem<number, number[]> =>
  hyperSystem(
    { name: "placing", hyperfunctions: [place], ...(optimizer && { optimizer }), ...options },
    (at: number) => place(at),
  );
const distance = perExample(
  (output: number[], [x, y]: [number, number]) => -Math.hypot((output[0] ?? 0) - x, (output[1] ?? 0) - y),
);
const at = (x: number, y: number) => example<number, [number, number]>(0, [x, y]);
const data = [at(1, -2), at(1.2, -2)];

describe("optimize", () => {
  it("improves the system and says how", async () => {
    const placing = system(walker({ steps: 20 }));
    const before = await placing.evaluate(data, distance);
    const result = await placing.optimize(data, distance);
    expect(result.initialScore).toBe(before);
    expect(result.finalScore).toBeGreaterThan(before + 1);
    expect(await placing.evaluate(data, distance)).toBe(result.finalScore);
    expect(result).toMatchObject({
      accepted: true,
      stopReason: "finished",
      mode: "concurrent",
      warnings: [],
    });
    expect(result.reasons).toHaveProperty("vectorised");
    expect(result.proposals.accepted + result.proposals.rejected).toBe(20);
    expect(result.usage).toMatchObject({ calls: 0, runs: 1 + 2 + 20 * 4 * 2 + 2 });
    expect(result.validation).toBeUndefined();
  });

  it("records every step and reports it", async () => {
    const seen: Progress[] = [];
    const clock = manualClock();
    const waiting = walker({ steps: 3, before: () => clock.advance(10) });
    const result = await system(waiting, { clock }).optimize(data, distance, {
      onProgress: (progress) => void seen.push(progress),
    });
    expect(
      result.history.map(({ step, optimizer, missing, elapsedMs }) => [step, optimizer, missing, elapsedMs]),
    ).toEqual([
      [1, "walker", 0, 10],
      [2, "walker", 0, 20],
      [3, "walker", 0, 30],
    ]);
    for (const [index, { best = NaN, mean = NaN, std = NaN }] of result.history.entries()) {
      expect(best).toBeGreaterThanOrEqual(mean);
      expect(std).toBeGreaterThan(0);
      expect(seen[index]).toMatchObject({ step: index + 1, steps: 3, best, mean });
    }
    expect(seen.map(({ runsPerSecond }) => runsPerSecond)).toEqual([800, 800, 800]);
    expect(seen.at(-1)?.bestSoFar).toBe(Math.max(...result.history.map(({ best }) => best ?? NaN)));
    expect(seen.at(-1)?.hpState()).toHaveProperty("place");
  });

  it("is repeatable, and another seed searches elsewhere", async () => {
    const final = async (seed?: number): Promise<unknown> => {
      const placing = system(walker({ steps: 5 }));
      await placing.optimize(data, distance, seed === undefined ? {} : { seed });
      return placing.getHpState();
    };
    expect(await final()).toEqual(await final());
    expect(await final(0)).toEqual(await final());
    expect(await final(1)).not.toEqual(await final());
  });

  it("scores the program's own draws as evaluate does, whatever the search's seed", async () => {
    const noisy = hyperfunction(
      { name: "noisy", hpType: Point, optimizeHparams: true },
      (_: number, { rng }) => rng.uniform(),
    );
    const drawing = hyperSystem({ name: "drawing", seed: 3, optimizer: walker({ steps: 1 }) }, (x: number) =>
      noisy(x),
    );
    const itself = perExample((output: number) => output);
    const { finalScore } = await drawing.optimize([example(1, 0)], itself, { seed: 8 });
    expect(await drawing.evaluate([example(1, 0)], itself)).toBe(finalScore);
  });

  it("runs several optimizers in order, each from where the last one stopped", async () => {
    const starts: unknown[] = [];
    const noting = (name: string): Optimizer =>
      walker({
        name,
        steps: 4,
        before: (step, { state }) => void (step === 1 && starts.push(state.values.get("place"))),
      });
    const result = await system(undefined, {
      promptOptimizer: noting("first"),
      systemOptimizer: noting("second"),
    }).optimize(data, distance);
    expect(result.history.map(({ optimizer, step }) => `${optimizer} ${step}`)).toEqual([
      ...[1, 2, 3, 4].map((step) => `first ${step}`),
      ...[1, 2, 3, 4].map((step) => `second ${step}`),
    ]);
    expect(starts[0]).toEqual(new Float64Array([0, 0]));
    expect(starts[1]).not.toEqual(starts[0]);
  });

  it("keeps nothing that is worse than what was there", async () => {
    const worse: Optimizer = {
      name: "worse",
      async optimize(problem) {
        const state = { ...problem.state, values: new Map([["place", new Float64Array([-4, 4])]]) };
        await problem.step({ step: 1, state, optimizerState: null, scores: [] });
        return { stopReason: "finished", proposals: { accepted: 0, rejected: 0, failed: 1 } };
      },
    };
    const placing = system(worse);
    const { initialScore, finalScore, accepted, warnings, proposals } = await placing.optimize(
      data,
      distance,
    );
    expect([accepted, finalScore, proposals.failed]).toEqual([false, initialScore, 1]);
    expect(warnings[0]).toMatch(/below the initial/);
    expect(placing.getHpState()["place"]).toEqual(new Float64Array([0, 0]));
  });
});

describe("what cannot be optimised", () => {
  it("is refused without an optimizer", async () => {
    await expect(system(undefined).optimize(data, distance)).rejects.toMatchObject({
      code: "INVALID_STATE",
      message: expect.stringMatching(/no optimizer/),
    });
  });

  it("is refused with two kinds of optimizer options", () => {
    expect(() => system(walker({ steps: 1 }), { systemOptimizer: walker({ steps: 1 }) })).toThrow(/not both/);
  });

  it("ends at once when there is nothing to change", async () => {
    const still = hyperSystem({ name: "still", optimizer: walker({ steps: 5 }) }, async (x: number) => x);
    const result = await still.optimize(
      [example(2, 2)],
      perExample((output: number) => output),
    );
    expect(result).toMatchObject({
      stopReason: "finished",
      initialScore: 2,
      finalScore: 2,
      history: [],
    });
  });

  it.each([
    ["no examples", [], {}, /trainData is empty/],
    ["no validation examples", data, { validation: [] }, /validation is empty/],
    ["looks without validation", data, { validateEvery: 1 }, /validateEvery needs validation/],
    ["a fractional look", data, { validation: data, validateEvery: 0.5 }, /validateEvery.*0\.5/],
    ["an unknown way to resume", data, { resume: "maybe" as "auto" }, /resume.*"maybe"/],
    ["a required checkpoint from nowhere", data, { resume: "require" as const }, /resume: "require" needs/],
  ])("is refused: %s", async (_, train, options, message) => {
    const optimizing = system(walker({ steps: 1 })).optimize(train, distance, options);
    await expect(optimizing).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(message),
    });
  });

  it("is refused by the optimizer's own check before the search", async () => {
    const picky: Optimizer = {
      ...walker({ steps: 1 }),
      check: ({ leaves }) => {
        throw new RangeError(`${leaves.length} leaves`);
      },
    };
    await expect(system(picky).optimize(data, distance)).rejects.toThrow("2 leaves");
  });

  it("is refused while the same system is being optimised, and possible afterwards", async () => {
    const placing = system(walker({ steps: 2 }));
    const first = placing.optimize(data, distance);
    await expect(placing.optimize(data, distance)).rejects.toMatchObject({ code: "INVALID_STATE" });
    await first;
    await expect(placing.optimize(data, distance)).resolves.toMatchObject({ stopReason: "finished" });
  });
});

describe("a dry run", () => {
  it("tells the runs, and runs nothing", async () => {
    let runs = 0;
    const counted = hyperSystem(
      { name: "counted", hyperfunctions: [place], optimizer: walker({ steps: 5, population: 8 }) },
      async (x: number) => ((runs += 1), place(x)),
    );
    const result = await counted.optimize(data, distance, { dryRun: true, validation: data });
    expect(result).toMatchObject({
      stopReason: "dry-run",
      estimate: { runs: 5 * 8 * 2 + 2 * (2 + 2) },
      warnings: [],
    });
    expect(runs).toBe(0);
  });

  it("warns when it cannot know the program yet", async () => {
    const unknown = hyperSystem({ name: "unknown", optimizer: walker({ steps: 1 }) }, (x: number) =>
      place(x),
    );
    const { warnings } = await unknown.optimize(data, distance, { dryRun: true });
    expect(warnings).toEqual([expect.stringMatching(/discover/)]);
  });
});

describe("a failure", () => {
  it.each([
    [
      "of the optimizer",
      { before: (step: number) => (step === 2 ? Promise.reject(new RangeError("mine")) : undefined) },
      {},
    ],
    ["of the progress sink", {}, { onProgress: () => Promise.reject(new RangeError("mine")) }],
  ])("%s leaves the system's parameters as they were", async (_, walking, options) => {
    const placing = system(walker({ steps: 3, ...walking }));
    placing.setHpState({ place: [0.5, 0.5] });
    await expect(placing.optimize(data, distance, options)).rejects.toThrow("mine");
    expect(placing.getHpState()["place"]).toEqual(new Float64Array([0.5, 0.5]));
    await expect(placing.optimize(data, distance, { dryRun: true })).resolves.toBeDefined();
  });

  it("of a candidate's runs is missing in the history and no score", async () => {
    const fragile = hyperSystem(
      { name: "fragile", hyperfunctions: [place], optimizer: walker({ steps: 2 }) },
      async (x: number) => {
        const [px = 0, py = 0] = await place(x);
        return callTool(
          "t",
          () => {
            if (px !== 0)
              throw Object.assign(new Error(), {
                [Symbol.for("hyperfunc.error")]: true,
                infrastructure: true,
              });
            return [px, py];
          },
          0,
        );
      },
    );
    const { history, accepted, finalScore, initialScore } = await fragile.optimize(data, distance);
    expect(history.map(({ missing, best, std }) => [missing, best, std])).toEqual([
      [3, initialScore, 0],
      [3, initialScore, 0],
    ]);
    expect([accepted, finalScore]).toEqual([true, initialScore]);
  });
});

describe("hyperfunctions that only the search reaches", () => {
  const extra = hyperfunction(
    { name: "extra", hpType: Point, optimizeHparams: true },
    (x: number, { hp }) => x + hp.x,
  );

  it("keep their defaults, with a warning", async () => {
    const branching = hyperSystem(
      { name: "branching", optimizer: walker({ steps: 3 }) },
      async (x: number) => {
        const [px = 0, py = 0] = await place(x);
        return px === 0 ? [px, py] : [await extra(px), py];
      },
    );
    const { warnings } = await branching.optimize(data, distance);
    expect(warnings).toEqual([expect.stringMatching(/"extra" was first called during the search/)]);
    expect(branching.getHpState()["extra"]).toEqual(new Float64Array([0, 0]));
    expect(branching.exportState().hyperfunctions["extra"]).toHaveProperty("values");
  });
});
