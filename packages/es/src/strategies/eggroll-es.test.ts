import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { EggrollES, type EggrollOptions, type EggrollState } from "./eggroll-es.js";

type Shapes = "W" | "b" | "t";
const options: EggrollOptions<Shapes> = {
  parameters: { W: [4, 3], b: [4], t: [] },
  popSize: 8,
  sigma: 0.1,
  lr: 0.2,
};
const strategyOf = (changes: Partial<EggrollOptions<Shapes>> = {}) =>
  new EggrollES({ ...options, ...changes });

/** Any deterministic score that uses every number. */
function score(parameters: Readonly<Record<string, Float32Array>>): number {
  return -Object.values(parameters).reduce(
    (sum, values, which) =>
      sum + values.reduce((inner, value, i) => inner + (value - Math.sin(which + i)) ** 2, 0),
    0,
  );
}
const generation = (es: EggrollES<Shapes>): void => {
  es.tell(es.ask().map((member) => score(member.parameters)));
};
const bits = (es: EggrollES<Shapes>): string => JSON.stringify(es.state());

describe("EggrollES", () => {
  it("starts matrices at keyed draws, everything else at zeros, and takes other starts", () => {
    const es = strategyOf();
    expect(es.generation).toBe(0);
    expect(es.parameters.b).toEqual(new Float32Array(4));
    expect(es.parameters.t).toEqual(new Float32Array(1));
    expect(new Set(es.parameters.W).size).toBe(12);
    expect(strategyOf().parameters).toEqual(es.parameters);
    expect(strategyOf({ seed: 1 }).parameters.W).not.toEqual(es.parameters.W);
    const given = new EggrollES({ ...options, parameters: { x: { shape: [2], init: [0.5, -1] } } });
    expect(given.parameters).toEqual({ x: Float32Array.of(0.5, -1) });
  });

  it("hands out copies of its parameters", () => {
    const es = strategyOf();
    es.parameters.b.fill(9);
    expect(es.parameters.b).toEqual(new Float32Array(4));
  });

  it("gives members that are exactly what the factors of the population say", () => {
    const es = strategyOf({ rank: 2 });
    const members = es.ask();
    const w = es.population().get("W");
    const b = es.population().get("b");
    if (w?.kind !== "lowRank" || b?.kind !== "dense") throw new Error("expected factors and dense values");
    expect(members.length).toBe(8);
    for (const { index, parameters } of members) {
      expect(parameters.b).toEqual(b.values.subarray(index * 4, (index + 1) * 4));
      const element = (i: number) =>
        [0, 1].reduce(
          (sum, r) => sum + (w.a[(index * 4 + 3) * 2 + r] ?? 0) * (w.b[(index * 3 + i) * 2 + r] ?? 0),
          w.base[3 * 3 + i] ?? 0,
        );
      expect([...parameters.W.subarray(9)]).toEqual([0, 1, 2].map((i) => Math.fround(element(i))));
    }
    expect(members[0]?.parameters).toBe(members[0]?.parameters);
    expect(Object.keys(members[0]?.parameters ?? {})).toEqual(["W", "b", "t"]);
  });

  it("takes full noise and a rank per parameter", () => {
    const es = new EggrollES({
      ...options,
      rank: "full",
      parameters: { W: [4, 3], V: { shape: [3, 3], rank: 3 } },
    });
    es.ask();
    expect([...es.population()].map(([name, batch]) => [name, batch.kind])).toEqual([
      ["W", "dense"],
      ["V", "lowRank"],
    ]);
  });

  it("keeps the order of ask and tell", () => {
    const es = strategyOf();
    const scores = new Float64Array(8);
    expect(() => es.tell(scores)).toThrow("tell() needs a population: call ask() first.");
    expect(() => es.population()).toThrow("population() needs a population: call ask() first.");
    es.ask();
    expect(() => es.ask()).toThrow(
      "ask() was called twice in generation 0; tell() the fitness of its members first.",
    );
    expect(() => es.tell([1, 2, 3])).toThrow("8 of them, got 3");
    expect(es.tell(scores)).toEqual({ valid: 8, applied: true });
    expect(() => es.tell(scores)).toThrow("call ask() first");
  });

  it("gives the same members again after a generation with too few scores", () => {
    const es = strategyOf();
    const before = bits(es);
    const members = es.ask().map((member) => member.parameters);
    expect(es.tell([1, 2, Number.NaN, 3, ...new Array<undefined>(4)])).toEqual({ valid: 2, applied: false });
    expect(bits(es)).toBe(before);
    expect(es.ask().map((member) => member.parameters)).toEqual(members);
  });

  it("resumes bit for bit from any generation, with every step rule, asked or not", () => {
    for (const step of ["sgd", { kind: "sgd", momentum: 0.9 }, "adam", "clipup"] as const) {
      const schedule = { kind: "cosine", from: 0.2, to: 0.01, steps: 5 } as const;
      const es = strategyOf({ step, lr: schedule, weightDecay: 0.01, rank: 2, seed: 3 });
      for (let step = 0; step < 6; step++) {
        const restored = EggrollES.restore<Shapes>(JSON.parse(bits(es)) as EggrollState<Shapes>);
        expect(restored.parameters).toEqual(es.parameters);
        generation(restored);
        const members = es.ask();
        const asked = EggrollES.restore(es.state());
        es.tell(members.map((member) => score(member.parameters)));
        generation(asked);
        expect(bits(restored)).toBe(bits(es));
        expect(bits(asked)).toBe(bits(es));
      }
      expect(es.generation).toBe(6);
    }
  });

  it("does not care in which order members are evaluated", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), (order) => {
        const [straight, shuffled] = [strategyOf(), strategyOf()];
        for (let step = 0; step < 3; step++) {
          generation(straight);
          const members = shuffled.ask();
          const fitness = new Array<number | undefined>(8);
          for (const index of order) {
            const member = members[index];
            if (member !== undefined) fitness[index] = score(member.parameters);
          }
          shuffled.tell(fitness);
        }
        expect(bits(shuffled)).toBe(bits(straight));
      }),
      { numRuns: 20 },
    );
  });

  it("keeps its parameters finite whatever it is told", () => {
    const anything = fc.oneof(
      { weight: 3, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
      { weight: 2, arbitrary: fc.constantFrom(1, 2) },
      {
        weight: 2,
        arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity, undefined, 1e308, -1e308, 5e-324),
      },
    );
    const generations = fc.array(
      fc.oneof(
        fc.array(anything, { minLength: 8, maxLength: 8 }),
        fc.double().map((value) => new Array<number>(8).fill(value)),
      ),
      { minLength: 1, maxLength: 6 },
    );
    const shaping = fc.constantFrom("centered-rank" as const, "z-score" as const, "none" as const);
    const step = fc.constantFrom("sgd" as const, "adam" as const, "clipup" as const);
    fc.assert(
      fc.property(generations, shaping, step, fc.boolean(), (told, fitness, step, antithetic) => {
        const es = strategyOf({ fitness, step, antithetic });
        for (const scores of told) {
          const members = es.ask();
          expect(
            members.every((member) =>
              Object.values(member.parameters).every((values) => values.every(Number.isFinite)),
            ),
          ).toBe(true);
          if (fitness !== "none") expect(es.tell(scores).valid).toBeLessThanOrEqual(8);
          else {
            try {
              es.tell(scores);
            } catch (error) {
              expect(String(error)).toMatch(/so it was not taken/);
              es.tell(new Float64Array(8));
            }
          }
          expect(Object.values(es.parameters).every((values) => values.every(Number.isFinite))).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("does not move without a difference in fitness", () => {
    for (const step of ["sgd", "adam", "clipup"] as const) {
      const es = strategyOf({ step });
      const before = es.parameters;
      es.ask();
      expect(es.tell(new Array<number>(8).fill(0.1))).toEqual({ valid: 8, applied: true });
      expect(es.parameters).toEqual(before);
    }
  });

  it("refuses bad declarations and states with the remedy", () => {
    const declared =
      (parameters: EggrollOptions["parameters"], changes: Partial<EggrollOptions> = {}) =>
      () =>
        new EggrollES({ ...options, ...changes, parameters });
    expect(declared({})).toThrow("give at least one parameter");
    expect(declared({ W: [2, 8] }, { rank: 4 })).toThrow(
      '"W" is 2 x 8, so its noise rank must be an integer from 1 to 2, got 4',
    );
    expect(declared({ b: { shape: [3], rank: 1 } })).toThrow("only matrices take a noise rank");
    expect(declared({ b: { shape: [3], init: [1, 2] } })).toThrow(
      'init of "b" has 2 numbers, but its shape [3] takes 3',
    );
    expect(declared({ b: { shape: [1], init: [Infinity] } })).toThrow('"b"[0] is Infinity');
    const state = strategyOf({ step: "adam" }).state();
    expect(() => EggrollES.restore({ ...state, version: 2 as 1 })).toThrow(
      "not a state of EggrollES version 1 (version: 2)",
    );
    const wider = { ...state.options, parameters: { ...state.options.parameters, b: [5] } };
    expect(() => EggrollES.restore({ ...state, options: wider })).toThrow('"b" has 4 numbers, expected 5');
    expect(() => EggrollES.restore({ ...state, options: { ...state.options, step: "sgd" } })).toThrow(
      "2 moments, expected 3 and 0",
    );
  });
});
