import { describe, expect, it } from "@jest/globals";
import type { StrategyLeaf } from "./leaf.js";
import { globalNorm } from "./moments.js";
import { memberBatch } from "./perturbation.js";
import { evolutionStrategy, type Generation, type StrategyOptions } from "./strategy.js";

const vector: StrategyLeaf = { path: "x", shape: [8], noiseRank: undefined };
const slope = Float64Array.from({ length: 8 }, (_, i) => (i - 3.2) / 4);
const slopeLength = Math.hypot(...slope);
const base: StrategyOptions = {
  popSize: 256,
  sigma: 0.1,
  lr: 0.3,
  seed: 0,
  antithetic: true,
  fitness: "centered-rank",
  step: "sgd",
  weightDecay: 0,
};

/** Values of the only leaf, member after member. */
function values(generation: Generation, options: StrategyOptions): readonly (readonly number[])[] {
  const [search] = generation;
  const batch = search === undefined ? undefined : memberBatch(search, options);
  if (batch?.kind !== "dense") throw new Error("expected dense values");
  const size = batch.values.length / options.popSize;
  return Array.from({ length: options.popSize }, (_, member) => [
    ...batch.values.subarray(member * size, (member + 1) * size),
  ]);
}

/** Steps on the linear objective: their mean length, and how far they go along the slope. */
function linearSteps(
  changes: Partial<StrategyOptions>,
  missing = 0,
  repeats = 20,
): { length: number; along: number } {
  let length = 0;
  let along = 0;
  for (let seed = 0; seed < repeats; seed++) {
    const options = { ...base, ...changes, seed };
    const strategy = evolutionStrategy([vector], options);
    const start = strategy.init([new Float32Array(8)]);
    const generation = strategy.ask(start);
    const fitness = values(generation, options).map((x, member) =>
      member < missing ? undefined : x.reduce((sum, value, i) => sum + value * (slope[i] ?? 0), 0),
    );
    const [moved = new Float32Array(8)] = strategy.tell(start, generation, fitness).state
      .means as Float32Array[];
    length += globalNorm([moved]) / repeats;
    along += moved.reduce((sum, value, i) => sum + (value * (slope[i] ?? 0)) / slopeLength, 0) / repeats;
  }
  return { length, along };
}

function within(actual: number, expected: number, share: number): void {
  expect(Math.abs(actual / expected - 1)).toBeLessThan(share);
}

describe("the length of a step on a linear objective", () => {
  const shapings = ["centered-rank", "z-score", "none"] as const;

  it("does not depend on sigma or on the population size, for every shaping and step rule", () => {
    for (const fitness of shapings) {
      for (const step of ["sgd", "adam", "clipup"] as const) {
        const { length } = linearSteps({ fitness, step });
        within(linearSteps({ fitness, step, sigma: 0.2 }).length, length, 0.02);
        within(linearSteps({ fitness, step, popSize: 512 }).length, length, 0.05);
      }
    }
  });

  it("is lr along the slope with sgd, lr over all numbers with clipup, lr per number with adam", () => {
    within(linearSteps({ fitness: "z-score" }).along, 0.3, 0.05);
    // Ranks of a normal variable correlate with it by sqrt(3 / pi).
    within(linearSteps({}).along, 0.3 * Math.sqrt(3 / Math.PI), 0.05);
    within(linearSteps({ step: "clipup" }).length, 0.3, 1e-4);
    within(linearSteps({ step: "adam" }).length, 0.3 * Math.sqrt(8), 1e-3);
  });

  it("does not depend on how many members are missing", () => {
    within(linearSteps({ fitness: "z-score", popSize: 512 }, 250).along, 0.3, 0.05);
  });

  it("is lr times the slope itself when fitness is not shaped", () => {
    within(linearSteps({ fitness: "none" }).along, 0.3 * slopeLength, 0.05);
  });
});

