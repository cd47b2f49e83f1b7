import { describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import "../backend/first-backend.js";
import { vmap } from "../vmap/vmap.js";
import { combine, split } from "./combine-split.js";

describe("combine", () => {
  it("joins along the last axis, or the one asked for", () => {
    tf.tidy(() => {
      const a = tf.tensor2d([
        [1, 2],
        [3, 4],
      ]);
      expect(combine([a, tf.tensor2d([[5], [6]])]).arraySync()).toEqual([
        [1, 2, 5],
        [3, 4, 6],
      ]);
      expect(combine([a, tf.tensor2d([[5, 6]])], 0).arraySync()).toEqual([
        [1, 2],
        [3, 4],
        [5, 6],
      ]);
      expect(combine([a]).arraySync()).toEqual([
        [1, 2],
        [3, 4],
      ]);
    });
  });

  it("batches", () => {
    tf.tidy(() => {
      const joined = vmap((x: tf.Tensor, y: tf.Tensor) => combine([x, y]))(tf.ones([3, 2]), tf.zeros([3, 1]));
      expect(joined.arraySync()).toEqual(Array(3).fill([1, 1, 0]));
    });
  });

  it("says what does not fit", () => {
    tf.tidy(() => {
      expect(() => combine([])).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
      expect(() => combine([tf.ones([2])], 1)).toThrow("a tensor of shape [2] has no axis 1");
      expect(() => combine([tf.ones([2, 3]), tf.ones([3, 3])])).toThrow(
        expect.objectContaining({
          code: "SHAPE_MISMATCH",
          message: expect.stringContaining("tensor 1 has [3,3]"),
        }),
      );
      expect(() => combine([tf.ones([2, 3]), tf.ones([2])])).toThrow("tensor 1 has [2]");
    });
  });
});

describe("split", () => {
  it("is the inverse of combine", () => {
    tf.tidy(() => {
      const x = tf.tensor2d([
        [1, 2, 3],
        [4, 5, 6],
      ]);
      const parts = split(x, [1, 2]);
      expect(parts.map((part) => part.arraySync())).toEqual([
        [[1], [4]],
        [
          [2, 3],
          [5, 6],
        ],
      ]);
      expect(combine(parts).arraySync()).toEqual(x.arraySync());
      expect(split(x, 2, 0).map(({ shape }) => shape)).toEqual([
        [1, 3],
        [1, 3],
      ]);
    });
  });

  it("says what does not fit", () => {
    tf.tidy(() => {
      const x = tf.ones([2, 5]);
      expect(() => split(x, [2, 2])).toThrow("needs an axis of length 4, but axis -1 of [2,5] has 5");
      expect(() => split(x, 2)).toThrow(expect.objectContaining({ code: "SHAPE_MISMATCH" }));
      expect(() => split(x, [5, 0])).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
      expect(() => split(x, [])).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
      expect(() => split(x, [2, 3], 2)).toThrow("has no axis 2");
    });
  });
});
