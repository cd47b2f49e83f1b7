/** Low-rank matrices per candidate against the same matrices in full, example by example. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import "../backend/chained-ops.js";
import { useBackend } from "../backend/use-backend.js";
import { BatchAxis } from "./batch-axis.js";
import { innerOf, lazyOf, wrap, wrapLazy } from "./batched-tensor.js";
import { LowRankMatrix } from "./low-rank-matrix.js";
import { largestDifference } from "../../test/vmap/largest-difference.js";
import { plainLoop } from "../../test/vmap/plain-loop.js";
import { vmap } from "./vmap.js";
import { vmapReport } from "./vmap-report.js";

const CANDIDATES = 4;
const EXAMPLES = 5;

interface Weights {
  readonly w1: tf.Tensor2D;
  readonly w2: tf.Tensor2D;
  readonly table: tf.Tensor2D;
  readonly bias: tf.Tensor;
}

type Program = (weights: Weights, x: tf.Tensor, tokens: tf.Tensor1D) => tf.Tensor;

/** `x` has shape [6], `tokens` [4]; w1 is [8, 6], w2 [3, 8], the table [10, 6], the bias [8]. */
const inFactors: Record<string, Program> = {
  "a perceptron": ({ w1, w2, bias }, x) =>
    x.reshape([1, 6]).matMul(w1, false, true).add(bias).relu().matMul(w2, false, true).softmax(),
  "products from the left": ({ w1, w2 }, x) => w2.matMul(w1.matMul(x.reshape([6, 1])).relu()),
  "transposed operands": ({ w1 }, x) => tf.matMul(x.reshape([6, 1]), w1, true, true),
  "a transposed matrix": ({ w1 }, x) => x.reshape([1, 6]).matMul(w1.transpose()),
  "a matrix transposed twice": ({ w1 }, x) =>
    w1
      .transpose()
      .transpose()
      .matMul(x.reshape([6, 1])),
  dot: ({ w1, bias }, x) => w1.dot(x).add(bias).tanh().mean(),
  "reshape to the same shape": ({ w1 }, x) => w1.reshape([8, 6]).reshape([-1, 6]).clone().dot(x),
  "an embedding lookup": ({ table, w1 }, _x, tokens) => w1.dot(tf.gather(table, tokens).mean(0)),
  "a lookup of one row": ({ table }, _x, tokens) =>
    tf.gather(table, tokens.slice(1, 1).squeeze<tf.Tensor1D>()),
  "a product of two": ({ w1, w2 }, x) => w2.matMul(w1).matMul(x.reshape([6, 1])),
  "a matrix with itself": ({ w1 }, x) => x.reshape([1, 6]).matMul(tf.matMul(w1, w1, true, false)),
  "a stack of rows": ({ w1 }, x) =>
    tf.matMul(tf.stack([x, x.mul(2)]).reshape([2, 1, 6]), tf.expandDims(x, 1)).add(w1.dot(x).sum()),
  "the fused product": ({ w1, bias }, x) =>
    tf.fused.matMul({
      a: x.reshape<tf.Tensor2D>([1, 6]),
      b: w1,
      bias,
      transposeB: true,
      activation: "relu",
    }),
};

const materialising: Record<string, Program> = {
  "elementwise operations": ({ w1 }, x) => w1.square().sum().add(w1.abs().max()).add(x.sum()),
  "a sum with a matrix": ({ w1 }, x) => w1.add(1).dot(x),
  "a slice": ({ w1 }, x) => w1.slice([0, 0], [2, 6]).dot(x),
  "a normalised matrix": ({ w1 }, x) => w1.div(w1.norm()).dot(x),
};

