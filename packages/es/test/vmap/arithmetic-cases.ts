/** Elementwise kernels, reductions and scans. */
import * as tf from "@tensorflow/tfjs-core";

import { flags, integers, positive, type RuleCase } from "./rule-case.js";

type T = tf.Tensor;

function unary(kernel: string, run: (x: T) => T, make?: (shape: number[]) => T): RuleCase {
  return { name: kernel, shapes: [[2, 3]], run, ...(make && { make }) };
}

function binary(kernel: string, run: (a: T, b: T) => T, make?: (shape: number[]) => T): RuleCase[] {
  const shapes = [
    [
      [2, 3],
      [2, 3],
    ],
    [[2, 3], [3]],
    [[3], [4, 2, 3]],
    [[], [3]],
    [
      [2, 1, 3],
      [4, 1],
    ],
  ];
  return shapes.map((pair) => ({
    name: `${kernel} ${JSON.stringify(pair)}`,
    shapes: pair,
    run,
    ...(make && { make }),
  }));
}

const unaryCases: RuleCase[] = [
  unary(tf.Abs, tf.abs),
  unary(tf.Acos, tf.acos, positive),
  unary(tf.Acosh, (x) => tf.acosh(tf.add(x, 1)), positive),
  unary(tf.Asin, tf.asin, positive),
  unary(tf.Asinh, tf.asinh),
  unary(tf.Atan, tf.atan),
  unary(tf.Atanh, tf.atanh, positive),
  unary(tf.Cast, (x) => tf.cast(x, "int32")),
  unary(tf.Ceil, tf.ceil),
  unary(tf.ClipByValue, (x) => tf.clipByValue(x, -0.5, 0.5)),
  unary(tf.Cos, tf.cos),
  unary(tf.Cosh, tf.cosh),
  unary(tf.Elu, tf.elu),
  unary(tf.Erf, tf.erf),
  unary(tf.Exp, tf.exp),
  unary(tf.Expm1, tf.expm1),
  unary(tf.Floor, tf.floor),
  unary(tf.Identity, tf.clone),
  unary(tf.IsFinite, (x) => tf.isFinite(tf.div(x, 0))),
  unary(tf.IsInf, (x) => tf.isInf(tf.div(x, 0))),
  unary(tf.IsNan, (x) => tf.isNaN(tf.sqrt(x))),
  unary(tf.LeakyRelu, (x) => tf.leakyRelu(x, 0.3)),
  unary(tf.Log, tf.log, positive),
  unary(tf.Log1p, tf.log1p, positive),
  unary(tf.LogicalNot, tf.logicalNot, flags),
  unary(tf.Neg, tf.neg),
  unary(tf.OnesLike, tf.onesLike),
  unary(tf.OneHot, (x) => tf.oneHot(x, 4), integers),
  unary(tf.Reciprocal, tf.reciprocal, positive),
  unary(tf.Relu, tf.relu),
  unary(tf.Relu6, tf.relu6),
  unary(tf.Round, tf.round),
  unary(tf.Rsqrt, tf.rsqrt, positive),
  unary(tf.Selu, tf.selu),
  unary(tf.Sigmoid, tf.sigmoid),
  unary(tf.Sign, tf.sign),
  unary(tf.Sin, tf.sin),
  unary(tf.Sinh, tf.sinh),
  unary(tf.Softplus, tf.softplus),
  unary(tf.Sqrt, tf.sqrt, positive),
  unary(tf.Square, tf.square),
  unary(tf.Step, (x) => tf.step(x, 0.5)),
  unary(tf.Tan, tf.tan),
  unary(tf.Tanh, tf.tanh),
  unary(tf.ZerosLike, tf.zerosLike),
];

