import { afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import {
  defineHpType,
  hyperfunctionLayout,
  tensorEngine,
  type HpSpec,
  type LeafBatch,
  type Population,
  type PopulationSession,
} from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import "../backend/chained-ops.js";
import { useBackend } from "../backend/use-backend.js";
import { OwnedTensors, runOwned } from "../lifetime/owned-tensors.js";
import { LoRAWeight } from "../primitives/lora-weight/lora-weight.js";
import { vmap } from "../vmap/vmap.js";
import { agree } from "./agreement.js";
import { BATCHED_METRIC, overExamples, type BatchedMetric } from "./batched-metric.js";
import { tfjsTensorEngine } from "./tensor-engine.js";

const Gate = defineHpType({
  name: "Gate",
  fields: {
    threshold: { default: 0.5, min: 0, max: 1 },
    model: { choices: ["small", "large"] },
  },
});
const Soft = defineHpType({ name: "Soft", tensor: true, fields: { scale: { default: 1, min: 0, max: 20 } } });
const spec: HpSpec = { read: LoRAWeight.create({ outDim: 2, inDim: 3 }), gate: Gate, soft: Soft };
const layouts = new Map([
  ["f", hyperfunctionLayout("f", spec)],
  ["g", hyperfunctionLayout("g", Gate)],
]);

interface Hp {
  readonly read: { readonly weight: tf.Tensor2D };
  readonly gate: { readonly threshold: number; readonly model: string };
  readonly soft: { readonly scale: tf.Scalar };
}

function population(leaves: Record<string, LeafBatch> = {}, size = 2): Population {
  const values = new Map([
    ["f", Float64Array.of(1, 2, 3, 4, 5, 6, 0.5, 0, 1)],
    ["g", Float64Array.of(0.25, 1)],
  ]);
  return {
    size,
    base: { values, prompts: new Map(), demos: new Map() },
    leaves: new Map(Object.entries(leaves)),
  };
}

const dense = (...values: number[]): LeafBatch => ({ kind: "dense", values: Float64Array.from(values) });

describe.each(["cpu", "wasm"] as const)("a population on %s", (backend) => {
  let before = 0;
  const open: { close(): void }[] = [];

  beforeAll(async () => {
    await useBackend(backend);
  });

  beforeEach(() => {
    before = tf.memory().numTensors;
  });

  afterEach(() => {
    for (const item of open.splice(0)) item.close();
    expect(tf.memory().numTensors).toBe(before);
  });

  function session(
    inputs: readonly unknown[] = [{}],
    leaves?: Record<string, LeafBatch>,
    size?: number,
  ): PopulationSession {
    const opened = tfjsTensorEngine.openPopulation(population(leaves, size), layouts, inputs);
    open.push(opened);
    return opened;
  }

  /** Runs in a scope that is closed after the test. */
  function run<T>(body: () => T): T {
    const scope = new OwnedTensors();
    open.push(scope);
    return runOwned(scope, body);
  }

  function examples(...rows: number[][]): { x: tf.Tensor }[] {
    return run(() => rows.map((row) => ({ x: tf.tensor1d(row) })));
  }

  describe("gives hp", () => {
    it("as plain values where all candidates agree", async () => {
      const { read, gate, soft } = session().hp("f") as Hp;
      expect(read.weight.arraySync()).toEqual([
        [1, 2, 3],
        [4, 5, 6],
      ]);
      expect([gate.threshold, gate.model, soft.scale.dataSync()[0]]).toEqual([0.5, "small", 1]);
      const same = session([{}], { "f.hp.gate.threshold": dense(0.7, 0.7) }).hp("f") as Hp;
      expect(same.gate.threshold).toBe(0.7);
      expect(session().hp("g")).toMatchObject({ threshold: 0.25, model: "large" });
    });

    it("as batched tensors where they differ", async () => {
      const population = session([{}], {
        "f.hp.read.weight": {
          kind: "lowRank",
          base: Float32Array.of(1, 2, 3, 4, 5, 6),
          rank: 1,
          a: Float32Array.of(1, 0, 0, 1),
          b: Float32Array.of(1, 1, 1, 2, 0, 0),
        },
        "f.hp.soft.scale": dense(2, 3),
      });
      const { read, soft } = population.hp("f") as Hp;
      const rows = await population.outputs(
        run(() => ({ weight: read.weight.mul(1), soft: soft.scale.add(1) })),
      );
      expect(rows.map(([cell]) => arrays(cell))).toEqual([
        {
          weight: [
            [2, 3, 4],
            [4, 5, 6],
          ],
          soft: 3,
        },
        {
          weight: [
            [1, 2, 3],
            [6, 5, 6],
          ],
          soft: 4,
        },
      ]);
    });

    it("with a refusal where a plain value would differ", async () => {
      const population = session([{}], {
        "f.hp.gate.threshold": dense(0.1, 0.2),
        "f.hp.gate.model": dense(0, 1),
      });
      const { gate } = population.hp("f") as Hp;
      const refused = (message: RegExp): unknown =>
        expect.objectContaining({ code: "NOT_VECTORISABLE", message: expect.stringMatching(message) });
      expect(() => gate.threshold).toThrow(
        refused(/hp.threshold \(f.hp.gate.threshold\) differs .* tensor: true/),
      );
      expect(() => gate.model).toThrow(refused(/hp.model .* differs between candidates/));
      // The error was swallowed, so what the run gives does not count.
      await expect(population.outputs(1)).rejects.toMatchObject({ code: "NOT_VECTORISABLE" });
      await expect(population.score(1, () => 1, [])).rejects.toMatchObject({ code: "NOT_VECTORISABLE" });
    });

    it("only of what it knows", () => {
      expect(() => session().hp("other")).toThrow('knows no hyperfunction "other"');
    });
  });

  describe("batches inputs", () => {
    it("by stacking tensors and sharing equal values", async () => {
      const shared = run(() => tf.ones([2]));
      const population = session(
        examples([1, 2], [3, 4]).map(({ x }) => ({ x, list: [x, shared], mode: "a", sizes: [1, 2] })),
      );
      const input = population.batchedInputs() as {
        x: tf.Tensor;
        list: tf.Tensor[];
        mode: string;
        sizes: number[];
      };
      expect([input.x.shape, input.mode, input.sizes]).toEqual([[2], "a", [1, 2]]);
      expect(input.list[1]).toBe(shared);
      const rows = await population.outputs(run(() => input.list[0]?.sum()));
      expect(rows).toHaveLength(2);
      expect(rows[1]?.map((cell) => (cell as tf.Tensor).dataSync()[0])).toEqual([3, 7]);
    });

    it("and refuses what differs, when it is read", async () => {
      const population = session(
        examples([1], [2]).map(({ x }, index) => ({ x, nested: { label: `n${index}` }, id: index })),
      );
      const input = population.batchedInputs() as { x: tf.Tensor; nested: { label: string }; id: number };
      expect(() => input.id).toThrow(/The input "id" \(0, 1\) differs between runs and is no tensor/);
      expect(() => input.nested).toThrow(/"nested.label" \("n0", "n1"\)/);
      await expect(population.outputs(input.x)).rejects.toMatchObject({ code: "NOT_VECTORISABLE" });
    });

    it.each<[string, () => unknown[], RegExp]>([
      ["inputs that are no objects", () => ["a", "b"], /The input itself \("a", "b"\) differs/],
      [
        "tensors of different shapes",
        () => [tf.ones([2]), tf.ones([3])],
        /itself has tensors of different kinds, \[2\] float32 and \[3\] float32/,
      ],
      [
        "tensors of different types",
        () => [tf.ones([2]), tf.ones([2], "int32")],
        /\[2\] float32 and \[2\] int32/,
      ],
      [
        "lists of different lengths",
        () => [[tf.ones([2])], [tf.ones([2]), tf.ones([2])]],
        /itself has different lengths/,
      ],
      ["text tensors", () => [tf.tensor(["a"]), tf.tensor(["b"])], /cannot be stacked/],
    ])("but not %s", (_name, inputs, message) => {
      expect(() => session(run(inputs)).batchedInputs()).toThrow(
        expect.objectContaining({ code: "NOT_VECTORISABLE", message: expect.stringMatching(message) }),
      );
    });

    it("and reads an example once, however many sessions use it", () => {
      const inputs = examples([1, 2], [3, 4], [5, 6]);
      let reads = 0;
      for (const { x } of inputs) {
        const dataSync = x.dataSync.bind(x);
        x.dataSync = ((): Float32Array => {
          reads++;
          return dataSync<"float32">();
        }) as typeof x.dataSync;
      }
      session(inputs).batchedInputs();
      session(inputs.slice(1)).batchedInputs();
      session(inputs.toReversed()).batchedInputs();
      expect(reads).toBe(3);
    });

    it("and gives single ones back as they were", () => {
      const inputs = examples([1, 2], [3, 4]).map(({ x }, index) => ({ x, id: index }));
      const population = session(inputs);
      const one = population.inputs(1, 1) as { x: tf.Tensor; id: number };
      expect(one.id).toBe(1);
      expect([...one.x.dataSync()]).toEqual([3, 4]);
      one.x.dispose();
      expect((population.inputs(0, 1) as { x: tf.Tensor }).x.isDisposed).toBe(false);
    });

    it("unless one is disposed", () => {
      const inputs = run(() => [tf.ones([2]), tf.ones([2])]);
      session(inputs).batchedInputs();
      inputs[1]?.dispose();
      expect(() => session(inputs).batchedInputs()).toThrow("Tensor is disposed");
    });
  });

  describe("scores", () => {
    const metrics: [string, BatchedMetric][] = [
      [
        "one score per output",
        (output, expected) => tf.sum(output.mul(overExamples(tf.tensor1d(expected as number[]), output))),
      ],
      ["one score per candidate", (output) => output],
    ];

    it.each(metrics)("from a metric of %s", async (name, metric) => {
      const population = session(examples([1, 2], [3, 4]), { "f.hp.soft.scale": dense(1, 10) });
      const scores = await population.score(
        run(() => {
          const { x } = population.batchedInputs() as { x: tf.Tensor };
          return x.sum().mul((population.hp("f") as Hp).soft.scale);
        }),
        Object.assign(() => 0, { [BATCHED_METRIC]: metric }),
        [1, 2],
      );
      expect(scores).toEqual(
        name === "one score per output"
          ? [Float64Array.of(3, 14), Float64Array.of(30, 140)]
          : [Float64Array.of(3, 7), Float64Array.of(30, 70)],
      );
    });

    it("a vector of scores per candidate, and outputs that do not depend on the example", async () => {
      const population = session(examples([1], [2]), { "f.hp.soft.scale": dense(1, 10) });
      const output = run(() => (population.hp("f") as Hp).soft.scale.mul(tf.tensor1d([1, 3])));
      const identity = { [BATCHED_METRIC]: (given: tf.Tensor) => given };
      expect(await population.score(output, identity, [0, 0])).toEqual([
        Float64Array.of(1, 3, 1, 3),
        Float64Array.of(10, 30, 10, 30),
      ]);
      const targets = {
        [BATCHED_METRIC]: (given: tf.Tensor, expected: readonly unknown[]) =>
          overExamples(tf.tensor1d(expected as number[]), given),
      };
      expect(await population.score(output, targets, [1, 2])).toEqual([
        Float64Array.of(1, 2),
        Float64Array.of(1, 2),
      ]);
    });

    it("nothing without a batched metric, and rejects a wrong number of rows", async () => {
      const population = session(examples([1], [2]));
      expect(await population.score(1, () => 1, [1, 2])).toBeUndefined();
      const output = run(() => (population.batchedInputs() as { x: tf.Tensor }).x.sum());
      const wrong = { [BATCHED_METRIC]: (given: tf.Tensor) => overExamples(tf.ones([3]), given) };
      await expect(population.score(output, wrong, [1, 2])).rejects.toMatchObject({ code: "SHAPE_MISMATCH" });
      run(() => {
        expect(() => overExamples(tf.ones([2]), tf.ones([2]))).toThrow("needs an output that is batched");
      });
    });
  });

  describe("gives rows", () => {
    async function rowsOf(population: PopulationSession, count: number): Promise<tf.Tensor[]> {
      const calls = Array.from({ length: count }, (_, example) => ({
        candidate: 0,
        example,
        input: population.inputs(0, example),
      }));
      return (await population.callBatch(
        (input) => (input as { x: tf.Tensor }).x.mul(2),
        calls,
      )) as tf.Tensor[];
    }

    it("whose operations are computed once for all of them", async () => {
      const population = session(examples([1, 2], [3, 4], [5, 6], [7, 8]), {}, 1);
      const rows = await rowsOf(population, 4);
      const ran = countKernels(() => {
        const sums = run(() => rows.map((row) => row.add(1).relu().sum()));
        expect(sums.map((sum) => sum.dataSync()[0])).toEqual([8, 16, 24, 32]);
      });
      expect([ran(tf.Relu), ran(tf.Sum)]).toEqual([1, 1]);
    });

    it("that compute alone when every one has its own constant", async () => {
      const count = 40;
      const population = session(examples(...Array.from({ length: count }, (_, index) => [index, 1])), {}, 1);
      const rows = await rowsOf(population, count);
      const sizes: number[] = [];
      const results = run(() => rows.map((row, index) => row.mul(index + 0.5)));
      results.forEach((row, index) => {
        sizes.push(row.size);
        expect([...row.dataSync()]).toEqual([2 * index * (index + 0.5), 2 * (index + 0.5)]);
      });
      expect(results.filter((row) => row.constructor.name === "RowTensor").length).toBeLessThan(6);
    });

    it("that see the current values of a variable", async () => {
      const population = session(examples([1, 2], [3, 4]), {}, 1);
      const [a, b] = await rowsOf(population, 2);
      const variable = tf.variable(run(() => tf.ones([10, 2])));
      run(() => {
        expect(a?.add(variable).dataSync()[0]).toBe(3);
        variable.assign(tf.zeros([10, 2]));
        expect([a, b].map((row) => row?.add(variable).dataSync()[0])).toEqual([2, 6]);
      });
      variable.dispose();
    });

    it("that can be copied, sliced, mixed with each other and with vmap", async () => {
      const population = session(examples([1, 2], [3, 4]), {}, 1);
      const [a, b] = await rowsOf(population, 2);
      run(() => {
        if (a === undefined || b === undefined) throw new Error("two rows expected");
        expect(a.clone().concat(b).arraySync()).toEqual([2, 4, 6, 8]);
        expect(tf.stack([a, b]).arraySync()).toEqual([
          [2, 4],
          [6, 8],
        ]);
        expect(a.unstack().map((part) => part.arraySync())).toEqual([2, 4]);
        expect(a.toString()).toContain("[2, 4]");
        expect(vmap((value: tf.Tensor) => value.mul(3))(a).arraySync()).toEqual([6, 12]);
        expect(vmap((value: tf.Tensor) => a.mul(value).sum())(tf.tensor1d([1, 2])).arraySync()).toEqual([
          6, 12,
        ]);
        expect(tf.variable(a).arraySync()).toEqual([2, 4]);
      });
      tf.disposeVariables();
    });

    it("that outlive the session when something keeps them, with their values", async () => {
      const population = session(examples([1, 2], [3, 4]), {}, 1);
      const rows = await rowsOf(population, 2);
      const scope = new OwnedTensors();
      scope.close({ kept: rows });
      population.close();
      expect(rows.map((row) => [...row.dataSync()])).toEqual([
        [2, 4],
        [6, 8],
      ]);
      expect(run(() => rows[1]?.square().arraySync())).toEqual([36, 64]);
    });

    it("that say so when they are read too late", async () => {
      const population = session(examples([1, 2], [3, 4]), {}, 1);
      const [row] = await rowsOf(population, 2);
      population.close();
      expect(() => row?.dataSync()).toThrow(expect.objectContaining({ code: "INVALID_STATE" }));
    });

    it("as copies: what a user writes into a value stays with the user", async () => {
      const population = session(examples([1, 2], [3, 4]), {}, 1);
      const [row] = await rowsOf(population, 2);
      const values = await row?.data();
      values?.fill(0);
      expect([...(row?.dataSync() ?? [])]).toEqual([2, 4]);
    });
  });

  describe("restacks", () => {
    const double = (input: unknown): tf.Tensor => (input as { x: tf.Tensor }).x.mul(2);
    const firsts = (rows: unknown[]): unknown[] => rows.map((row) => (row as tf.Tensor).dataSync()[0]);

    it("rows that runs have exchanged", async () => {
      const population = session(examples([1, 0], [2, 0], [3, 0]));
      const cells = [0, 1].flatMap((candidate) => [0, 1, 2].map((example) => ({ candidate, example })));
      const elsewhere = cells.map(({ candidate, example }) => ({
        candidate,
        example,
        input: population.inputs(1 - candidate, (example + 1) % 3),
      }));
      expect(firsts(await population.callBatch(double, elsewhere))).toEqual([4, 6, 2, 4, 6, 2]);
      const scaled = session(examples([1, 0], [2, 0], [3, 0]), { "f.hp.soft.scale": dense(1, 10) });
      const scale = (input: unknown): tf.Tensor => double(input).mul((scaled.hp("f") as Hp).soft.scale);
      const rows = await scaled.callBatch(
        scale,
        cells.map((cell) => ({ ...cell, input: scaled.inputs(cell.candidate, cell.example) })),
      );
      expect(firsts(rows)).toEqual([2, 4, 6, 20, 40, 60]);
      const crossed = cells.map((cell, index) => ({ ...cell, input: { x: rows[(index + 3) % 6] } }));
      expect(firsts(await scaled.callBatch(scale, crossed))).toEqual([40, 80, 120, 40, 80, 120]);
    });

    it("rows of a part of the population, in order, exchanged or twice", async () => {
      const inputs = examples(...Array.from({ length: 8 }, (_, index) => [index, 0]));
      const population = session(inputs, { "f.hp.soft.scale": dense(1, 10) });
      const scale = (input: unknown): tf.Tensor => {
        const { x, y } = input as { x: tf.Tensor; y?: tf.Tensor };
        return (y === undefined ? x : x.add(y)).mul((population.hp("f") as Hp).soft.scale);
      };
      const cells = [
        { candidate: 0, example: 1 },
        { candidate: 0, example: 6 },
        { candidate: 1, example: 3 },
      ];
      const rows = await population.callBatch(
        scale,
        cells.map((cell) => ({ ...cell, input: population.inputs(cell.candidate, cell.example) })),
      );
      expect(firsts(rows)).toEqual([1, 6, 30]);
      const again = (order: readonly number[]): Promise<unknown[]> => {
        const extras = run(() => cells.map((_, index) => tf.tensor1d([index, 0])));
        const calls = cells.map((cell, index) => ({
          ...cell,
          input: { x: rows[order[index] ?? 0], y: extras[index] },
        }));
        return population.callBatch(scale, calls);
      };
      expect(firsts(await again([0, 1, 2]))).toEqual([1, 7, 320]);
      expect(firsts(await again([1, 0, 2]))).toEqual([6, 2, 320]);
      expect(firsts(await again([2, 1, 0]))).toEqual([30, 7, 30]);
      expect(firsts(await again([1, 1, 2]))).toEqual([6, 7, 320]);
    });
  });

  it("lets a run read what is the same for all", async () => {
    const population = session(examples([1, 2]));
    const { x } = population.batchedInputs() as { x: tf.Tensor };
    expect([...x.dataSync()]).toEqual([1, 2]);
    await expect(population.outputs(x)).resolves.toHaveLength(2);
  });

  it("passes on what a batched body throws, and refuses what it reads", async () => {
    const population = session(examples([1, 2], [3, 4]));
    const calls = [0, 1].map((example) => ({ candidate: 0, example, input: population.inputs(0, example) }));
    const failing = population.callBatch(() => {
      tf.add(1, 2);
      throw new Error("mine");
    }, calls);
    await expect(failing).rejects.toThrow("mine");
    const reading = population.callBatch((input) => {
      try {
        return (input as { x: tf.Tensor }).x.dataSync()[0];
      } catch {
        return 0;
      }
    }, calls);
    await expect(reading).rejects.toMatchObject({ code: "NOT_VECTORISABLE" });
    const fine = await population.callBatch((input) => (input as { x: tf.Tensor }).x.sum(), calls);
    expect(fine.map((sum) => (sum as tf.Tensor).dataSync()[0])).toEqual([3, 7]);
  });
});

describe("the tensor engine", () => {
  it("is registered with core", () => {
    expect(tensorEngine()).toBe(tfjsTensorEngine);
  });

  it("names itself, recognises tensors and makes them", async () => {
    await tfjsTensorEngine.ready();
    await useBackend("wasm");
    expect(tfjsTensorEngine.signature()).toMatch(/^wasm\/native\/(relaxed-)?simd$/);
    const [weight] = LoRAWeight.create({ outDim: 1, inDim: 2 }).fields;
    const tensor = tfjsTensorEngine.hpTensor(
      weight as Parameters<typeof tfjsTensorEngine.hpTensor>[0],
      [1, 2],
    ) as tf.Tensor;
    expect([tensor.shape, tfjsTensorEngine.isTensor(tensor), tfjsTensorEngine.isTensor([1])]).toEqual([
      [1, 2],
      true,
      false,
    ]);
    tensor.dispose();
  });
});

describe("agreement", () => {
  const t = (...values: number[]): tf.Tensor => tf.tensor1d(values);

  it.each<[string, unknown, unknown, boolean]>([
    ["floats up to rounding", t(1, 1000), t(1.0005, 1000.9), true],
    ["floats that differ", t(1, 1000), t(1.002, 1000), false],
    ["small floats", t(0), t(0.00009), true],
    ["NaN and NaN", t(NaN), t(NaN), true],
    ["NaN and a number", t(NaN), t(0), false],
    ["integers", tf.tensor1d([10_000], "int32"), tf.tensor1d([10_001], "int32"), false],
    ["types", t(1), tf.tensor1d([1], "int32"), false],
    ["shapes", t(1), tf.tensor2d([[1]]), false],
    ["structures", { a: [t(1), "x"], b: 2 }, { a: [t(1), "x"], b: 2.0001 }, true],
    ["texts", { a: "x" }, { a: "y" }, false],
    ["keys", { a: 1 }, { a: 1, b: 2 }, false],
    ["lengths", [1], [1, 2], false],
    ["typed arrays", Float32Array.of(1, 2), Float32Array.of(1, 2.0001), true],
    ["a tensor and a number", t(1), 1, false],
    ["nothing and nothing", undefined, undefined, true],
  ])("of %s", async (_name, a, b, expected) => {
    expect(await agree(a, b)).toBe(expected);
  });
});

function arrays(cell: unknown): unknown {
  return Object.fromEntries(
    Object.entries(cell as Record<string, tf.Tensor>).map(([key, value]) => [key, value.arraySync()]),
  );
}

/** How often tfjs ran a kernel during `body`. */
function countKernels(body: () => void): (kernel: string) => number {
  const counts = new Map<string, number>();
  const engine: object = tf.engine();
  const original = Reflect.get(engine, "runKernelFunc") as (params: { kernelName: string }) => unknown;
  Reflect.set(engine, "runKernelFunc", function (this: object, params: { kernelName: string }) {
    counts.set(params.kernelName, (counts.get(params.kernelName) ?? 0) + 1);
    return original.call(this, params);
  });
  try {
    body();
  } finally {
    Reflect.set(engine, "runKernelFunc", original);
  }
  return (kernel) => counts.get(kernel) ?? 0;
}
