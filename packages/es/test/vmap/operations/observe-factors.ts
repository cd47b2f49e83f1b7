/** Runs an operation on a perturbed matrix that exists only in factors, and notes whether it had to be built. */
import * as tf from "@tensorflow/tfjs-core";
import { OwnedTensors, runOwned } from "../../../src/lifetime/owned-tensors.js";
import { BatchAxis } from "../../../src/vmap/batch-axis.js";
import { innerOf, wrapLazy } from "../../../src/vmap/batched-tensor.js";
import { LowRankMatrix } from "../../../src/vmap/low-rank-matrix.js";
import { mapTensors } from "../../../src/vmap/tensor-tree.js";
import { vmapReport } from "../../../src/vmap/vmap-report.js";
import { largestDifference } from "../largest-difference.js";
import type { OpCase } from "../op-cases/op-case.js";
import { plainLoop } from "../plain-loop.js";

const SIZE = 3;
const RANK = 2;

/** What became of a matrix operand. */
export interface MatrixTrial {
  readonly operand: string;
  readonly materialised: boolean;
  readonly difference: number;
}

/** One trial per operand that may be a matrix of weights, for operations that can be batched at all. */
export function observeFactors(test: OpCase): MatrixTrial[] {
  const matrices = Object.entries(test.operands).filter(
    ([, operand]) => !("shape" in operand) && operand.length === 2,
  );
  if (test.random) return [];
  return matrices.flatMap(([operand]) => {
    const scope = new OwnedTensors();
    try {
      return runOwned(scope, () => compare(test, operand)) ?? [];
    } finally {
      scope.close();
    }
  });
}

function compare(test: OpCase, perturbed: string): MatrixTrial | undefined {
  const axis = new BatchAxis(SIZE);
  const operands = Object.entries(test.operands).map(([name, operand]) => {
    const { shape, draw = (own: number[]) => tf.randomNormal(own) } =
      "shape" in operand ? operand : { shape: operand };
    return name === perturbed ? drawMatrix(axis, shape) : { lazy: undefined, dense: draw([...shape]) };
  });
  vmapReport({ reset: true });
  const run = test.run as (...args: tf.Tensor[]) => unknown;
  let result: unknown;
  try {
    result = run(...operands.map(({ lazy, dense }) => lazy ?? dense));
  } catch {
    return undefined; // refused, or missing on this backend: the table says so elsewhere
  }
  if (result instanceof Promise) {
    result.catch(() => undefined);
    return undefined;
  }
  const { materialised } = vmapReport(); // before anything is read
  const inAxes = operands.map(({ lazy }) => (lazy === undefined ? null : 0));
  let expected: unknown;
  try {
    expected = plainLoop(test.run, inAxes)(...operands.map(({ dense }) => dense));
  } catch {
    return undefined; // tfjs fails by itself
  }
  const actual = mapTensors(result, (tensor) => innerOf(tensor, axis) ?? tf.stack(Array(SIZE).fill(tensor)));
  return {
    operand: perturbed,
    materialised: materialised > 0,
    difference: largestDifference(actual, expected),
  };
}

function drawMatrix(
  axis: BatchAxis,
  [rows = 1, columns = 1]: readonly number[],
): { lazy: tf.Tensor; dense: tf.Tensor } {
  const base = tf.randomNormal([rows, columns]);
  const left = tf.randomNormal([axis.size, rows, RANK]);
  const right = tf.randomNormal([axis.size, columns, RANK]);
  const dense = tf.add(tf.matMul(left, right, false, true), base);
  return { lazy: wrapLazy(axis, LowRankMatrix.of(base, left, right)), dense };
}
