/** Operations that compute with values one by one, and those that reduce or scan. */
import * as tf from "@tensorflow/tfjs-core";
import { flags, index, noted, op, sorted, unit, type OpCase } from "./op-case.js";

type T = tf.Tensor;
const MATRIX = [2, 3];

const unary = (name: string, run: (x: T) => unknown, x: OpCase["operands"][string] = MATRIX): OpCase =>
  op(name, { x }, run);

/** Operands of equal shapes, and of shapes that broadcast. */
function binary(
  name: string,
  run: (a: T, b: T) => unknown,
  draw?: (...shape: number[]) => unknown,
): OpCase[] {
  const shaped = (...shape: number[]): readonly number[] =>
    (draw?.(...shape) as number[] | undefined) ?? shape;
  return [
    op(name, { a: shaped(2, 3), b: shaped(2, 3) }, run, "of equal shapes"),
    op(name, { a: shaped(2, 3), b: shaped(4, 1, 3) }, run, "of shapes that broadcast"),
  ];
}

const unaryCases: OpCase[] = [
  unary("abs", tf.abs),
  op("abs", { re: MATRIX, im: MATRIX }, (re: T, im: T) => tf.abs(tf.complex(re, im)), "of complex numbers"),
  unary("acos", tf.acos, unit(2, 3)),
  unary("acosh", (x) => tf.acosh(tf.add(x, 1)), unit(2, 3)),
  unary("asin", tf.asin, unit(2, 3)),
  unary("asinh", tf.asinh),
  unary("atan", tf.atan),
  unary("atanh", tf.atanh, unit(2, 3)),
  unary("cast", (x) => tf.cast(x, "int32")),
  unary("ceil", tf.ceil),
  unary("clipByValue", (x) => tf.clipByValue(x, -0.5, 0.5)),
  unary("clone", tf.clone),
  unary("cos", tf.cos),
  unary("cosh", tf.cosh),
  unary("elu", tf.elu),
  unary("erf", tf.erf),
  unary("exp", tf.exp),
  unary("expm1", tf.expm1),
  unary("floor", tf.floor),
  unary("isFinite", (x) => tf.isFinite(tf.div(x, 0))),
  unary("isInf", (x) => tf.isInf(tf.div(x, 0))),
  unary("isNaN", (x) => tf.isNaN(tf.sqrt(x))),
  unary("leakyRelu", (x) => tf.leakyRelu(x, 0.3)),
  unary("log", tf.log, unit(2, 3)),
  unary("log1p", tf.log1p, unit(2, 3)),
  unary("logSigmoid", tf.logSigmoid),
  unary("logicalNot", tf.logicalNot, flags(2, 3)),
  unary("neg", tf.neg),
  unary("onesLike", tf.onesLike),
  unary("reciprocal", tf.reciprocal, unit(2, 3)),
  unary("relu", tf.relu),
  unary("relu6", tf.relu6),
  unary("round", tf.round),
  unary("rsqrt", tf.rsqrt, unit(2, 3)),
  unary("selu", tf.selu),
  unary("sigmoid", tf.sigmoid),
  unary("sign", tf.sign),
  unary("sin", tf.sin),
  unary("sinh", tf.sinh),
  unary("softplus", tf.softplus),
  unary("sqrt", tf.sqrt, unit(2, 3)),
  unary("square", tf.square),
  unary("step", (x) => tf.step(x, 0.5)),
  unary("tan", tf.tan),
  unary("tanh", tf.tanh),
  unary("zerosLike", tf.zerosLike),
  op("real", { re: MATRIX, im: MATRIX }, (re: T, im: T) =>
    tf.real(tf.mul(tf.complex(re, im), tf.complex(im, re))),
  ),
  op("imag", { re: MATRIX, im: MATRIX }, (re: T, im: T) =>
    tf.imag(tf.add(tf.complex(re, im), tf.complex(im, re))),
  ),
  op("complex", { re: MATRIX, im: MATRIX }, (re: T, im: T) => tf.complex(re, im)),
];

const binaryCases: OpCase[] = [
  ...binary("add", tf.add),
  ...binary("atan2", tf.atan2),
  op("bitwiseAnd", { a: index(2, 3), b: index(2, 3) }, tf.bitwiseAnd),
  ...binary("div", tf.div, unit),
  ...binary("divNoNan", tf.divNoNan),
  ...binary("equal", tf.equal, index),
  ...binary("floorDiv", (a, b) => tf.floorDiv(a, tf.add(b, tf.scalar(1, "int32"))), index),
  ...binary("greater", tf.greater),
  ...binary("greaterEqual", tf.greaterEqual, index),
  ...binary("less", tf.less),
  ...binary("lessEqual", tf.lessEqual, index),
  ...binary("logicalAnd", tf.logicalAnd, flags),
  ...binary("logicalOr", tf.logicalOr, flags),
  ...binary("logicalXor", tf.logicalXor, flags),
  ...binary("maximum", tf.maximum),
  ...binary("minimum", tf.minimum),
  ...binary("mod", (a, b) => tf.mod(a, tf.add(b, 1)), unit),
  ...binary("mul", tf.mul),
  ...binary("notEqual", tf.notEqual, index),
  ...binary("pow", tf.pow, unit),
  ...binary("squaredDifference", tf.squaredDifference),
  ...binary("sub", tf.sub),
  op("addN", { a: MATRIX, b: MATRIX, c: MATRIX }, (...parts: T[]) => tf.addN(parts)),
  op("prelu", { x: MATRIX, alpha: [3] }, tf.prelu),
  op("movingAverage", { v: MATRIX, x: MATRIX }, (v: T, x: T) => tf.movingAverage(v, x, 0.9, 3)),
];

