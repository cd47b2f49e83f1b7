import { afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import "../backend/chained-ops.js";
import { useBackend } from "../backend/use-backend.js";
import { OwnedTensors, runOwned } from "../lifetime/owned-tensors.js";
import type { InAxes } from "./in-axes.js";
import { largestDifference } from "../../test/vmap/largest-difference.js";
import { plainLoop } from "../../test/vmap/plain-loop.js";
import { vmap } from "./vmap.js";
import { vmapReport } from "./vmap-report.js";

type Program = (...args: never[]) => unknown;

const W1 = tf.keep(tf.randomNormal([6, 8]));
const W2 = tf.keep(tf.randomNormal([8, 3]));
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Ordinary functions of one example, `x` of shape [6]. */
const programs: Record<string, (x: tf.Tensor) => unknown> = {
  "a perceptron": (x) => x.reshape([1, 6]).matMul(W1).relu().matMul(W2).add(1).softmax(),
  "chained operations": (x) => x.expandDims(0).matMul(W1).add(0.5).tanh().logSoftmax().squeeze(),
  dot: (x) => x.dot(W1).mean(),
  "layer normalisation": (x) => {
    const { mean, variance } = tf.moments(x, -1, true);
    return x.sub(mean).div(variance.add(1e-5).sqrt());
  },
  norms: (x) => [x.norm(), x.euclideanNorm(), x.norm(1), x.norm(Infinity)],
  "concat, slice and argMax": (x) =>
    tf
      .concat([x.dot(W1), x])
      .slice([3], [6])
      .argMax(),
  "stack and where": (x) => tf.where(x.greater(0), x, tf.zerosLike(x)).add(tf.stack([x, x.square()]).min(0)),
  "cumsum and topk": (x) => x.cumsum().add(tf.topk(x, 2).values.sum()),
  "nested tidy": (x) =>
    tf.tidy(() =>
      tf
        .tidy(() => x.dot(W1).relu())
        .mul(2)
        .sum(),
    ),
  "self-attention": (x) => {
    const h = x.reshape([3, 2]);
    return h.matMul(h, false, true).div(Math.sqrt(2)).softmax().matMul(h);
  },
  "cross-entropy": (x) =>
    tf.losses.softmaxCrossEntropy(
      tf.oneHot(tf.tensor1d([1], "int32"), 3),
      x.reshape([1, 6]).matMul(W1).matMul(W2),
    ),
  "fused product": (x) => tf.fused.matMul({ a: x.reshape<tf.Tensor2D>([1, 6]), b: W1, activation: "relu" }),
  moments: (x) => tf.moments(x.reshape([2, 3]), [0]),
  "clip and round": (x) => x.clipByValue(-1, 1).mul(3).round().toInt(),
  "structures of results": (x) => ({ sum: x.sum(), parts: x.split(2), constant: tf.scalar(3), name: "n" }),
  einsum: (x) => tf.einsum("i,ij->j", x, W1),
};

describe.each(["cpu", "wasm"] as const)("vmap on %s", (backend) => {
  let before = 0;

  beforeAll(async () => {
    await useBackend(backend);
  });

  beforeEach(() => {
    before = tf.memory().numTensors;
  });

  afterEach(() => {
    expect(tf.memory().numTensors).toBe(before);
  });

  function expectSame(run: Program, args: readonly unknown[], inAxes: InAxes = 0): void {
    const batched = vmap(run as (...args: unknown[]) => unknown, { inAxes });
    expect(largestDifference(batched(...args), plainLoop(run, inAxes)(...args))).toBeLessThan(1e-5);
  }

  it.each(Object.entries(programs))("computes %s like the loop", (_name, run) => {
    tf.tidy(() => {
      vmapReport({ reset: true });
      expectSame(run, [tf.randomNormal([5, 6])]);
      expect(vmapReport()).toEqual({ fallbacks: {}, materialised: 0 });
    });
  });

  it.each(Object.entries(programs))("nests: %s", (_name, run) => {
    tf.tidy(() => {
      const x = tf.randomNormal([4, 6, 5]);
      const nested = vmap(vmap(run as (x: tf.Tensor) => tf.Tensor, { inAxes: 1 }))(x);
      const expected = plainLoop(plainLoop(run, 1))(x);
      expect(largestDifference(nested, expected)).toBeLessThan(1e-5);
    });
  });

  it("combines an outer and an inner batch", () => {
    tf.tidy(() => {
      const a = tf.randomNormal([3, 4]);
      const b = tf.randomNormal([5, 4]);
      const table = vmap((x: tf.Tensor) => vmap((y: tf.Tensor) => tf.sum(tf.mul(x, y)))(b))(a);
      expect(largestDifference(table, tf.matMul(a, b, false, true))).toBeLessThan(1e-5);
    });
  });

  it("maps the axis that is asked for, of arrays and objects too", () => {
    tf.tidy(() => {
      const run = ({ x, w }: { x: tf.Tensor; w: tf.Tensor[] }, scale: number): tf.Tensor =>
        tf.mul(tf.add(tf.dot(x, w[0] ?? x), tf.sum(w[1] ?? x)), scale);
      const inputs = { x: tf.randomNormal([6, 4]), w: [tf.randomNormal([6, 8]), tf.randomNormal([2, 4])] };
      expectSame(run, [inputs, 3], [{ x: -1, w: [null, 1] }, null]);
      expectSame(run, [
        { x: tf.randomNormal([4, 6]), w: [tf.randomNormal([4, 6, 8]), tf.randomNormal([4, 2])] },
        3,
      ]);
    });
  });

  it("runs async functions, interleaved with each other", async () => {
    const x = tf.randomNormal([5, 6]);
    const run = async (input: tf.Tensor): Promise<tf.Tensor> => {
      const h = input.dot(W1);
      await tick();
      const nested = await vmap(async (row: tf.Tensor) => {
        await tick();
        return row.sum();
      })(h.reshape([4, 2]));
      await tick();
      return h.relu().sum().add(nested);
    };
    const results = await Promise.all([1, 2, 3].map(() => vmap(run)(x)));
    expect(tf.memory().numTensors).toBe(before + 4);
    const oracle = new OwnedTensors();
    const expected = await runOwned(oracle, () => plainLoop(run)(x));
    for (const result of results) expect(largestDifference(result, expected)).toBeLessThan(1e-5);
    tf.dispose([x, results]);
    oracle.close();
  });

  it("gives results to the caller's tidy, or to the caller", () => {
    const x = tf.randomNormal([5, 6]);
    tf.tidy(() => vmap((row: tf.Tensor) => row.square().sum())(x).dataSync());
    expect(tf.memory().numTensors).toBe(before + 1);
    const sums = vmap((row: tf.Tensor) => row.square().sum())(x);
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose([x, sums]);
  });

  it("differentiates inside a batched function", () => {
    // tfjs-core comes without gradients; @tensorflow/tfjs registers all of them.
    tf.registerGradient({
      kernelName: tf.Square,
      inputsToSave: ["x"],
      gradFunc: (dy, [x]) => ({ x: () => tf.mul(dy as tf.Tensor, tf.mul(x ?? 0, 2)) }),
    });
    tf.tidy(() => {
      const x = tf.randomNormal([5, 6]);
      const gradient = vmap((row: tf.Tensor) => tf.grad((input: tf.Tensor) => tf.square(input))(row))(x);
      expect(largestDifference(gradient, tf.mul(x, 2))).toBeLessThan(1e-6);
    });
  });

  it("loops over kernels without a rule, and says so", () => {
    tf.tidy(() => {
      vmapReport({ reset: true });
      const shift = tf.tensor2d([[1, 0, 1, 0, 1, 0, 0, 0]]);
      expectSame((x: tf.Tensor4D) => tf.image.transform(x, shift), [tf.randomNormal([2, 1, 3, 3, 1])]);
      expect(vmapReport().fallbacks).toEqual({ Transform: 1 });
    });
  });

  it("refuses to read a value, and names the read", async () => {
    const x = tf.ones([2, 3]);
    const refused = {
      code: "NOT_VECTORISABLE",
      message: expect.stringMatching(/dataSync\(\).*inside a batched function/),
    };
    expect(() => vmap((row: tf.Tensor) => row.sum().dataSync()[0])(x)).toThrow(
      expect.objectContaining(refused),
    );
    expect(() => vmap((row: tf.Tensor) => `${row.sum().toString()}`)(x)).toThrow(
      expect.objectContaining(refused),
    );
    const unread = vmap(async (row: tf.Tensor) => (await row.data())[0])(x);
    await expect(unread).rejects.toMatchObject({
      code: "NOT_VECTORISABLE",
      message: expect.stringContaining("data()"),
    });
    const where = vmap((row: tf.Tensor) => tf.whereAsync(row.greater(0)))(x);
    await expect(where).rejects.toMatchObject({ code: "NOT_VECTORISABLE" });
    x.dispose();
  });

  it("notices a read that the function swallowed", () => {
    const x = tf.ones([2, 3]);
    const run = (row: tf.Tensor): tf.Tensor => {
      try {
        return tf.scalar(row.dataSync()[0] ?? 0);
      } catch {
        return row.sum();
      }
    };
    expect(() => vmap(run)(x)).toThrow(expect.objectContaining({ code: "NOT_VECTORISABLE" }));
    expect(() => vmap((row: tf.Tensor) => vmap(run)(row.reshape([3, 1])))(x)).toThrow("dataSync()");
    x.dispose();
  });

  it("refuses results whose shape depends on values", () => {
    const x = tf.tensor2d([1, 1, 1, 2], [2, 2], "int32");
    expect(() => vmap((row: tf.Tensor) => tf.unique(row).values)(x)).toThrow(
      /tf\.unique inside a batched function: the shape of its result depends on values/,
    );
    const segments = tf.tensor2d([0, 0, 0, 1], [2, 2], "int32");
    const sums = vmap((ids: tf.Tensor1D) => tf.sparse.sparseSegmentSum(x, tf.tensor1d([0, 1], "int32"), ids));
    expect(() => sums(segments)).toThrow(/SparseSegmentSum gives results of different shapes/);
    tf.dispose([x, segments]);
  });

  it("leaves its inputs as they are, also where tfjs writes into them", () => {
    const x = tf.zeros([2, 3]);
    const at = tf.tensor2d([[1]], [1, 1], "int32");
    const rows = vmap((row: tf.Tensor) => tf.tensorScatterUpdate(row, at, tf.ones([1])))(x);
    expect([...rows.dataSync()]).toEqual([0, 1, 0, 0, 1, 0]);
    expect([...x.dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
    tf.dispose([x, at, rows]);
  });

  it("leaves nothing behind when the function throws", () => {
    const x = tf.ones([2, 3]);
    const run = (row: tf.Tensor): never => {
      row.square().sum();
      throw new Error("mine");
    };
    expect(() => vmap(run)(x)).toThrow("mine");
    x.dispose();
  });

  it.each<[string, (x: tf.Tensor) => unknown, RegExp]>([
    [
      "sizes differ",
      (x) => vmap((a: tf.Tensor, b: tf.Tensor) => tf.add(a, b))(x, tf.ones([3, 3])),
      /argument 0 has 2 elements, argument 1 has 3/,
    ],
    ["nothing is mapped", (x) => vmap((a: tf.Tensor) => a, { inAxes: null })(x), /No argument is mapped/],
    ["there is no tensor", () => vmap((a: number) => a)(1), /No argument is mapped/],
    [
      "an axis does not exist",
      (x) => vmap((a: tf.Tensor) => a, { inAxes: 2 })(x),
      /shape \[2,3\] and no axis 2/,
    ],
    [
      "a scalar is mapped",
      (x) => vmap((a: tf.Tensor, b: tf.Tensor) => tf.add(a, b))(x, tf.scalar(1)),
      /argument 1 is a scalar/,
    ],
    [
      "an axis is no integer",
      (x) => vmap((a: tf.Tensor) => a, { inAxes: 0.5 })(x),
      /must be an integer or null/,
    ],
    [
      "axes are missing",
      (x) => vmap((a: tf.Tensor, b: tf.Tensor) => tf.add(a, b), { inAxes: [0] })(x, x),
      /1 entries for 2 arguments/,
    ],
    [
      "structures differ",
      (x) => vmap((a: tf.Tensor[]) => a, { inAxes: [{ x: 0 }] })([x]),
      /must have the structure/,
    ],
    ["the batch is empty", () => vmap((a: tf.Tensor) => a)(tf.zeros([0, 3])), /is empty/],
  ])("rejects a call when %s", (_name, call, message) => {
    tf.tidy(() => {
      const x = tf.ones([2, 3]);
      expect(() => call(x)).toThrow(
        expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringMatching(message) }),
      );
    });
  });
});
