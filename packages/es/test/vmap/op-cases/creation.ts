/** Operations that make tensors from plain values, and those that draw random numbers. */
import * as tf from "@tensorflow/tfjs-core";
import { constant, random, type OpCase } from "./op-case.js";

const fromValues: OpCase[] = [
  constant("eye", () => tf.eye(2, 3)),
  constant("fill", () => tf.fill([2, 3], 7)),
  constant("linspace", () => tf.linspace(0, 1, 4)),
  constant("ones", () => tf.ones([2, 3])),
  constant("range", () => tf.range(0, 4, 1, "int32")),
  constant("scalar", () => tf.scalar(3)),
  constant("tensor", () => tf.tensor([1, 2, 3])),
  constant("tensor1d", () => tf.tensor1d([1, 2])),
  constant("tensor2d", () => tf.tensor2d([1, 2], [1, 2])),
  constant("tensor3d", () => tf.tensor3d([1, 2], [1, 2, 1])),
  constant("tensor4d", () => tf.tensor4d([1, 2], [1, 2, 1, 1])),
  constant("tensor5d", () => tf.tensor5d([1, 2], [1, 2, 1, 1, 1])),
  constant("tensor6d", () => tf.tensor6d([1, 2], [1, 2, 1, 1, 1, 1])),
  constant("zeros", () => tf.zeros([2, 3])),
  constant("cosineWindow", () => tf.cosineWindow(4, 0.5, 0.5)),
  constant("signal.hammingWindow", () => tf.signal.hammingWindow(4)),
  constant("signal.hannWindow", () => tf.signal.hannWindow(4)),
];

const SHAPE = [20, 20];

const instead = (name: string): string => `use \`${name}\` of \`@hyperfunc/es\``;

const draws: OpCase[] = [
  random("rand", {}, () => tf.rand(SHAPE, () => Math.random())),
  random("randomGamma", {}, () => tf.randomGamma(SHAPE, 2)),
  random("randomNormal", {}, () => tf.randomNormal(SHAPE), instead("randomNormal")),
  random("randomStandardNormal", {}, () => tf.randomStandardNormal(SHAPE), instead("randomNormal")),
  random("randomUniform", {}, () => tf.randomUniform(SHAPE), instead("randomUniform")),
  random("randomUniformInt", {}, () => tf.randomUniformInt(SHAPE, 0, 100)),
  random("truncatedNormal", {}, () => tf.truncatedNormal(SHAPE)),
  random("dropout", { x: SHAPE }, (x: tf.Tensor) => tf.dropout(x, 0.5), instead("dropout")),
  random(
    "multinomial",
    { logits: [1, 20] },
    (x: tf.Tensor2D) => tf.multinomial(x, 100),
    "one kernel call per element",
  ),
];

export const creationOps: readonly OpCase[] = [...fromValues, ...draws];
