/**
 * The yardstick: the same network on the same pairs, trained by backpropagation through the whole program.
 *
 *   node --conditions=@hyperfunc/source scripts/run.mjs apps/demo/src/backpropagation.ts
 *
 * Possible only because this program happens to be differentiable up to the sums; the reward of phase 2 is not.
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

interface Stacked {
  readonly left: tf.Tensor2D;
  readonly right: tf.Tensor2D;
  readonly sums: tf.Tensor2D;
  readonly pairs: readonly LabelledPair[];
}

await useBackend("wasm");
const pairs = loadPairs();
const [train, test] = [stacked(pairs.train), stacked(pairs.test)];
for (const seed of [0, 1, 2, 3, 4]) {
  const start = performance.now();
  const variables = trained(seed);
  const seconds = (performance.now() - start) / 1000;
  const { sums, digits } = accuracies(variables);
  console.log(`seed ${seed}: test sum ${sums.toFixed(3)}, digit ${digits.toFixed(3)}, ${seconds.toFixed(1)} s`);
}

function stacked(labelled: readonly LabelledPair[]): Stacked {
  return {
    left: tf.stack(labelled.map(({ example }) => example.inputs.left)),
    right: tf.stack(labelled.map(({ example }) => example.inputs.right)),
    sums: tf.oneHot(tf.tensor1d(labelled.map(({ example }) => example.expected), "int32"), SUMS).toFloat(),
    pairs: labelled,
  };
}

function trained(seed: number): tf.Variable[] {
  const rng = createRng(seed, "backpropagation");
  const draw = (rows: number, columns: number): tf.Variable => {
    const std = Math.sqrt(2 / (rows + columns));
    const values = Float32Array.from({ length: rows * columns }, () => std * rng.normal());
    return tf.variable(tf.tensor2d(values, [rows, columns]));
  };
  const variables = [draw(PIXELS, HIDDEN), tf.variable(tf.zeros([HIDDEN])), draw(HIDDEN, DIGITS), tf.variable(tf.zeros([DIGITS]))];
  const steps = EPOCHS * Math.floor(train.pairs.length / BATCH);
  const optimizer = tf.train.adam(RATE);
  let step = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const order = rng.shuffle(train.pairs.map((_, index) => index));
    for (let from = 0; from + BATCH <= order.length; from += BATCH) {
      Reflect.set(optimizer, "learningRate", (RATE * (1 + Math.cos((Math.PI * step++) / steps))) / 2);
      tf.tidy(() => {
        const rows = tf.tensor1d(order.slice(from, from + BATCH), "int32");
        const [left, right, sums] = [train.left, train.right, train.sums].map((all) => tf.gather(all, rows));
        if (left === undefined || right === undefined || sums === undefined) return;
        optimizer.minimize(() => tf.neg(tf.mean(tf.log(tf.sum(tf.mul(added(variables, left, right), sums), 1).maximum(1e-7)))), false, variables);
      });
    }
  }
  optimizer.dispose();
  return variables;
}

function read(variables: readonly tf.Tensor[], images: tf.Tensor): tf.Tensor {
  const [w1, b1, w2, b2] = variables;
  if (w1 === undefined || b1 === undefined || w2 === undefined || b2 === undefined) throw new RangeError("Four variables expected.");
  return tf.softmax(tf.add(tf.matMul(tf.relu(tf.add(tf.matMul(images, w1), b1)), w2), b2));
}

/** Distributions over the sums, `[pairs, sums]`. */
function added(variables: readonly tf.Tensor[], left: tf.Tensor, right: tf.Tensor): tf.Tensor {
  const [a, b] = [read(variables, left), read(variables, right)];
  const shifted = Array.from({ length: DIGITS }, (_, digit) =>
    tf.pad(tf.mul(tf.slice(a, [0, digit], [-1, 1]), b), [[0, 0], [digit, SUMS - DIGITS - digit]]),
  );
  return tf.addN(shifted);
}

function accuracies(variables: readonly tf.Tensor[]): { sums: number; digits: number } {
  return tf.tidy(() => {
    const share = (predicted: tf.Tensor, expected: readonly number[]): number =>
      tf.mean(tf.equal(tf.argMax(predicted, 1), tf.tensor1d([...expected], "int32")).toFloat()).dataSync()[0] ?? NaN;
    const sums = share(added(variables, test.left, test.right), test.pairs.map(({ example }) => example.expected));
    const left = share(read(variables, test.left), test.pairs.map(({ digits }) => digits[0]));
    const right = share(read(variables, test.right), test.pairs.map(({ digits }) => digits[1]));
    return { sums, digits: (left + right) / 2 };
  });
}
