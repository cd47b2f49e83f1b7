/** Random populations for `ProgramHp`: each parameter shared, perturbed in factors or in full. */
import {
  hyperfunctionLayout,
  type HpSpec,
  type HyperfunctionLayout,
  type LeafBatch,
  type Population,
} from "@hyperfunc/core";
import fc from "fast-check";
import { HEIGHT, WIDTH } from "./random-program.js";

const SPEC: HpSpec = {
  name: "Random",
  fields: [
    { kind: "tensor", name: "w", shape: [HEIGHT, WIDTH], noiseRank: 1, initStd: 1 },
    { kind: "tensor", name: "v", shape: [HEIGHT], noiseRank: undefined, initStd: 0 },
    { kind: "scalar", name: "s", default: 0, min: -1, max: 1, scale: "linear", integer: false, tensor: true },
  ],
  fixed: { gain: 0.5 },
};

/** The same parameters for every hyperfunction of a program. */
export function layoutsOf(names: readonly string[]): ReadonlyMap<string, HyperfunctionLayout> {
  return new Map(names.map((name) => [name, hyperfunctionLayout(name, SPEC)]));
}

export interface PopulationShape {
  readonly size: number;
  readonly seed: number;
  readonly w: "shared" | "dense" | 1 | 2;
  readonly v: "shared" | "dense";
  readonly s: "shared" | "dense";
}

export const arbitraryPopulation: fc.Arbitrary<PopulationShape> = fc.record({
  size: fc.integer({ min: 1, max: 4 }),
  seed: fc.nat(),
  w: fc.constantFrom("shared" as const, "dense" as const, 1 as const, 2 as const),
  v: fc.constantFrom("shared" as const, "dense" as const),
  s: fc.constantFrom("shared" as const, "dense" as const),
});

export function drawPopulation(shape: PopulationShape, names: readonly string[]): Population {
  const draw = uniform(shape.seed);
  const leaves = new Map<string, LeafBatch>();
  const values = new Map<string, Float64Array>();
  for (const name of names) {
    const base = Float64Array.from(draw(HEIGHT * WIDTH + HEIGHT + 1));
    values.set(name, base);
    const dense = (size: number): LeafBatch => ({ kind: "dense", values: draw(shape.size * size) });
    if (shape.w === "dense") leaves.set(`${name}.hp.w`, dense(HEIGHT * WIDTH));
    else if (shape.w !== "shared") {
      const { w: rank, size } = shape;
      const [a, b] = [draw(size * HEIGHT * rank), draw(size * WIDTH * rank)];
      leaves.set(`${name}.hp.w`, {
        kind: "lowRank",
        base: Float32Array.from(base.subarray(0, HEIGHT * WIDTH)),
        rank,
        a,
        b,
      });
    }
    if (shape.v === "dense") leaves.set(`${name}.hp.v`, dense(HEIGHT));
    if (shape.s === "dense") leaves.set(`${name}.hp.s`, dense(1));
  }
  return { size: shape.size, base: { values, prompts: new Map(), demos: new Map() }, leaves };
}

/** Numbers in [-1, 1) from a small linear congruential generator. */
export function uniform(seed: number): (count: number) => Float32Array {
  let state = seed >>> 0;
  return (count) =>
    Float32Array.from({ length: count }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 31 - 1;
    });
}
