/** `evaluate`, `evaluateDetailed` and `evaluatePopulation`: metrics, options and what is refused. */
import { describe, expect, it } from "@jest/globals";
import {
  defineHpType,
  example,
  hyperfunction,
  hyperSystem,
  perExample,
  type Metric,
  type Scorer,
} from "@hyperfunc/core";

const Gain = defineHpType({ name: "Gain", fields: { gain: { default: 1, min: -9, max: 9 } } });
const scale = hyperfunction(
  { name: "scale", hpType: Gain, optimizeHparams: true },
  (x: number, { hp }) => x * hp.gain,
);
const system = hyperSystem({ name: "scaling", hyperfunctions: [scale] }, (x: number) => scale(x));
const data = [example(1, 1), example(2, 4), example(3, 9)];
const error = perExample((output: number, expected: number) => -Math.abs(output - expected));

describe("evaluate", () => {
  it("hands an aggregate metric all outputs and expected values in order", async () => {
    let seen: unknown[] = [];
    const metric = (outputs: number[], expected: number[]): number => {
      seen = [outputs, expected];
      return 42;
    };
    expect(await system.evaluate(data, metric)).toBe(42);
    expect(seen).toEqual([
      [1, 2, 3],
      [1, 4, 9],
    ]);
  });

  it("waits for async metrics of every kind", async () => {
    expect(await system.evaluate(data, async (outputs) => Promise.resolve(outputs.length))).toBe(3);
    expect(
      await system.evaluate(
        data,
        perExample(async (output: number) => Promise.resolve(output)),
      ),
    ).toBe(2);
  });

  it("shows perExample the inputs, and means what it gives", async () => {
    const metric = perExample((output: number, expected: number, input: number) => output + expected + input);
    expect(await system.evaluate(data, metric)).toBeCloseTo((3 + 8 + 15) / 3, 12);
  });

  it("takes a scorer as a metric", async () => {
    const scorer: Scorer<number, number, number> = {
      score: async ({ output, expected, inputs }) => ({
        score: output === expected ? 1 : inputs / 10,
        feedback: "",
        status: "ok",
      }),
    };
    expect(await system.evaluate(data, scorer)).toBeCloseTo((1 + 0.2 + 0.3) / 3, 12);
  });

  it("takes a class instance as a scorer", async () => {
    class Half implements Scorer {
      readonly #value = 0.5;
      score(): { score: number; feedback: string; status: "ok" } {
        return { score: this.#value, feedback: "", status: "ok" };
      }
    }
    expect(await system.evaluate(data, new Half())).toBe(0.5);
  });

  it("has no score when a scorer cannot judge", async () => {
    const scorer: Scorer = {
      name: "judge",
      score: () => ({ score: 0, feedback: "unreadable", status: "error" }),
    };
    await expect(system.evaluate(data, scorer)).rejects.toMatchObject({
      code: "INFRASTRUCTURE",
      message: expect.stringMatching(/3 of 3.*judge.*unreadable/),
    });
  });

  it.each([
    ["NaN", NaN, /returned NaN; guard/],
    ["Infinity", Infinity, /returned Infinity; guard/],
    ["a string", "1", /returned string 1; return a number/],
    ["undefined", undefined, /returned undefined/],
  ])("refuses a metric that returns %s", async (_, value, message) => {
    const failure = { code: "INVALID_METRIC", message: expect.stringMatching(message) };
    await expect(system.evaluate(data, () => value as number)).rejects.toMatchObject(failure);
    await expect(
      system.evaluate(
        data,
        perExample(() => value as number),
      ),
    ).rejects.toMatchObject(failure);
  });

  it.each([[undefined], [null], [7], ["mean"], [{}]])(
    "refuses %j as a metric before any run",
    async (metric) => {
      let runs = 0;
      const counted = hyperSystem({ name: "counted" }, async (_: number) => (runs += 1));
      await expect(
        counted.evaluate(data, metric as unknown as Metric<number, number, number>),
      ).rejects.toMatchObject({
        code: "INVALID_METRIC",
      });
      expect(runs).toBe(0);
    },
  );

  it("passes on what a metric throws", async () => {
    const metric = (): number => {
      throw new RangeError("mine");
    };
    await expect(system.evaluate(data, metric)).rejects.toThrow(RangeError);
    await expect(system.evaluate(data, perExample(metric))).rejects.toThrow(RangeError);
  });

  it.each([
    ["no examples", [], /examples is empty/],
    ["no list", {} as never, /must be an array/],
    ["an example without inputs", [{ input: 1 } as never], /examples\[0\] has no "inputs"/],
  ])("refuses %s", async (_, examples, message) => {
    await expect(system.evaluate(examples, error)).rejects.toThrow(message);
    await expect(system.evaluatePopulation([], examples, error)).rejects.toThrow(message);
  });

  it("refuses an endless worst score when the metric is made", () => {
    expect(() => perExample(() => 1, { worst: NaN })).toThrow(/worst.*NaN/);
  });
});

describe("evaluateDetailed", () => {
  it("judges every example where there are more than may run at the same time", async () => {
    const many = Array.from({ length: 5000 }, (_, x) => example(x, x));
    const { scores, outputs } = await system.evaluateDetailed(many, error);
    expect(new Set(scores)).toEqual(new Set([-0]));
    expect(outputs).toEqual(many.map(({ inputs }) => inputs));
  });

  it("returns outputs, scores, interval, usage and mode", async () => {
    const result = await system.evaluateDetailed(data, error);
    expect(result).toMatchObject({ outputs: [1, 2, 3], missing: 0, failures: [], mode: "concurrent" });
    expect(result.scores).toEqual([-0, -2, -6]);
    expect(result.score).toBeCloseTo(-8 / 3, 12);
    expect(result.interval?.low).toBeLessThan(-8 / 3);
    expect(result.interval?.high).toBeGreaterThan(-8 / 3);
    expect(result.usage).toMatchObject({ calls: 0, totalTokens: 0 });
    expect(result.elapsedMs).toBeGreaterThanOrEqual(0);
  });

  it("has no scores and no interval for an aggregate metric", async () => {
    const { score, scores, interval } = await system.evaluateDetailed(data, (outputs) => outputs.length);
    expect([score, scores, interval]).toEqual([3, undefined, undefined]);
  });
});

describe("evaluatePopulation", () => {
  it("tells the mode and why faster ones were refused", async () => {
    const { mode, reasons, scores } = await system.evaluatePopulation(
      [{ scale: [1] }, { scale: [2] }],
      data,
      error,
    );
    expect(mode).toBe("concurrent");
    expect(scores).toEqual([-8 / 3, -4 / 3]);
    expect(reasons).toEqual({
      vectorised: "no tensor package is loaded",
      wavefront: "no tensor package is loaded",
    });
  });

  it("accepts any arrays of numbers", async () => {
    const candidates = [{ scale: [2] }, { scale: new Float32Array([2]) }, { scale: { length: 1, 0: 2 } }];
    expect((await system.evaluatePopulation(candidates, data, error)).scores).toEqual([
      -4 / 3,
      -4 / 3,
      -4 / 3,
    ]);
  });

  it("gives no scores for no candidates", async () => {
    expect((await system.evaluatePopulation([], data, error)).scores).toEqual([]);
  });

  it.each([
    ["lacks a name", {}, "UNKNOWN_PATH", /candidates\[1\] lacks values for "scale"/],
    ["has a name too many", { scale: [1], skale: [1] }, "UNKNOWN_PATH", /candidates\[1\].*"skale".*scale/],
    ["has a wrong length", { scale: [1, 2] }, "SHAPE_MISMATCH", /candidates\[1\].*"scale" takes 1.*got 2/],
    [
      "is out of range",
      { scale: [10] },
      "INVALID_ARGUMENT",
      /candidates\[1\]: scale\.hp\.gain: 10 is outside \[-9, 9\]/,
    ],
    ["is not finite", { scale: [NaN] }, "INVALID_ARGUMENT", /candidates\[1\].*NaN/],
  ])("refuses a candidate that %s", async (_, candidate: Record<string, number[]>, code, message) => {
    await expect(system.evaluatePopulation([{ scale: [1] }, candidate], data, error)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ["an unknown mode", { mode: "fast" as "loop" }, /mode must be one of vectorised.*got fast/],
    ["an empty chunk", { chunk: 0 }, /chunk.*0/],
    ["a fractional chunk", { chunk: 1.5 }, /chunk.*1\.5/],
  ])("refuses %s before any run", async (_, options, message) => {
    let runs = 0;
    const counted = hyperSystem({ name: "counted" }, async (_: number) => (runs += 1));
    const evaluation = counted.evaluatePopulation([], data, error, options);
    const refusal = { code: "INVALID_ARGUMENT", message: expect.stringMatching(message) };
    await expect(evaluation).rejects.toMatchObject(refusal);
    if ("mode" in options)
      await expect(counted.evaluate(data, error, options)).rejects.toMatchObject(refusal);
    expect(runs).toBe(0);
  });

  it.each(["vectorised", "wavefront"] as const)("says why a forced mode cannot run: %s", async (mode) => {
    await expect(system.evaluatePopulation([{ scale: [1] }], data, error, { mode })).rejects.toMatchObject({
      code: "NOT_VECTORISABLE",
      message: expect.stringContaining(`${mode}: no tensor package is loaded`),
    });
  });

  it("runs a forced mode", async () => {
    for (const mode of ["loop", "concurrent"] as const) {
      expect((await system.evaluatePopulation([{ scale: [1] }], data, error, { mode })).mode).toBe(mode);
    }
  });

  it("takes a population in leaves", async () => {
    const leaves = new Map([["scale.hp.gain", { kind: "dense" as const, values: new Float64Array([1, 2]) }]]);
    const { scores } = await system.evaluatePopulation({ size: 2, leaves }, data, error);
    expect(scores).toEqual([-8 / 3, -4 / 3]);
    await expect(system.evaluatePopulation({ size: 3, leaves }, data, error)).rejects.toMatchObject({
      code: "SHAPE_MISMATCH",
    });
  });

  it("finds the hyperfunctions first when nobody listed them", async () => {
    const found = hyperSystem({ name: "found" }, (x: number) => scale(x));
    expect((await found.evaluatePopulation([{ scale: [2] }], data, error)).scores).toEqual([-4 / 3]);
  });

  it("lets at most a chunk of candidates run at the same time", async () => {
    let alive = 0;
    let most = 0;
    const slow = hyperSystem({ name: "slow", hyperfunctions: [scale] }, async (x: number) => {
      most = Math.max(most, (alive += 1));
      await new Promise((resolve) => setImmediate(resolve));
      alive -= 1;
      return scale(x);
    });
    const candidates = Array.from({ length: 9 }, () => ({ scale: [1] }));
    await slow.evaluatePopulation(candidates, data, error, { chunk: 2 });
    expect(most).toBe(2 * data.length);
  });
});
