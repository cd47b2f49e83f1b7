/** How a system comes to know its hyperfunctions, and where their values start. */
import { describe, expect, it } from "@jest/globals";
import {
  defineHpType,
  example,
  hyperfunction,
  HyperSystem,
  hyperSystem,
  LMParam,
  type HpInit,
  type HpType,
} from "@hyperfunc/core";

const Gate = defineHpType({
  name: "Gate",
  fields: {
    threshold: { default: 0.5, min: 0, max: 1 },
    topK: { default: 4, min: 1, max: 20, integer: true },
    model: { choices: ["small", "large"] },
  },
});
/** Core stores matrices; what a program gets of them is the tensor package's business. */
const Weights: HpType<{ weight: Float32Array; bias: Float32Array }> = {
  name: "Weights",
  fields: [
    { kind: "tensor", name: "weight", shape: [2, 3], noiseRank: 1, initStd: 1 },
    { kind: "tensor", name: "bias", shape: [2], noiseRank: undefined, initStd: 0 },
  ],
  fixed: {},
};
const route = hyperfunction({ name: "route", hpType: Gate, optimizeHparams: true }, (x: number, { hp }) =>
  x > hp.threshold ? `${hp.model}${hp.topK}` : "none",
);
const read = hyperfunction({ name: "read", hpType: Weights, optimizeHparams: true }, (x: number) => x);
const mixed = hyperfunction(
  { name: "mixed", hpType: { gate: Gate, read: Weights }, optimizeHparams: true },
  (x: number) => x,
);

class Blank extends HyperSystem<number, unknown> {
  async run(x: number): Promise<unknown> {
    return x;
  }
}

