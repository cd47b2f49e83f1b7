import { describe, expect, it } from "@jest/globals";
import type { HpOf } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf } from "expect-type";
import "../../backend/first-backend.js";
import { LoRAWeight } from "./lora-weight.js";

describe("LoRAWeight", () => {
  it("declares a matrix that is perturbed in factors", () => {
    const { name, fields, fixed } = LoRAWeight.create({ outDim: 4, inDim: 2 });
    expect({ name, fields, fixed }).toEqual({
      name: "LoRAWeight",
      fields: [{ kind: "tensor", name: "weight", shape: [4, 2], noiseRank: 1, initStd: Math.sqrt(2 / 6) }],
      fixed: {},
    });
  });

  it("adds a bias that starts at zero and has full noise", () => {
    const { fields } = LoRAWeight.create({ outDim: 4, inDim: 2, noiseRank: 2, bias: true, initStd: 0.1 });
    expect(fields).toEqual([
      { kind: "tensor", name: "weight", shape: [4, 2], noiseRank: 2, initStd: 0.1 },
      { kind: "tensor", name: "bias", shape: [4], noiseRank: undefined, initStd: 0 },
    ]);
  });

  it("types hp: a bias only where there is one", () => {
    const plain = LoRAWeight.create({ outDim: 4, inDim: 2 });
    expect(plain.fields).toHaveLength(1);
    const biased = LoRAWeight.create({ outDim: 4, inDim: 2, bias: true });
    expectTypeOf<HpOf<typeof plain>>().toEqualTypeOf<{ readonly weight: tf.Tensor2D }>();
    expectTypeOf<HpOf<typeof biased>["bias"]>().toEqualTypeOf<tf.Tensor1D>();
    // @ts-expect-error a type without bias has none
    expectTypeOf<HpOf<typeof plain>["bias"]>();
    // @ts-expect-error a type with bias needs one
    expect(() => biased.fromTensor(tf.ones([4, 2]))).toThrow("needs a bias");
  });

  it("makes values of tensors", () => {
    tf.tidy(() => {
      const weight = tf.ones([4, 2]);
      const bias = tf.zeros([4]);
      expect(LoRAWeight.fromTensor(weight)).toEqual({ weight });
      expect(LoRAWeight.create({ outDim: 4, inDim: 2, bias: true }).fromTensor(weight, bias)).toEqual({
        weight,
        bias,
      });
      expect(() => LoRAWeight.fromTensor(bias)).toThrow(expect.objectContaining({ code: "SHAPE_MISMATCH" }));
      expect(() => LoRAWeight.create({ outDim: 2, inDim: 4 }).fromTensor(weight)).toThrow(
        "The weight has shape [2,4], got [4,2]",
      );
    });
  });

  it.each([
    [{ outDim: 0, inDim: 2 }, "outDim must be a positive integer, got 0"],
    [{ outDim: 4, inDim: 1.5 }, "inDim must be a positive integer, got 1.5"],
    [
      { outDim: 4, inDim: 2, noiseRank: 3 },
      "noiseRank 3 exceeds the smaller side of a 4 × 2 matrix; use at most 2",
    ],
    [{ outDim: 4, inDim: 2, noiseRank: 0 }, "noiseRank must be a positive integer"],
    [{ outDim: 4, inDim: 2, initStd: -1 }, "initStd must be a finite number of at least 0"],
  ])("rejects %j", (options, message) => {
    expect(() => LoRAWeight.create(options)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(message) }),
    );
  });
});
