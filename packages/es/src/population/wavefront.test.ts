/** Batched calls of runs with their own control flow, against the plain loop. */
import { beforeAll, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import "../backend/chained-ops.js";
import { useBackend } from "../backend/use-backend.js";
import { tensorsIn } from "../lifetime/tensors-in.js";
import { largestDifference } from "../../test/vmap/largest-difference.js";
import { rowOf } from "./row-tensor.js";
import { tfjsTensorEngine } from "./tensor-engine.js";
import { plainPopulation, type HpOfCandidate } from "../../test/population/plain-population.js";
import {
  arbitraryPopulation,
  drawPopulation,
  layoutsOf,
  uniform,
} from "../../test/population/random-population.js";
import {
  WIDTH,
  arbitrarySteps,
  runSteps,
  type ProgramHp,
  type Step,
} from "../../test/population/random-program.js";
import { wavefront, type Call } from "../../test/population/wavefront.js";

const NAMES = ["f", "g"];
const layouts = layoutsOf(NAMES);

interface Input {
  readonly x: tf.Tensor;
  readonly label: string;
}

type Program = (input: Input, call: Call) => Promise<unknown>;

/** The call of a plain loop: the body with the candidate's own parameters. */
const direct =
  (hp: HpOfCandidate): Call =>
  async (name, body, input) =>
    body(input as never, hp(name));

async function compare(
  shape: Parameters<typeof drawPopulation>[0],
  examples: number,
  program: Program,
): Promise<{ difference: number; batches: number }> {
  const before = tf.memory().numTensors;
  const population = drawPopulation(shape, NAMES);
  const draw = uniform(shape.seed + 1);
  const inputs = Array.from({ length: examples }, (_, index) => ({
    x: tf.tensor1d(draw(WIDTH)),
    label: `example ${index}`,
  }));
  const session = tfjsTensorEngine.openPopulation(population, layouts, inputs);
  const { rows, batches } = await wavefront(session, [population.size, examples], program);
  const held = tensorsIn(rows).filter((tensor) => !tensor.isDisposed && rowOf(tensor) === undefined);
  expect(tf.memory().numTensors).toBe(before + new Set([...held, ...inputs.map(({ x }) => x)]).size);
  const plain = await plainPopulation(population, layouts, inputs, (input, hp) => program(input, direct(hp)));
  const difference = largestDifference(rows, plain);
  tf.dispose([
    ...inputs.map(({ x }) => x),
    ...held,
    ...tensorsIn(plain).filter((tensor) => !tensor.isDisposed),
  ]);
  expect(tf.memory().numTensors).toBe(before);
  return { difference, batches };
}

const f =
  (steps: readonly Step[]) =>
  ({ x }: { x: tf.Tensor }, hp: object): tf.Tensor =>
    runSteps(steps, x, hp as ProgramHp).last;

describe.each(["cpu", "wasm"] as const)("the wavefront on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  const LARGE = { size: 4, seed: 7, w: 2, v: "dense", s: "dense" } as const;
  const layer = ({ x }: { x: tf.Tensor }, hp: object): tf.Tensor =>
    tf.tanh(tf.add(tf.dot((hp as ProgramHp).w, x), (hp as ProgramHp).v)); // [4] -> [3]
  const back = ({ h }: { h: tf.Tensor }, hp: object): tf.Tensor => tf.tanh(tf.dot(h, (hp as ProgramHp).w)); // [3] -> [4]

  /** Programs of two stages with different code between them. */
  const programs: Record<string, { run: Program; batches?: number }> = {
    "hands a result on": {
      run: async ({ x }, call) => call("g", back, { h: await call("f", layer, { x }) }),
      batches: 2,
    },
    "reads a value and branches": {
      run: async ({ x }, call) => {
        const h = (await call("f", layer, { x })) as tf.Tensor;
        const [first = 0] = await h.data();
        return first > 0 ? call("g", back, { h }) : h.sum();
      },
      batches: 2,
    },
    "branches into different hyperfunctions, in a chain": {
      run: async ({ x }, call) => {
        const h = (await call("f", layer, { x })) as tf.Tensor;
        if ((h.dataSync()[0] ?? 0) < 0.5) return h;
        const y = (await call("g", back, { h })) as tf.Tensor;
        return call("f", layer, { x: y });
      },
    },
    "computes with tensors in between": {
      run: async ({ x }, call) => {
        const h = (await call("f", layer, { x: x.mul(2).add(1) })) as tf.Tensor;
        return call("g", back, {
          h: tf
            .tidy(() => h.relu().sub(h.mean()))
            .concat(h.slice(0, 1))
            .slice(1, 3),
        });
      },
      batches: 2,
    },
    "computes with constants of its own": {
      run: async ({ x }, call) => {
        const h = (await call("f", layer, { x })) as tf.Tensor;
        const [first = 0] = h.dataSync();
        return call("g", back, { h: h.mul(first).add(tf.tensor1d([first, 1, 2])) });
      },
      batches: 2,
    },
    "makes tensors of what it read": {
      run: async ({ x }, call) => {
        const h = (await call("f", layer, { x })) as tf.Tensor;
        const values = await h.array();
        return call("g", back, { h: tf.tensor1d((values as number[]).toReversed()) });
      },
      batches: 2,
    },
    "calls the same hyperfunction several times at once": {
      run: async ({ x }, call) => {
        const parts = await Promise.all([x, x.mul(2), x.neg()].map((part) => call("f", layer, { x: part })));
        return call("g", back, { h: tf.addN(parts as tf.Tensor[]) });
      },
      batches: 2,
    },
    "calls a number of times that depends on values": {
      run: async ({ x }, call) => {
        let y = x;
        for (let round = 0; round < 3; round++) {
          const h = (await call("f", layer, { x: y })) as tf.Tensor;
          if ((h.dataSync()[round] ?? 0) > 0.2) return { y, round };
          y = (await call("g", back, { h })) as tf.Tensor;
        }
        return { y, round: tf.scalar(3) };
      },
    },
    "returns structures, and takes them": {
      run: async ({ x }, call) => {
        const stage = ({ list }: { list: tf.Tensor[] }, hp: object): unknown => ({
          parts: list.map((part) => layer({ x: part }, hp)),
          count: list.length,
        });
        const result = (await call("f", stage, { list: [x, x.square()] })) as {
          parts: tf.Tensor[];
          count: number;
        };
        return { ...result, sum: tf.add(result.parts[0] ?? 0, result.parts[1] ?? 0).mul(result.count) };
      },
      batches: 1,
    },
    "is asynchronous inside a hyperfunction": {
      run: async ({ x }, call) => {
        const stage = async ({ x: input }: { x: tf.Tensor }, hp: object): Promise<tf.Tensor> => {
          const h = layer({ x: input }, hp);
          await new Promise((resolve) => setImmediate(resolve));
          return h.mul(2);
        };
        return call("f", stage, { x });
      },
      batches: 1,
    },
    "waits for different times": {
      run: async ({ x, label }, call) => {
        for (let turn = 0; turn < label.length % 3; turn++)
          await new Promise((resolve) => setImmediate(resolve));
        return call("f", layer, { x });
      },
    },
    "returns what it was given": { run: async ({ x }) => ({ x, y: x.add(1) }), batches: 0 },
    "copies and disposes": {
      run: async ({ x }, call) => {
        const h = (await call("f", layer, { x })) as tf.Tensor;
        const copy = h.clone();
        h.dispose();
        return call("g", back, { h: copy });
      },
      batches: 2,
    },
  };

  it.each(Object.entries(programs))("agrees with the loop when a run %s", async (_name, { run, batches }) => {
    for (const examples of [1, 5]) {
      const result = await compare(LARGE, examples, run);
      expect(result.difference).toBeLessThan(1e-4);
      if (batches !== undefined && examples > 1) expect(result.batches).toBe(batches);
    }
  });

  it("agrees with the loop for random stages and code between them", async () => {
    const glue = fc.constantFrom("none", "read", "branch", "operations", "constant", "sparse");
    const property = fc.asyncProperty(
      arbitraryPopulation,
      fc.integer({ min: 1, max: 4 }),
      arbitrarySteps,
      arbitrarySteps,
      arbitrarySteps,
      glue,
      async (shape, examples, first, between, second, kind) => {
        const program: Program = async ({ x }, call) => {
          let h = (await call("f", f(first), { x })) as tf.Tensor;
          const hp = { w: tf.ones([3, 4]), v: tf.ones([3]), s: tf.scalar(0.5), gain: 2 } as ProgramHp;
          if (kind === "operations") h = runSteps(between, h, hp).last;
          if (kind === "read") h = tf.tensor(Float32Array.from(await h.data()), h.shape);
          const [value = 0] = kind === "none" ? [] : await h.data();
          if (kind === "constant") h = tf.mul(h, value);
          if (kind === "sparse" && value > 0.1) return h;
          return kind === "branch" && value > 0
            ? call("f", f(second), { x: h })
            : call("g", f(second), { x: h });
        };
        expect((await compare(shape, examples, program)).difference).toBeLessThan(1e-3);
      },
    );
    await fc.assert(property, { numRuns: backend === "wasm" ? 200 : 60 });
  }, 60_000);
});
