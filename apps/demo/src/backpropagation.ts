/**
 * The yardstick: the same network on the same pairs, trained by backpropagation (Adam, batches of 64, 60 epochs).
 *
 *   node --conditions=@hyperfunc/source scripts/run.mjs apps/demo/src/backpropagation.ts
 *
 * Possible only because this program happens to be differentiable up to the sums; the reward of phase 2 is not. The
 * gradient is short enough to write down: with log p(sum) as the objective, the gradient at a reading's logits is the
 * posterior over the digit given the sum, minus the reading.
 */
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "@hyperfunc/core";
import { useBackend } from "@hyperfunc/es";
import { loadPairs, PIXELS, type LabelledPair } from "./digits.js";
import { DIGITS, SUMS } from "./program.js";

const EPOCHS = 60;
const BATCH = 64;
const HIDDEN = 64;
const RATE = 3e-3;

interface Network {
  readonly w1: tf.Variable;
  readonly b1: tf.Variable;
  readonly w2: tf.Variable;
  readonly b2: tf.Variable;
}

interface Stacked {
  readonly left: tf.Tensor;
  readonly right: tf.Tensor;
  readonly sums: tf.Tensor1D;
  readonly pairs: readonly LabelledPair[];
}

await useBackend("wasm");
const pairs = loadPairs();
const [train, test] = [stacked(pairs.train), stacked(pairs.test)];
/** `[sums, digits, digits]`: 1 where the two digits have the sum. */
const haveSum = tf.tensor3d(
  Float32Array.from({ length: SUMS * DIGITS * DIGITS }, (_, at) => {
    const [sum, a, b] = [Math.floor(at / 100), Math.floor(at / 10) % 10, at % 10];
    return a + b === sum ? 1 : 0;
  }),
  [SUMS, DIGITS, DIGITS],
);
for (const seed of [0, 1, 2, 3, 4]) {
  const start = performance.now();
  const network = trained(seed);
  const seconds = (performance.now() - start) / 1000;
  const { sums, digits } = accuracies(network);
  console.log(
    `seed ${seed}: test sum ${sums.toFixed(3)}, digit ${digits.toFixed(3)}, ${seconds.toFixed(1)} s`,
  );
}

function stacked(labelled: readonly LabelledPair[]): Stacked {
  const sums = labelled.map(({ example }) => example.expected);
  return {
    left: tf.stack(labelled.map(({ example }) => example.inputs.left)),
    right: tf.stack(labelled.map(({ example }) => example.inputs.right)),
    sums: tf.tensor1d(sums, "int32"),
    pairs: labelled,
  };
}

function trained(seed: number): Network {
  const rng = createRng(seed, "backpropagation");
  const draw = (rows: number, columns: number): tf.Variable => {
    const std = Math.sqrt(2 / (rows + columns));
    const values = Float32Array.from({ length: rows * columns }, () => std * rng.normal());
    return tf.variable(tf.tensor2d(values, [rows, columns]));
  };
  const network = {
    w1: draw(PIXELS, HIDDEN),
    b1: tf.variable(tf.zeros([HIDDEN])),
    w2: draw(HIDDEN, DIGITS),
    b2: tf.variable(tf.zeros([DIGITS])),
  };
  const steps = EPOCHS * Math.floor(train.pairs.length / BATCH);
  const adam = tf.train.adam(RATE);
  let step = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const order = rng.shuffle(train.pairs.map((_, index) => index));
    for (let from = 0; from + BATCH <= order.length; from += BATCH) {
      Reflect.set(adam, "learningRate", (RATE * (1 + Math.cos((Math.PI * step++) / steps))) / 2);
      tf.tidy(() => {
        adam.applyGradients(gradients(network, tf.tensor1d(order.slice(from, from + BATCH), "int32")));
      });
    }
  }
  adam.dispose();
  return network;
}

/** Gradients of minus the mean log p(sum) over the pairs in `rows`. */
function gradients(network: Network, rows: tf.Tensor1D): { name: string; tensor: tf.Tensor }[] {
  const compatible = tf.gather(haveSum, tf.gather(train.sums, rows)); // [batch, digits, digits]
  const [left, right] = [tf.gather(train.left, rows), tf.gather(train.right, rows)];
  const [a, b] = [read(network, left), read(network, right)];
  const parts = [
    backward(
      network,
      left,
      a,
      logitGradient(a.reading, tf.sum(tf.mul(compatible, b.reading.expandDims(1)), 2)),
    ),
    backward(
      network,
      right,
      b,
      logitGradient(b.reading, tf.sum(tf.mul(compatible, a.reading.expandDims(2)), 1)),
    ),
  ];
  const names = ["w1", "b1", "w2", "b2"] as const;
  return names.map((name) => ({
    name: network[name].name,
    tensor: tf.div(tf.addN(parts.map((part) => part[name])), -BATCH),
  }));
}

/** `support[a]`: the probability that the other digit completes `a` to the sum. */
function logitGradient(reading: tf.Tensor, support: tf.Tensor): tf.Tensor {
  const joint = tf.mul(reading, support);
  return tf.sub(tf.div(joint, tf.maximum(tf.sum(joint, 1, true), 1e-7)), reading);
}

function backward(
  { w2 }: Network,
  images: tf.Tensor,
  { hidden }: { readonly hidden: tf.Tensor },
  atLogits: tf.Tensor,
): Record<keyof Network, tf.Tensor> {
  const atHidden = tf.mul(tf.matMul(atLogits, w2, false, true), tf.step(hidden));
  return {
    w1: tf.matMul(images, atHidden, true),
    b1: tf.sum(atHidden, 0),
    w2: tf.matMul(hidden, atLogits, true),
    b2: tf.sum(atLogits, 0),
  };
}

function read({ w1, b1, w2, b2 }: Network, images: tf.Tensor): { hidden: tf.Tensor; reading: tf.Tensor } {
  const hidden = tf.relu(tf.add(tf.matMul(images, w1), b1));
  return { hidden, reading: tf.softmax(tf.add(tf.matMul(hidden, w2), b2)) };
}

function accuracies(network: Network): { sums: number; digits: number } {
  const best = (tensor: tf.Tensor): number[] => Array.from(tf.tidy(() => tf.argMax(tensor, 1).dataSync()));
  const [a, b] = [read(network, test.left).reading, read(network, test.right).reading];
  const [left, right] = [best(a), best(b)];
  const outer = tf.matMul(a.expandDims(2), b.expandDims(1)).reshape([-1, DIGITS * DIGITS]);
  const sums = best(tf.matMul(outer, haveSum.reshape([SUMS, DIGITS * DIGITS]), false, true));
  const share = (right: readonly boolean[]): number => right.filter(Boolean).length / right.length;
  return {
    sums: share(test.pairs.map(({ example }, index) => sums[index] === example.expected)),
    digits: share(
      test.pairs.flatMap(({ digits }, index) => [left[index] === digits[0], right[index] === digits[1]]),
    ),
  };
}