const binaryCases: RuleCase[] = [
  ...binary(tf.Add, tf.add),
  ...binary(tf.Add, tf.add, integers).map((test) => ({ ...test, name: `${test.name} of integers` })),
  ...binary(tf.Atan2, tf.atan2),
  ...binary(tf.BitwiseAnd, tf.bitwiseAnd, integers).filter(({ shapes: [a, b] }) => String(a) === String(b)),
  ...binary(tf.Equal, tf.equal, integers),
  ...binary(tf.FloorDiv, (a, b) => tf.floorDiv(a, tf.add(b, tf.scalar(1, "int32"))), integers),
  ...binary(tf.Greater, tf.greater),
  ...binary(tf.GreaterEqual, tf.greaterEqual, integers),
  ...binary(tf.Less, tf.less),
  ...binary(tf.LessEqual, tf.lessEqual, integers),
  ...binary(tf.LogicalAnd, tf.logicalAnd, flags),
  ...binary(tf.LogicalOr, tf.logicalOr, flags),
  ...binary(tf.LogicalXor, tf.logicalXor, flags),
  ...binary(tf.Maximum, tf.maximum),
  ...binary(tf.Minimum, tf.minimum),
  ...binary(tf.Mod, (a, b) => tf.mod(a, tf.add(b, 1)), positive),
  ...binary(tf.Multiply, tf.mul),
  ...binary(tf.NotEqual, tf.notEqual, integers),
  ...binary(tf.Pow, tf.pow, positive),
  ...binary(tf.RealDiv, tf.div, positive),
  ...binary(tf.SquaredDifference, tf.squaredDifference),
  ...binary(tf.Sub, tf.sub),
  {
    name: "Prelu",
    shapes: [[2, 3], [3]],
    run: (x: T, alpha: T) => tf.prelu(x, tf.broadcastTo(alpha, x.shape)),
  },
  {
    name: "AddN",
    shapes: [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
    run: (...parts: T[]) => tf.addN(parts),
  },
  { name: "AddN of one", shapes: [[2, 3]], run: (x: T) => tf.addN([x]) },
];

const reductionCases: RuleCase[] = [
  ...[
    [tf.Sum, tf.sum],
    [tf.Mean, tf.mean],
    [tf.Min, tf.min],
    [tf.Max, tf.max],
    [tf.Prod, tf.prod],
  ].flatMap(([kernel, reduce]) => reductions(String(kernel), reduce as Reduce)),
  ...[
    [tf.All, tf.all],
    [tf.Any, tf.any],
  ].flatMap(([kernel, reduce]) => reductions(String(kernel), reduce as Reduce, flags)),
  unary(tf.ArgMax, (x) => tf.argMax(x, -1)),
  unary(tf.ArgMin, (x) => tf.argMin(x)),
  { ...unary(tf.ArgMax, (x) => tf.argMax(tf.reshape(x, [6]))), name: "ArgMax of a vector" },
  unary(tf.Softmax, (x) => tf.softmax(x)),
  unary(tf.LogSoftmax, (x) => tf.tidy(() => tf.logSoftmax(x))),
  unary(tf.Cumsum, (x) => tf.cumsum(x, -1)),
  { ...unary(tf.Cumsum, (x) => tf.cumsum(x, 0, true, true)), name: "Cumsum, exclusive and reverse" },
  unary(tf.Cumprod, (x) => tf.cumprod(x, 1)),
  unary(tf.TopK, (x) => Object.values(tf.topk(x, 2)) as unknown as T),
];

type Reduce = (x: T, axis?: number | number[], keepDims?: boolean) => T;

function reductions(kernel: string, reduce: Reduce, make?: (shape: number[]) => T): RuleCase[] {
  const cases: [string, readonly number[], (x: T) => T][] = [
    ["all", [2, 3], (x) => reduce(x)],
    ["last", [2, 3], (x) => reduce(x, -1)],
    ["first, kept", [2, 3], (x) => reduce(x, 0, true)],
    ["two of three", [2, 3, 2], (x) => reduce(x, [0, 2])],
    ["scalar", [], (x) => reduce(x)],
  ];
  return cases.map(([what, shape, run]) => ({
    name: `${kernel} ${what}`,
    shapes: [shape],
    run,
    ...(make && { make }),
  }));
}

export const arithmeticCases: readonly RuleCase[] = [...unaryCases, ...binaryCases, ...reductionCases];