describe.each(["cpu", "wasm"] as const)("low-rank matrices on %s", (backend) => {
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

  describe.each([1, 2, 3])("of rank %i", (rank) => {
    it.each(Object.entries(inFactors))("stay in factors in %s", (_name, program) => {
      expect(check(program, rank)).toBe(0);
    });
  });

  it.each(Object.entries(materialising))("are built once for %s", (_name, program) => {
    expect(check(program, 2)).toBe(1);
  });

  it("stay lazy under transposition and products of two", () => {
    tf.tidy(() => {
      const axis = new BatchAxis(CANDIDATES);
      const { lazy } = drawMatrix(axis, [3, 4], 1);
      const { lazy: other } = drawMatrix(axis, [4, 5], 2);
      expect(lazyOf(lazy.transpose(), axis)).toBeInstanceOf(LowRankMatrix);
      const product = lazyOf(lazy.matMul(other), axis);
      expect(product instanceof LowRankMatrix && product.rowFactors.shape).toEqual([CANDIDATES, 3, 3]);
    });
  });

  it("allocate nothing of the size of all matrices", () => {
    const axis = new BatchAxis(64);
    const [outputs, inputs] = [200, 300];
    tf.tidy(() => {
      const { lazy } = drawMatrix(axis, [outputs, inputs], 1);
      const x = tf.randomNormal([2, inputs]);
      let peak = 0;
      const { makeOutput } = spyOnAllocations((bytes) => (peak = Math.max(peak, bytes)));
      x.matMul(lazy, false, true).relu().matMul(lazy);
      makeOutput.restore();
      expect(peak).toBeLessThanOrEqual(outputs * inputs * 4);
    });
  });

  it.each([1, 2, 5])("give the same bits for a population in parts, at rank %i", (rank) => {
    tf.tidy(() => {
      const size = 7;
      const [hidden, inputs, outputs] = [130, 150, 3];
      const x = tf.randomNormal([EXAMPLES, inputs]);
      const bases = [tf.randomNormal([hidden, inputs]), tf.randomNormal([outputs, hidden])];
      const factors = [hidden, inputs, outputs, hidden].map((side) => tf.randomNormal([size, side, rank]));
      const evaluate = (from: number, count: number): Float32Array => {
        const axis = new BatchAxis(count);
        const part = factors.map((factor) => tf.slice(factor, [from, 0, 0], [count, -1, -1]));
        const [w1, w2] = bases.map((base, index) =>
          wrapLazy(
            axis,
            LowRankMatrix.of(tf.clone(base), part[2 * index] ?? base, part[2 * index + 1] ?? base),
          ),
        );
        const result = vmap((row: tf.Tensor) =>
          row
            .reshape([1, inputs])
            .matMul(w1 ?? row, false, true)
            .tanh()
            .matMul(w2 ?? row, false, true),
        )(x);
        return innerOf(result, axis)?.dataSync<"float32">() ?? new Float32Array();
      };
      const whole = evaluate(0, size);
      const parts = [
        [0, 1],
        [1, 4],
        [5, 2],
      ].flatMap(([from = 0, count = 1]) => [...evaluate(from, count)]);
      expect(parts).toEqual([...whole]);
    });
  });

  /** Compares a program's results, returns how many matrices were materialised. */
  function check(program: Program, rank: number): number {
    return tf.tidy(() => {
      const axis = new BatchAxis(CANDIDATES);
      const matrices = {
        w1: drawMatrix(axis, [8, 6], rank),
        w2: drawMatrix(axis, [3, 8], rank),
        table: drawMatrix(axis, [10, 6], rank),
      };
      const biases = tf.randomNormal([CANDIDATES, 8]);
      const x = tf.randomNormal([EXAMPLES, 6]);
      const tokens = tf.randomUniform([EXAMPLES, 4], 0, 10, "int32");
      const each = (run: typeof vmap, weights: Weights): unknown =>
        run((row: tf.Tensor, ids: tf.Tensor1D) => program(weights, row, ids))(x, tokens);

      vmapReport({ reset: true });
      const { w1, w2, table } = matrices;
      const batched = each(vmap, {
        w1: w1.lazy,
        w2: w2.lazy,
        table: table.lazy,
        bias: wrap(axis, tf.clone(biases)),
      }) as tf.Tensor;
      const { materialised, fallbacks } = vmapReport();
      expect(fallbacks).toEqual({});

      const one = (w1: tf.Tensor, w2: tf.Tensor, table: tf.Tensor, bias: tf.Tensor): unknown =>
        each(plainLoop as typeof vmap, {
          w1: w1 as tf.Tensor2D,
          w2: w2 as tf.Tensor2D,
          table: table as tf.Tensor2D,
          bias,
        });
      const expected = plainLoop(one)(w1.dense, w2.dense, table.dense, biases);
      expect(largestDifference(innerOf(batched, axis), expected)).toBeLessThan(1e-4);
      return materialised;
    });
  }
});

function drawMatrix(
  axis: BatchAxis,
  [rows, columns]: [number, number],
  rank: number,
): { lazy: tf.Tensor2D; dense: tf.Tensor } {
  const base = tf.randomNormal([rows, columns]);
  const left = tf.randomNormal([axis.size, rows, rank]);
  const right = tf.randomNormal([axis.size, columns, rank]);
  const dense = tf.add(tf.matMul(left, right, false, true), base);
  return { lazy: wrapLazy(axis, LowRankMatrix.of(base, left, right)) as tf.Tensor2D, dense };
}

/** Reports the size of every tensor that tfjs starts to track. */
function spyOnAllocations(report: (bytes: number) => void): { makeOutput: { restore: () => void } } {
  const engine: object = tf.engine();
  const original = Reflect.get(engine, "trackTensor") as (tensor: tf.Tensor, backend: object) => void;
  Reflect.set(engine, "trackTensor", function (this: object, tensor: tf.Tensor, backend: object) {
    report(tensor.size * 4);
    original.call(this, tensor, backend);
  });
  return { makeOutput: { restore: () => Reflect.set(engine, "trackTensor", original) } };
}
