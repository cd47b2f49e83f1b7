/** Random programs: short lists of tensor operations on an input and parameters, any of which may be batched. */
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";

type T = tf.Tensor;

/** One operation on earlier values, named by number; an operation whose shapes do not fit is left out. */
export interface Step {
  readonly operation: number;
  readonly a: number;
  readonly b: number;
}

export interface ProgramHp {
  readonly w: tf.Tensor2D;
  readonly v: tf.Tensor1D;
  readonly s: tf.Scalar;
  readonly gain: number;
}

export const WIDTH = 4;
export const HEIGHT = 3;

const last = (x: T): number => x.shape.at(-1) ?? 1;
const fits = (a: T, b: T): boolean => {
  const length = Math.min(a.rank, b.rank);
  return Array.from({ length }, (_, i) => [a.shape.at(-1 - i) ?? 1, b.shape.at(-1 - i) ?? 1]).every(
    ([x, y]) => x === y || x === 1 || y === 1,
  );
};
const whenFits =
  (run: (a: T, b: T) => T) =>
  (a: T, b: T): T =>
    fits(a, b) && Math.max(a.rank, b.rank) <= 3 ? run(a, b) : tf.neg(a);
const squash = (x: T): T => tf.tanh(x);

/** Values stay small, so that rounding errors do. */
const OPERATIONS: readonly ((a: T, b: T, hp: ProgramHp) => T)[] = [
  whenFits((a, b) => squash(tf.add(a, b))),
  whenFits((a, b) => squash(tf.mul(a, b))),
  whenFits(tf.sub),
  whenFits(tf.maximum),
  whenFits((a, b) => tf.where(tf.greater(a, b), a, b)),
  (a) => tf.relu(a),
  (a) => tf.sigmoid(a),
  (a) => tf.softmax(a.rank === 0 ? tf.reshape(a, [1]) : a),
  (a) => tf.sum(a, a.rank === 0 ? undefined : -1),
  (a) => tf.mean(a),
  (a) => tf.max(a, a.rank === 0 ? undefined : 0, true),
  (a) => tf.cumsum(a.rank === 0 ? tf.reshape(a, [1]) : a, 0),
  (a) => (a.rank > 2 ? a : tf.expandDims(a, 0)),
  (a) => tf.reshape(a, [a.size]),
  (a) => tf.transpose(a),
  (a) =>
    last(a) === WIDTH && a.rank < 3 ? squash(tf.matMul(tf.reshape(a, [-1, WIDTH]), tf.ones([WIDTH, 2]))) : a,
  (a) => tf.slice(tf.reshape(a, [a.size]), 0, Math.ceil(a.size / 2)),
  (a, b) =>
    a.rank === 1 && b.rank === 1 && a.size + b.size < 20
      ? tf.concat([a as tf.Tensor1D, b as tf.Tensor1D])
      : a,
  (a, b) => (String(a.shape) === String(b.shape) && a.rank < 3 ? tf.stack([a, b]) : a),
  (a) => tf.gather(tf.reshape(a, [a.size]), tf.cast(tf.argMax(tf.reshape(a, [a.size])), "int32")),
  // With parameters.
  (a, _b, hp) => (last(a) === WIDTH ? squash(tf.matMul(tf.reshape(a, [-1, WIDTH]), hp.w, false, true)) : a),
  (a, _b, hp) => (last(a) === HEIGHT ? squash(tf.matMul(tf.reshape(a, [-1, HEIGHT]), hp.w)) : a),
  (a, _b, hp) => (last(a) === WIDTH && a.rank === 1 ? squash(tf.dot(hp.w, a)) : a),
  (a, _b, hp) => (last(a) === HEIGHT ? tf.add(a, hp.v) : a),
  (a, _b, hp) => squash(tf.mul(a, hp.s)),
  (a, _b, hp) => tf.mul(a, hp.gain),
  (_a, _b, hp) => tf.gather(hp.w, tf.tensor1d([2, 0], "int32")),
  (_a, _b, hp) => squash(tf.matMul(hp.w, hp.w, false, true)),
  (_a, _b, hp) => tf.sum(hp.w, 0),
  (_a, _b, hp) => hp.v,
];

export const arbitrarySteps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ operation: fc.nat(OPERATIONS.length - 1), a: fc.nat(5), b: fc.nat(5) }),
  { minLength: 1, maxLength: 8 },
);

/** Runs the steps on `x`; the result has the last value and the one before. */
export function runSteps(steps: readonly Step[], x: T, hp: ProgramHp): { last: T; before: T } {
  const values: T[] = [x];
  for (const { operation, a, b } of steps) {
    const pick = (back: number): T => values[values.length - 1 - (back % values.length)] ?? x;
    values.push(OPERATIONS[operation]?.(pick(a), pick(b), hp) ?? x);
  }
  return { last: values.at(-1) ?? x, before: values.at(-2) ?? x };
}
