/** Whole networks, with weights that differ between candidates and inputs that differ between examples. */
import { beforeAll, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import "../../src/backend/chained-ops.js";
import { useBackend } from "../../src/backend/use-backend.js";
import { vmap } from "../../src/vmap/vmap.js";
import { vmapReport } from "../../src/vmap/vmap-report.js";
import { largestDifference } from "./largest-difference.js";
import { plainLoop } from "./plain-loop.js";

const CANDIDATES = 3;
const EXAMPLES = 4;
const TOKENS = 5;
const WIDTH = 6;

type Weights = Readonly<Record<string, tf.Tensor>>;

type Transformer = Readonly<Record<"table" | "query" | "key" | "value" | "scale" | "up" | "down", tf.Tensor>>;

interface Network {
  /** Shapes of the weights of one candidate. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
  /** Inputs of all examples. */
  readonly inputs: () => tf.Tensor;
  readonly run: (weights: never, x: never) => tf.Tensor;
}

const normalised = (x: tf.Tensor, scale: tf.Tensor): tf.Tensor => {
  const { mean, variance } = tf.moments(x, -1, true);
  return x.sub(mean).div(variance.add(1e-5).sqrt()).mul(scale);
};

const networks: Record<string, Network> = {
  "a transformer block": {
    weights: {
      table: [7, WIDTH],
      query: [WIDTH, WIDTH],
      key: [WIDTH, WIDTH],
      value: [WIDTH, WIDTH],
      scale: [WIDTH],
      up: [WIDTH, 8],
      down: [8, WIDTH],
    },
    inputs: () => tf.randomUniform([EXAMPLES, TOKENS], 0, 7, "int32"),
    run: (w: Transformer, tokens: tf.Tensor1D) => {
      const x = tf.gather(w.table, tokens);
      const heads = (projection: tf.Tensor): tf.Tensor =>
        x.matMul(projection).reshape([TOKENS, 2, 3]).transpose([1, 0, 2]);
      const mask = tf.linalg
        .bandPart(tf.ones([TOKENS, TOKENS]), -1, 0)
        .sub(1)
        .mul(1e9);
      const attention = heads(w.query)
        .matMul(heads(w.key), false, true)
        .div(Math.sqrt(3))
        .add(mask)
        .softmax();
      const mixed = attention.matMul(heads(w.value)).transpose([1, 0, 2]).reshape([TOKENS, WIDTH]);
      const residual = normalised(x.add(mixed), w.scale);
      return residual.add(residual.matMul(w.up).relu().matMul(w.down));
    },
  },
  "a convolutional classifier": {
    weights: { first: [3, 3, 1, 4], depthwise: [3, 3, 4, 1], pointwise: [1, 1, 4, 5], last: [20, 3] },
    inputs: () => tf.randomNormal([EXAMPLES, 8, 8, 1]),
    run: (
      {
        first,
        depthwise,
        pointwise,
        last,
      }: Readonly<Record<"first" | "depthwise" | "pointwise" | "last", tf.Tensor4D>>,
      image: tf.Tensor3D,
    ) => {
      const x = tf.conv2d(image, first, 1, "same").relu();
      const pooled = tf.maxPool(x as tf.Tensor3D, 2, 2, "valid");
      const y = tf.separableConv2d(pooled, depthwise, pointwise, 1, "same").relu();
      return tf
        .avgPool(y as tf.Tensor3D, 2, 2, "valid")
        .reshape([1, 20])
        .matMul(last)
        .logSoftmax();
    },
  },
  "a recurrent network": {
    weights: { kernel: [WIDTH + 2, 8], bias: [8], readout: [2, 3] },
    inputs: () => tf.randomNormal([EXAMPLES, TOKENS, WIDTH]),
    run: (
      { kernel, bias, readout }: { kernel: tf.Tensor2D; bias: tf.Tensor1D; readout: tf.Tensor2D },
      sequence: tf.Tensor2D,
    ) => {
      let [c, h] = [tf.zeros<tf.Rank.R2>([1, 2]), tf.zeros<tf.Rank.R2>([1, 2])];
      for (const step of tf.split(sequence, TOKENS))
        [c, h] = tf.basicLSTMCell(tf.scalar(1), kernel, bias, step as tf.Tensor2D, c, h);
      return h.matMul(readout).softmax();
    },
  },
};

describe.each(["cpu", "wasm"] as const)("on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(Object.entries(networks))(
    "%s is batched as a whole over candidates and examples",
    (_name, network) => {
      const before = tf.memory().numTensors;
      tf.tidy(() => {
        const weights: Weights = Object.fromEntries(
          Object.entries(network.weights).map(([name, shape]) => [
            name,
            tf.randomNormal([CANDIDATES, ...shape]),
          ]),
        );
        const inputs = network.inputs();
        const all = (batch: typeof vmap): unknown =>
          batch((own: Weights) => batch((x: tf.Tensor) => network.run(own as never, x as never))(inputs))(
            weights,
          );
        vmapReport({ reset: true });
        const batched = all(vmap);
        expect(vmapReport()).toEqual({ fallbacks: {}, materialised: 0 });
        expect(largestDifference(batched, all(plainLoop as typeof vmap))).toBeLessThan(1e-4);
      });
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});
