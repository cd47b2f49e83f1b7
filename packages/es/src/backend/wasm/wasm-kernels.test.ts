/** The replaced kernels, on plain tensors, against the pure JavaScript backend. */
import { describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "../use-backend.js";

type T = tf.Tensor;
const normal = (...shape: number[]): T => tf.randomNormal(shape);
const integers = (...shape: number[]): T => tf.randomUniform(shape, 0, 3, "int32");
const flags = (...shape: number[]): T => tf.cast(integers(...shape), "bool");

const cases: [string, T[], (...inputs: T[]) => T | T[]][] = [
  ["tile", [normal(2, 1, 3)], (x) => [tf.tile(x, [1, 4, 1]), tf.tile(x, [2, 3, 2]), tf.tile(x, [1, 1, 1])]],
  ["tile of a long row", [normal(3, 50)], (x) => tf.tile(x, [4, 2])],
  ["tile of flags", [flags(2, 3)], (x) => tf.tile(x, [2, 2])],
  [
    "slices",
    [normal(4, 5, 6)],
    (x) => [tf.slice(x, [1, 2, 3], [2, 2, 2]), tf.slice(x, [0, 1, 0], [4, 3, 6]), tf.slice(x, 2)],
  ],
  ["slices of rank 5", [normal(2, 3, 2, 3, 2)], (x) => tf.slice(x, [1, 0, 1, 1, 0], [1, 2, 1, 2, 1])],
  ["an empty slice", [normal(4, 5)], (x) => tf.slice(x, [1, 1], [0, 2])],
  [
    "slices of integers and flags",
    [integers(4, 5), flags(4, 5)],
    (x, y) => [tf.slice(x, [1, 1], [2, 2]), tf.slice(y, [1, 1], [2, 2])],
  ],
  [
    "split and unstack",
    [normal(4, 6)],
    (x) => [...tf.split(x, 3, 1), ...tf.split(x, [1, 3]), ...tf.unstack(x, 1), ...tf.unstack(x)],
  ],
  [
    "gather",
    [normal(5, 3, 2)],
    (x) => [
      tf.gather(x, [4, 0, 4]),
      tf.gather(x, [2, 1], 1),
      tf.gather(x, tf.tensor2d([[1], [0]], [2, 1], "int32"), -1),
    ],
  ],
  [
    "gather with batch axes",
    [normal(2, 5, 3)],
    (x) =>
      tf.gather(
        x,
        tf.tensor2d(
          [
            [4, 0],
            [1, 1],
          ],
          [2, 2],
          "int32",
        ),
        1,
        1,
      ),
  ],
  ["concat", [normal(2, 3), normal(2, 1), normal(2, 40)], (...x) => [tf.concat(x, 1), tf.concat(x, -1)]],
  [
    "concat on the first axis, one part empty",
    [normal(2, 3), normal(1, 3), tf.zeros([0, 3])],
    (...x) => tf.concat(x),
  ],
  [
    "stack",
    [normal(2, 3), normal(2, 3)],
    (...x) => [tf.stack(x), tf.stack(x, 1), tf.stack(x, 2), tf.stack(x, -1)],
  ],
  [
    "comparisons that broadcast",
    [normal(3, 1, 4), normal(2, 1)],
    (a, b) => [tf.greater(a, b), tf.lessEqual(a, b), tf.maximum(a, b), tf.minimum(b, a)],
  ],
  ["powers that broadcast", [tf.abs(normal(3, 4)), normal(4)], (a, b) => [tf.pow(a, b), tf.atan2(a, b)]],
  [
    "integers that broadcast",
    [integers(3, 4), integers(4)],
    (a, b) => [tf.add(a, b), tf.mul(a, b), tf.equal(a, b), tf.sub(b, a)],
  ],
  ["flags that broadcast", [flags(3, 4), flags(4)], (a, b) => [tf.logicalAnd(a, b), tf.logicalOr(b, a)]],
  [
    "scans along a negative axis",
    [normal(3, 4, 5)],
    (x) => [tf.cumsum(x, -1), tf.cumsum(x, -2, true), tf.cumprod(x, -1, false, true)],
  ],
  [
    "products with batch axes that broadcast",
    [normal(4, 1, 2, 3), normal(5, 3, 6)],
    (a, b) => tf.matMul(a, b),
  ],
  [
    "products of transposed stacks",
    [normal(4, 3, 2), normal(4, 6, 3)],
    (a, b) => tf.matMul(a, b, true, true),
  ],
  ["products of large stacks", [normal(4, 30, 60), normal(4, 60, 20)], (a, b) => tf.matMul(a, b)],
  ["a matrix times a stack", [normal(30, 60), normal(4, 60, 20)], (a, b) => tf.matMul(a, b)],
  ["a stack times a matrix", [normal(4, 3, 6), normal(6, 2)], (a, b) => tf.matMul(a, b)],
  ["stacks of rows times columns", [normal(4, 30, 200), normal(4, 200, 1)], (a, b) => tf.matMul(a, b)],
  ["one row times columns", [normal(1, 3, 20), normal(4, 20, 1)], (a, b) => tf.matMul(a, b)],
  ["stacks of outer products", [normal(4, 5, 1), normal(4, 1, 6)], (a, b) => tf.matMul(a, b)],
  [
    "einsum",
    [normal(2, 3, 4), normal(2, 4, 5)],
    (a, b) => [tf.einsum("bij,bjk->bik", a, b), tf.einsum("bij,bjk->k", a, b)],
  ],
];

const fused: [string, T[], (...inputs: T[]) => T | T[]][] = [
  [
    "a fused product with a reshaped bias",
    [normal(2, 3), normal(3, 4), normal(1, 4)],
    (a, b, bias) => matMul(a, b, tf.reshape(bias, [4])),
  ],
  [
    "a fused product of transposed operands",
    [normal(3, 2), normal(4, 3), normal(4)],
    (a, b, bias) => matMul(a, b, bias, true),
  ],
  [
    "fused products of a stack",
    [normal(5, 2, 3), normal(5, 3, 4), normal(4)],
    (a, b, bias) => matMul(a, b, bias),
  ],
  [
    "an activation that tfjs-wasm lacks",
    [normal(2, 3), normal(3, 4), normal(4)],
    (a, b, bias) => matMul(a, b, bias, false, "elu"),
  ],
  [
    "a fused convolution with a reshaped bias",
    [normal(1, 5, 5, 2), normal(3, 3, 2, 4), normal(1, 4)],
    (x, filter, bias) =>
      tf.fused.conv2d({
        x: x as tf.Tensor4D,
        filter: filter as tf.Tensor4D,
        bias: tf.reshape(bias, [4]),
        strides: 1,
        pad: "same",
        activation: "relu",
      }),
  ],
];

function matMul(a: T, b: T, bias: T, transposed = false, activation: tf.fused.Activation = "relu"): T {
  return tf.fused.matMul({ a, b, bias, transposeA: transposed, transposeB: transposed, activation });
}

describe("kernels of the wasm backend", () => {
  it.each([...cases, ...fused])("%s", async (_name, inputs, run) => {
    await useBackend("cpu");
    const expected = host(tf.tidy(() => run(...inputs)));
    await useBackend("wasm");
    const before = tf.memory();
    const actual = tf.tidy(() => run(...inputs));
    const kept = [actual].flat();
    expect(tf.memory().numDataBuffers - before.numDataBuffers).toBeLessThanOrEqual(kept.length);
    const values = host(actual);
    expect(values.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
      expected.map(({ shape, dtype }) => ({ shape, dtype })),
    );
    values.forEach((value, index) => {
      value.data.forEach((item, position) => {
        expect(item).toBeCloseTo(expected[index]?.data[position] ?? NaN, 4);
      });
    });
  });

  it("reject what tfjs rejects", async () => {
    await useBackend("wasm");
    tf.tidy(() => {
      expect(() => tf.gather(normal(3, 2), [3])).toThrow("the index value 3 is not in [0, 2]");
      expect(() => tf.matMul(normal(2, 3), normal(2, 3))).toThrow("inner shapes (3) and (2)");
      expect(() => tf.slice(normal(2, 3), [1, 1], [2, 1])).toThrow();
      expect(() => tf.stack([normal(2), normal(3)])).toThrow("matching shapes");
      expect(() => tf.add(normal(2, 3), normal(2))).toThrow("could not be broadcast");
    });
  });

  it("free what they use on the way", async () => {
    await useBackend("wasm");
    const live = tf.backend().numDataIds();
    const all = [...cases, ...fused];
    tf.tidy(() => {
      for (const [, inputs, run] of all) run(...inputs);
    });
    expect(tf.backend().numDataIds()).toBe(live);
  });
});

function host(result: T | T[]): { shape: number[]; dtype: string; data: number[] }[] {
  return [result]
    .flat()
    .map((tensor) => ({ shape: tensor.shape, dtype: tensor.dtype, data: [...tensor.dataSync()] }));
}