describe("hpInit", () => {
  const routeStart = (hpInit: HpInit<typeof Gate>): number[] => [
    ...(new Blank().registerHyperfunction(route, { hpInit }).getHpState()["route"] ?? []),
  ];
  const readStart = (hpInit: HpInit<typeof Weights>): number[] => [
    ...(new Blank().registerHyperfunction(read, { hpInit }).getHpState()["read"] ?? []),
  ];
  const mixedStart = (hpInit: HpInit<{ gate: typeof Gate; read: typeof Weights }>): number[] => [
    ...(new Blank().registerHyperfunction(mixed, { hpInit }).getHpState()["mixed"] ?? []),
  ];

  it("takes fields by name, choices by value, and leaves the others at their defaults", () => {
    expect(routeStart({ threshold: 0.25, model: "large" })).toEqual([0.25, 4, 1]);
  });

  it("takes all numbers at once in declared order, plain or typed", () => {
    expect(routeStart([0.1, 7, 1])).toEqual([0.1, 7, 1]);
    expect(readStart(new Float32Array([1, 2, 3, 4, 5, 6, 7, 8]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("takes matrices flat or nested", () => {
    expect(
      readStart({
        weight: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      }),
    ).toEqual([1, 2, 3, 4, 5, 6, 0, 0]);
    expect(readStart({ weight: new Float64Array([1, 2, 3, 4, 5, 6]), bias: [7, 8] })).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ]);
  });

  it("takes records of types by block and field", () => {
    const start = mixedStart({
      gate: { topK: 9 },
      read: {
        weight: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      },
    });
    expect(start).toEqual([0.5, 9, 0, 1, 2, 3, 4, 5, 6, 0, 0]);
  });

  it("takes a block with a single matrix as that matrix", () => {
    expect(
      mixedStart({
        read: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      }).slice(3),
    ).toEqual([1, 2, 3, 4, 5, 6, 0, 0]);
  });

  it("draws matrices that are not given from the seed and the path", () => {
    const start = (seed: number): unknown => new Blank({ seed, hyperfunctions: [read, mixed] }).getHpState();
    expect(start(1)).toEqual(start(1));
    expect(start(1)).not.toEqual(start(2));
    const { read: one, mixed: other } = new Blank({ hyperfunctions: [read, mixed] }).getHpState();
    expect(one?.slice(0, 6)).not.toEqual(new Float32Array(other?.slice(3, 9) ?? []));
    expect(one).toBeInstanceOf(Float32Array);
    expect(other).toBeInstanceOf(Float64Array);
  });

  it("wins over values that the hyperfunction had before", () => {
    const system = new Blank({ hyperfunctions: [route] });
    system.registerHyperfunction(route, { hpInit: { threshold: 0.9 } });
    expect(system.getHpState()["route"]).toEqual(new Float64Array([0.9, 4, 0]));
    system.registerHyperfunction(route);
    expect(system.getHpState()["route"]).toEqual(new Float64Array([0.9, 4, 0]));
  });

  const bad: readonly [what: string, hpInit: unknown, code: string, message: RegExp][] = [
    ["an unknown field", { treshold: 1 }, "UNKNOWN_PATH", /route\.hp\.treshold.*route\.hp\.threshold/],
    ["too few numbers", [1], "SHAPE_MISMATCH", /route\.hp takes 3 numbers, got 1/],
    ["a value out of range", { threshold: 2 }, "INVALID_ARGUMENT", /route\.hp\.threshold.*2.*\[0, 1\]/],
    ["a number that is none", { threshold: NaN }, "INVALID_ARGUMENT", /route\.hp\.threshold.*NaN/],
    ["an unknown choice", { model: "medium" }, "INVALID_ARGUMENT", /route\.hp\.model.*medium.*small, large/],
    ["a fraction for an integer", { topK: 2.5 }, "INVALID_ARGUMENT", /route\.hp\.topK.*2\.5.*whole/],
    ["no object", "x", "INVALID_ARGUMENT", /"route".*x/],
  ];
  it.each(bad)("refuses %s", (_, hpInit, code, message) => {
    const register = (): unknown => new Blank().registerHyperfunction(route, { hpInit: hpInit as never });
    expect(register).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it("refuses a nested matrix of another shape", () => {
    expect(() =>
      readStart({
        weight: [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      }),
    ).toThrow(
      expect.objectContaining({
        code: "SHAPE_MISMATCH",
        message: expect.stringMatching(/\[2, 3\].*\[3, 2\]/),
      }),
    );
  });

  it("leaves nothing registered when it is refused", () => {
    const system = new Blank();
    expect(() => system.registerHyperfunction(route, { hpInit: [1] })).toThrow();
    expect(system.hyperfunctions).toEqual([]);
  });

  it("is refused for a hyperfunction without parameters", () => {
    const bare = hyperfunction({ name: "bare" }, () => 1);
    expect(() => new Blank().registerHyperfunction(bare, { hpInit: [1] as never })).toThrow(
      /"bare" has no hpType/,
    );
  });
});

describe("names", () => {
  it("must be unique within a system", () => {
    const twin = hyperfunction({ name: "route" }, () => 1);
    expect(() => new Blank({ hyperfunctions: [route, twin] })).toThrow(
      expect.objectContaining({ code: "DUPLICATE_NAME", message: expect.stringContaining('"route"') }),
    );
    expect(new Blank({ hyperfunctions: [route, route] }).hyperfunctions).toEqual([route]);
  });

  it("are checked when a hyperfunction is first called, too", async () => {
    const twin = hyperfunction({ name: "route" }, () => 1);
    const system = hyperSystem({ name: "twins" }, async (x: number) => [await route(x), await twin()]);
    await expect(system.run(1)).rejects.toMatchObject({ code: "DUPLICATE_NAME" });
    await expect(system.evaluate([example(1, 0)], () => 1)).rejects.toMatchObject({ code: "DUPLICATE_NAME" });
  });
});

describe("discover", () => {
  const gated = hyperSystem({ name: "gated" }, async (x: number) => {
    const verdict = await route(x);
    return verdict === "none" ? verdict : read(x);
  });

  it("finds what one run calls, without scoring or changing anything", async () => {
    expect(gated.hyperfunctions).toEqual([]);
    expect(await gated.discover({ inputs: 1, expected: undefined })).toEqual([route, read]);
    expect(gated.hpDim).toBe(3 + 8);
  });

  it("counts only what optimizers may change", () => {
    const still = hyperfunction({ name: "still", hpType: LMParam }, () => 1);
    const system = new Blank({ hyperfunctions: [still, route] });
    expect(system.hpDim).toBe(3);
    expect(Object.keys(system.getHpState())).toEqual(["route"]);
  });

  it("survives a program that fails, and keeps what was met until then", async () => {
    const system = hyperSystem({ name: "failing" }, async (x: number) => {
      await route(x);
      throw new Error("later");
    });
    expect(await system.discover({ inputs: 1, expected: undefined })).toEqual([route]);
  });

  it("does not take a program for known that failed on its way", async () => {
    const system = hyperSystem({ name: "failing" }, async (x: number) => {
      await route(x);
      if (x < 0) throw new Error("later");
      return read(x);
    });
    await system.discover({ inputs: -1, expected: undefined });
    const candidate = { route: [0.5, 4, 0], read: new Float32Array(8) };
    expect((await system.evaluatePopulation([candidate], [example(3, 0)], () => 1)).scores).toEqual([1]);
  });

  it("refuses something that is no example", async () => {
    await expect(new Blank().discover({ input: 1 } as never)).rejects.toThrow(/example\[0\] has no "inputs"/);
  });
});

describe("setHpState", () => {
  const system = new Blank({ hyperfunctions: [route] });
  const bad: readonly [what: string, state: Record<string, number[]>, code: string][] = [
    ["an unknown name", { rout: [1, 2, 0] }, "UNKNOWN_PATH"],
    ["a wrong length", { route: [1, 2] }, "SHAPE_MISMATCH"],
    ["a value that is not finite", { route: [NaN, 4, 0] }, "INVALID_ARGUMENT"],
    ["a value out of range", { route: [0.5, 40, 0] }, "INVALID_ARGUMENT"],
    ["a fraction for an integer", { route: [0.5, 4.5, 0] }, "INVALID_ARGUMENT"],
    ["a fraction for a choice", { route: [0.5, 4, 0.5] }, "INVALID_ARGUMENT"],
  ];
  it.each(bad)("refuses %s and keeps what was there", (_, state, code) => {
    expect(() => system.setHpState(state)).toThrow(expect.objectContaining({ code }));
    expect(system.getHpState()["route"]).toEqual(new Float64Array([0.5, 4, 0]));
  });

  it("copies, in and out", () => {
    const given = new Float64Array([0.25, 4, 0]);
    system.setHpState({ route: given });
    given[0] = 1;
    const taken = system.getHpState()["route"];
    if (taken) taken[0] = 1;
    expect(system.getHpState()["route"]).toEqual(new Float64Array([0.25, 4, 0]));
  });
});