describe("evolutionStrategy", () => {
  const strategyOf = (changes: Partial<StrategyOptions>, leaves: readonly StrategyLeaf[] = [vector]) =>
    evolutionStrategy(leaves, { ...base, popSize: 8, ...changes });
  const start = [new Float32Array(8).fill(1)];
  const fitness = [5, 1, 4, 2, 3, 3, 0, 9];

  it("drops the step when fewer than half of the members count, and keeps the state", () => {
    const strategy = strategyOf({});
    const state = strategy.init(start);
    const generation = strategy.ask(state);
    const missing = [5, undefined, 4, Number.NaN, 3, 3, 0, Infinity];
    expect(strategy.tell(state, generation, missing)).toEqual({ state, valid: 2, applied: false });
    const half = strategy.tell(state, generation, [5, 1, 4, undefined, 3, 3, 0, Number.NaN]);
    expect([half.valid, half.applied, half.state.generation]).toEqual([4, true, 1]);
    const none = strategy.tell(
      state,
      generation,
      Array.from({ length: 8 }, () => undefined),
    );
    expect([none.valid, none.applied]).toEqual([0, false]);
  });

  it("takes the same step without a pair as with any values in it that are missing", () => {
    const strategy = strategyOf({});
    const state = strategy.init(start);
    const generation = strategy.ask(state);
    const one = strategy.tell(state, generation, [5, 1, undefined, 700, 3, 3, 0, 9]);
    const other = strategy.tell(state, generation, [5, 1, -700, Number.NaN, 3, 3, 0, 9]);
    expect(one).toEqual(other);
  });

  it("decays tensors by lr * weightDecay, and scalars only when told to", () => {
    const leaves: StrategyLeaf[] = [
      vector,
      { path: "s", shape: [], noiseRank: undefined },
      { path: "d", shape: [], noiseRank: undefined, decay: true },
    ];
    const strategy = strategyOf({ weightDecay: 0.5 }, leaves);
    const state = strategy.init([...start, Float64Array.of(1), Float64Array.of(1)]);
    const { means } = strategy.tell(state, strategy.ask(state), new Float64Array(8)).state;
    expect(means.map((mean) => mean[0])).toEqual([Math.fround(0.85), 1, 0.85]);
  });

  it("uses a leaf's own sigma, lr and least sigma", () => {
    const leaves: StrategyLeaf[] = [
      { ...vector, path: "a", sigma: 0.02, lr: 0.7 },
      { ...vector, path: "b", minSigma: 3 },
    ];
    const strategy = strategyOf({ sigma: { kind: "linear", from: 0.1, to: 0.05, steps: 1 } }, leaves);
    const state = strategy.init([...start, ...start]);
    expect(strategy.ask(state).map((search) => search.sigma)).toEqual([0.02, 3]);
    expect(
      strategyOf({ sigma: { kind: "linear", from: 0.1, to: 0.05, steps: 1 } }).ask({
        ...strategyOf({}).init(start),
        generation: 9,
      })[0]?.sigma,
    ).toBe(0.05);
    const generation = strategy.ask(state);
    const { means } = strategy.tell(state, generation, fitness).state;
    const [a = [], b = []] = means;
    expect(globalNorm([Float32Array.from(a, (value) => value - 1)])).toBeGreaterThan(0.7 * 0.3);
    expect(b).not.toEqual(start[0]);
  });

  it("leaves a bound that it starts on, also when the number is the only one", () => {
    for (const antithetic of [true, false]) {
      const options = { ...base, popSize: 16, sigma: 0.05, lr: 0.05, antithetic };
      const strategy = evolutionStrategy(
        [{ path: "t", shape: [], noiseRank: undefined, bounds: [0, 1] }],
        options,
      );
      let state = strategy.init([Float64Array.of(1)]);
      expect(values(strategy.ask(state), options).every(([x = 1]) => x < 1)).toBe(true);
      for (let step = 0; step < 60; step++) {
        const generation = strategy.ask(state);
        const scores = values(generation, options).map(([x = 0]) => -((x - 0.4) ** 2));
        state = strategy.tell(state, generation, scores).state;
      }
      expect(Math.abs((state.means[0]?.[0] ?? 0) - 0.4)).toBeLessThan(0.06);
    }
  });

  it("stays on a bound that is best, and never leaves the range", () => {
    const options = { ...base, popSize: 16, sigma: 0.3, lr: 0.5 };
    const strategy = evolutionStrategy(
      [{ path: "t", shape: [], noiseRank: undefined, bounds: [0, 1] }],
      options,
    );
    let state = strategy.init([Float64Array.of(0.5)]);
    for (let step = 0; step < 20; step++) {
      const generation = strategy.ask(state);
      state = strategy.tell(
        state,
        generation,
        values(generation, options).map(([x = 0]) => x),
      ).state;
      expect(state.means[0]?.[0]).toBeLessThanOrEqual(1);
    }
    expect(state.means[0]?.[0]).toBe(1);
  });

  it("refuses a step that would not be finite and leaves the state as it is", () => {
    const strategy = strategyOf({ fitness: "none" });
    const state = strategy.init(start);
    const huge = fitness.map((value) => value * 1e300);
    expect(() => strategy.tell(state, strategy.ask(state), huge)).toThrow(
      /step of generation 0 would make "x" infinite/,
    );
    expect(state.means).toBe(start);
    expect(strategyOf({}).tell(state, strategy.ask(state), huge).applied).toBe(true);
  });

  it("names what it refuses and what to do instead", () => {
    const refused: [Partial<StrategyOptions>, RegExp][] = [
      [
        { popSize: 7 },
        /popSize must be even with antithetic sampling, got 7; use 8, or set antithetic to false/,
      ],
      [{ popSize: 1, antithetic: false }, /popSize must be an integer of at least 2, got 1/],
      [{ popSize: 2.5, antithetic: false }, /got 2.5/],
      [{ sigma: 0 }, /sigma must be a positive finite number, got 0/],
      [{ lr: -1 }, /lr must be a positive finite number, got -1/],
      [{ seed: Number.NaN }, /seed must be a finite number/],
      [{ weightDecay: -0.1 }, /weightDecay must be zero or a positive number/],
      [{ fitness: "rank" as "none" }, /Unknown fitness shaping/],
    ];
    for (const [options, message] of refused) expect(() => strategyOf(options)).toThrow(message);
    const leaves: [StrategyLeaf[], RegExp][] = [
      [[], /nothing to search/],
      [[vector, vector], /Paths must be unique/],
      [[{ ...vector, shape: [0] }], /sides must be positive integers/],
      [[{ ...vector, noiseRank: 1 }], /only matrices take a noise rank/],
      [
        [{ path: "w", shape: [4, 2], noiseRank: 3 }],
        /"w" is 4 x 2, so its noise rank must be an integer from 1 to 2, got 3/,
      ],
      [[{ path: "w", shape: [4, 2], noiseRank: 1, bounds: [0, 1] }], /both bounds and a noise rank/],
      [[{ ...vector, bounds: [1, 0] }], /bounds of "x" must be ordered/],
      [[{ ...vector, minSigma: -1 }], /minSigma of "x"/],
    ];
    for (const [list, message] of leaves) expect(() => strategyOf({}, list)).toThrow(message);
    const strategy = strategyOf({});
    expect(() => strategy.init([new Float32Array(3)])).toThrow(/"x" of shape \[8\] takes 8 numbers, got 3/);
    expect(() => strategy.init([new Float32Array(8).fill(Number.NaN)])).toThrow(/"x"\[0\] is NaN/);
    const state = strategy.init(start);
    expect(() => strategy.tell(state, strategy.ask(state), [1, 2])).toThrow(/8 of them, got 2/);
  });
});
