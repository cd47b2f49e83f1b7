/**
 * The program that is trained: a network reads both digits, plain code adds what it read, a threshold decides whether
 * to answer at all.
 */
import * as tf from "@tensorflow/tfjs-core";
import { defineHpType, hyperfunction, HyperSystem, type Optimizer } from "@hyperfunc/core";
import { LoRAWeight } from "@hyperfunc/es";
import { PIXELS, type PairOfImages } from "./digits.js";

export const DIGITS = 10;
export const SUMS = 2 * DIGITS - 1;
const HIDDEN = 64;

/** Two weight matrices with biases: 196-64-10, 13,258 numbers. */
const Reader = {
  hidden: LoRAWeight.create({ outDim: HIDDEN, inDim: PIXELS, noiseRank: 1, bias: true }),
  // Starts undecided: a random start sometimes learns to misread digits in pairs that add up all the same.
  output: LoRAWeight.create({ outDim: DIGITS, inDim: HIDDEN, noiseRank: 1, bias: true, initStd: 0 }),
};

/** The threshold reaches the program as a tensor, so that all candidates are evaluated at once. */
const Caution = defineHpType({
  name: "Caution",
  tensor: true,
  fields: { threshold: { default: 0.5, min: 0, max: 1 } },
});

/** One image to a distribution over the ten digits. */
export const readDigit = hyperfunction(
  { name: "readDigit", hpType: Reader, optimizeHparams: true },
  ({ image }: { image: tf.Tensor1D }, { hp }) => {
    const hidden = tf.relu(
      tf.matMul(image.reshape([1, PIXELS]), hp.hidden.weight, false, true).add(hp.hidden.bias),
    );
    return tf.softmax(tf.matMul(hidden, hp.output.weight, false, true).add(hp.output.bias)).reshape([DIGITS]);
  },
);

/** 1 when the most likely sum is likely enough to say it, 0 to abstain. */
export const decide = hyperfunction(
  { name: "decide", hpType: Caution, optimizeHparams: true },
  ({ sums }: { sums: tf.Tensor }, { hp }) => tf.greaterEqual(tf.max(sums), hp.threshold).toFloat(),
);

export interface Reading {
  /** Distribution over the sums 0 to 18. */
  readonly sums: tf.Tensor;
  /** 1 when the program answers, 0 when it abstains. */
  readonly answers: tf.Tensor;
  /** What it read, for whoever wants to look: distributions over the digits. */
  readonly left: tf.Tensor;
  readonly right: tf.Tensor;
}

export class AddDigits extends HyperSystem<PairOfImages, Reading> {
  constructor(systemOptimizer?: Optimizer, seed = 0) {
    super({
      name: "AddDigits",
      hyperfunctions: [readDigit, decide],
      seed,
      ...(systemOptimizer === undefined ? {} : { systemOptimizer }),
    });
  }

  async run({ left, right }: PairOfImages): Promise<Reading> {
    const [a, b] = await Promise.all([readDigit({ image: left }), readDigit({ image: right })]);
    const sums = addReadings(a, b);
    return { sums, answers: await decide({ sums }), left: a, right: b };
  }
}

/** The distribution of the sum of two independent digits: every pair of digits counts towards its sum. */
function addReadings(left: tf.Tensor, right: tf.Tensor): tf.Tensor {
  const pairs = tf.matMul(left.reshape([DIGITS, 1]), right.reshape([1, DIGITS]));
  return tf.matMul(pairs.reshape([1, DIGITS * DIGITS]), sumOfPair()).reshape([SUMS]);
}

let table: tf.Tensor2D | undefined;

/** [pairs of digits, sums]: 1 where the pair has the sum. */
function sumOfPair(): tf.Tensor2D {
  table ??= tf.keep(
    tf.tensor2d(
      Float32Array.from({ length: DIGITS * DIGITS * SUMS }, (_, index) => {
        const pair = Math.floor(index / SUMS);
        return Math.floor(pair / DIGITS) + (pair % DIGITS) === index % SUMS ? 1 : 0;
      }),
      [DIGITS * DIGITS, SUMS],
    ),
  );
  return table;
}
