import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import "./chained-ops.js";
import "./first-backend.js";

/** Names of the methods that tfjs itself defines, read from its sources. */
function namesInTfjs(): string[] {
  const root = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-core/package.json"));
  const folder = join(root, "dist/public/chained_ops");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".js") && !file.includes("_test") && !file.startsWith("register_all"))
    .flatMap((file) => [...readFileSync(join(folder, file), "utf8").matchAll(/\.prototype\.(\w+) =/g)])
    .map(([, name]) => name ?? "");
}

describe("chained operations", () => {
  it("are all there", () => {
    const names = namesInTfjs();
    expect(names.length).toBeGreaterThan(120);
    expect(names.filter((name) => !(name in tf.Tensor.prototype))).toEqual([]);
  });

  it("do what tfjs's own do", () => {
    tf.tidy(() => {
      const x = tf.tensor2d([
        [1, -2, 3],
        [4, 5, -6],
      ]);
      expect(x.relu().matMul(x, false, true).sum(1).arraySync()).toEqual([-4, 35]);
      expect(x.mean(-1, true).shape).toEqual([2, 1]);
      expect(x.as1D().shape).toEqual([6]);
      expect(x.as2D(3, 2).shape).toEqual([3, 2]);
      expect(x.as3D(1, 2, 3).shape).toEqual([1, 2, 3]);
      expect(x.as4D(1, 1, 2, 3).shape).toEqual([1, 1, 2, 3]);
      expect(x.as5D(1, 1, 1, 2, 3).shape).toEqual([1, 1, 1, 2, 3]);
      expect(x.flatten().reshapeAs(x).shape).toEqual([2, 3]);
      expect(x.sum().asScalar().shape).toEqual([]);
      expect(x.asType("int32").dtype).toBe("int32");
      expect([x.toInt().dtype, x.toBool().dtype, x.toInt().toFloat().dtype]).toEqual([
        "int32",
        "bool",
        "float32",
      ]);
      expect(x.concat(x, 0).shape).toEqual([4, 3]);
      expect(x.concat([x, x], 1).shape).toEqual([2, 9]);
      expect(x.stack(x).shape).toEqual([2, 2, 3]);
      expect(x.stack([x, x], 2).shape).toEqual([2, 3, 3]);
      expect(x.where(x.greater(0), tf.zerosLike(x)).arraySync()).toEqual([
        [1, 0, 3],
        [4, 5, 0],
      ]);
      expect(x.norm().arraySync()).toBeCloseTo(Math.sqrt(91));
      expect(tf.tensor1d([0, 2], "int32").oneHot(3, 1, 0).arraySync()).toEqual([
        [1, 0, 0],
        [0, 0, 1],
      ]);
      expect(x.expandDims(-1).resizeBilinear([4, 6]).shape).toEqual([4, 6, 1]);
      expect(x.expandDims(-1).resizeNearestNeighbor([1, 1]).shape).toEqual([1, 1, 1]);
      expect(x.isNaN().any().arraySync()).toBe(0);
      expect(x.topk(1).values.arraySync()).toEqual([[3], [5]]);
      expect(x.split([1, 2], 1).map(({ shape }) => shape)).toEqual([
        [2, 1],
        [2, 2],
      ]);
    });
  });

  it("reject what tfjs's own reject", () => {
    const x = tf.ones([2]);
    expect(() => x.asScalar()).toThrow("must have only 1 element");
    x.dispose();
    expect(() => x.relu()).toThrow("Tensor is disposed");
  });
});