const reductionCases: OpCase[] = [
  op("all", { x: flags(2, 3) }, (x: T) => [tf.all(x), tf.all(x, -1)]),
  op("any", { x: flags(2, 3) }, (x: T) => [tf.any(x), tf.any(x, 0, true)]),
  unary("argMax", (x) => [tf.argMax(x), tf.argMax(x, -1)]),
  unary("argMin", (x) => [tf.argMin(x), tf.argMin(x, -1)]),
  unary("max", (x) => [tf.max(x), tf.max(x, 0, true)]),
  unary("mean", (x) => [tf.mean(x), tf.mean(x, -1)]),
  unary("min", (x) => [tf.min(x), tf.min(x, 0)]),
  unary("prod", (x) => [tf.prod(x), tf.prod(x, 1)]),
  unary("sum", (x) => [tf.sum(x), tf.sum(x, [0, 1], true)]),
  unary("logSumExp", (x) => [tf.logSumExp(x), tf.logSumExp(x, -1)]),
  unary("moments", (x) => [tf.moments(x), tf.moments(x, -1, true)]),
  unary("norm", (x) => [tf.norm(x), tf.norm(x, 1, [0, 1]), tf.norm(x, Infinity, -1)]),
  unary("euclideanNorm", (x) => tf.euclideanNorm(x, -1)),
  unary("softmax", (x) => tf.softmax(x)),
  unary("logSoftmax", (x) => tf.logSoftmax(x)),
  unary("cumsum", (x) => [tf.cumsum(x, -1), tf.cumsum(x, 0, true, true)]),
  unary("cumprod", (x) => [tf.cumprod(x, -1), tf.cumprod(x, 0, true, true)]),
  unary("topk", (x) => tf.topk(x, 2)),
  op(
    "bincount",
    { x: index(5), weights: [5] },
    (x: tf.Tensor1D, weights: tf.Tensor1D) => tf.bincount(x, weights, 4),
    "with weights",
  ),
  op("bincount", { x: index(5) }, (x: tf.Tensor1D) => tf.bincount(x, tf.tensor1d([]), 4), "of occurrences"),
  op(
    "denseBincount",
    { x: index(2, 5), weights: [2, 5] },
    (x: tf.Tensor2D, weights: tf.Tensor2D) => tf.denseBincount(x, weights, 4),
    "with weights",
  ),
  op(
    "denseBincount",
    { x: index(2, 5) },
    (x: tf.Tensor2D) => [
      tf.denseBincount(x, tf.tensor2d([], [0, 0]), 4),
      tf.denseBincount(x, tf.tensor2d([], [0, 0]), 4, true),
    ],
    "of occurrences",
  ),
  op(
    "denseBincount",
    { x: index(5) },
    (x: tf.Tensor1D) => tf.denseBincount(x, tf.tensor1d([]), 4, true),
    "of a vector with binary output",
  ),
  op("searchSorted", { sortedSequence: sorted(2, 5), values: unit(2, 3) }, (s: T, v: T) => [
    tf.searchSorted(s, v, "left"),
    tf.searchSorted(s, v, "right"),
  ]),
  op("lowerBound", { sortedSequence: sorted(5), values: unit(3) }, tf.lowerBound),
  op("upperBound", { sortedSequence: sorted(5), values: unit(3) }, tf.upperBound),
  op("unsortedSegmentSum", { x: [4, 2], segmentIds: index(4) }, (x: T, ids: tf.Tensor1D) =>
    tf.unsortedSegmentSum(x, ids, 3),
  ),
];

const gradientCases: OpCase[] = [
  op("grad", { x: MATRIX }, (x: T) => tf.grad((input: T) => cube(input))(x)),
  op("grads", { a: MATRIX, b: MATRIX }, (a: T, b: T) => tf.grads((x: T, y: T) => dot(x, y))([a, b])),
  op("valueAndGrad", { x: MATRIX }, (x: T) => ({ ...tf.valueAndGrad((input: T) => cube(input))(x) })),
  op("valueAndGrads", { a: MATRIX, b: MATRIX }, (a: T, b: T) => ({
    ...tf.valueAndGrads((x: T, y: T) => dot(x, y))([a, b]),
  })),
  op("customGrad", { x: MATRIX }, (x: T) => [cube(x), tf.grad((input: T) => cube(input))(x)]),
  noted(
    "a variable holds one value for all elements",
    op("variable", { x: MATRIX }, (x: T) => tf.mul(tf.variable(x), 2)),
  ),
  op("variableGrads", { x: MATRIX }, (x: T) => {
    const weight = tf.variable(tf.ones(MATRIX));
    const { value, grads } = tf.variableGrads(() => dot(weight, x) as tf.Scalar, [weight]);
    weight.dispose();
    return [value, ...Object.values(grads)];
  }),
];

/** Differentiable without the gradients that the package `@tensorflow/tfjs` registers. */
const cube = tf.customGrad((x, save) => {
  (save as (tensors: T[]) => void)([x as T]);
  return {
    value: tf.mul(tf.square(x as T), x as T),
    gradFunc: (dy, [saved]) => tf.mul(dy, tf.mul(tf.square(saved ?? dy), 3)),
  };
});

const dot = tf.customGrad((a, b, save) => {
  (save as (tensors: T[]) => void)([a as T, b as T]);
  return {
    value: tf.sum(tf.mul(a as T, b as T)),
    gradFunc: (dy, [left, right]) => [tf.mul(dy, right ?? dy), tf.mul(dy, left ?? dy)],
  };
});

export const arithmeticOps: readonly OpCase[] = [
  ...unaryCases,
  ...binaryCases,
  ...reductionCases,
  ...gradientCases,
];
