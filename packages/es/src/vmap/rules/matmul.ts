/** Matrix products: as few and as large ones as the batch allows. */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelCall } from "../kernel-call.js";
import { LowRankMatrix } from "../low-rank-matrix.js";
import { isOneKernel, layer, lowRankMatMul, productWithShared } from "../low-rank-matmul.js";
import { LowRankProduct } from "../low-rank-product.js";
import { batched, rewritten, type BatchedResult, type RuleEntry } from "./rule.js";

type MatMulCall = KernelCall<tf.BatchMatMulInputs, tf.BatchMatMulAttrs>;

export const matmulRules: RuleEntry[] = [
  ...batched<tf.BatchMatMulInputs, tf.BatchMatMulAttrs>([tf.BatchMatMul], matMul),
  // The activation is applied after the batched sum, where the bias may have one value per element.
  ...rewritten<tf._FusedMatMulInputs, tf._FusedMatMulAttrs>([tf._FusedMatMul], ({ inputs, attributes }) => {
    const { a, b, bias, preluActivationWeights } = inputs;
    const { transposeA, transposeB } = attributes;
    const product = productOfStacks(a, b, transposeA, transposeB);
    const sum = bias === undefined || bias === null ? product : tf.add(product, bias);
    return activate(sum, attributes.activation, preluActivationWeights, attributes.leakyreluAlpha);
  }),
];

/** `tf.fused.matMul` has given single matrices a leading axis of length 1, which would hide that they are single. */
function productOfStacks(a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean): tf.Tensor {
  const [stackA = 1, stackB = 1] = [a.shape[0], b.shape[0]];
  const single = (matrix: tf.Tensor): tf.Tensor => tf.reshape(matrix, matrix.shape.slice(1));
  const product = tf.matMul(
    stackA === 1 ? single(a) : a,
    stackB === 1 ? single(b) : b,
    transposeA,
    transposeB,
  );
  return stackA === 1 && stackB === 1 ? tf.expandDims(product, 0) : product;
}

function matMul(call: MatMulCall): BatchedResult {
  const { a, b } = call.inputs;
  const { transposeA, transposeB } = call.attributes;
  const left = oriented(call.lowRank(a), transposeA);
  const right = oriented(call.lowRank(b), transposeB);
  try {
    if (left !== undefined && right !== undefined) return productOfLowRank(left, right);
    if (right !== undefined) return withLowRank(call, a, transposeA, right);
    if (left !== undefined) return fromLowRank(call, left, b, transposeB);
  } finally {
    left?.release();
    right?.release();
  }
  const x = withMatrixAxes(call.inner(a) ?? a, transposeA);
  const y = withMatrixAxes(call.inner(b) ?? b, transposeB);
  if (!call.isBatched(b) && b.rank === 2) return productWithShared(x, y);
  if (!call.isBatched(a) && a.rank === 2 && b.rank === 2) return sharedTimesEach(x, y);
  return eachTimesEach(call, x, y);
}

/** The matrix as the product uses it; a reference of its own. */
function oriented(matrix: LowRankMatrix | undefined, transposed: boolean): LowRankMatrix | undefined {
  return transposed ? matrix?.transpose() : matrix?.retain();
}

/** The tensor with its last two axes swapped if asked to. */
function withMatrixAxes(tensor: tf.Tensor, transposed: boolean): tf.Tensor {
  if (!transposed) return tensor;
  const axes = Array.from({ length: tensor.rank }, (_, index) => index);
  return tf.transpose(tensor, [...axes.slice(0, -2), tensor.rank - 1, tensor.rank - 2]);
}

/** `x · M`, `x` of any rank, shared or not. */
function withLowRank(
  call: MatMulCall,
  operand: tf.Tensor,
  transposed: boolean,
  matrix: LowRankMatrix,
): BatchedResult {
  const { x, shape } = rowsOf(call, operand, transposed, matrix);
  if (isOneKernel(x, matrix)) return LowRankProduct.of(x, matrix, shape);
  return tf.reshape(lowRankMatMul(x, matrix), [call.size, ...shape]);
}

/** `M · y = (yᵀ · Mᵀ)ᵀ`. */
function fromLowRank(
  call: MatMulCall,
  matrix: LowRankMatrix,
  operand: tf.Tensor,
  transposed: boolean,
): tf.Tensor {
  const flipped = matrix.transpose();
  try {
    const { x, shape } = rowsOf(call, operand, !transposed, flipped);
    const product = isOneKernel(x, flipped)
      ? layer(x, flipped, undefined, "none")
      : lowRankMatMul(x, flipped);
    return withMatrixAxes(tf.reshape(product, [call.size, ...shape]), true);
  } finally {
    flipped.release();
  }
}

/** The operand as `[m, rows]` or `[size, m, rows]`, and the shape of its product with the matrix. */
function rowsOf(
  call: MatMulCall,
  operand: tf.Tensor,
  transposed: boolean,
  matrix: LowRankMatrix,
): { readonly x: tf.Tensor; readonly shape: readonly number[] } {
  const inner = call.inner(operand);
  const tensor = withMatrixAxes(inner ?? operand, transposed);
  const leading = tensor.shape.slice(inner === undefined ? 0 : 1, -1);
  const count = leading.reduce((product, side) => product * side, 1);
  const [rows, columns] = matrix.sides;
  const x = tf.reshape(tensor, inner === undefined ? [count, rows] : [call.size, count, rows]);
  return { x, shape: [...leading, columns] };
}

/** `(W₁ + A₁B₁ᵀ)(W₂ + A₂B₂ᵀ) = W₁W₂ + [A₁ | M₁A₂] [W₂ᵀB₁ | B₂]ᵀ`: the product of two is another one, of summed rank. */
function productOfLowRank(left: LowRankMatrix, right: LowRankMatrix): LowRankMatrix {
  const rows = tf.concat([left.rowFactors, lowRankTimesEach(left, right.rowFactors)], 2);
  const transposedBase = tf.transpose(right.base);
  const columns = tf.concat([sharedTimesEach(transposedBase, left.columnFactors), right.columnFactors], 2);
  return LowRankMatrix.of(tf.matMul(left.base, right.base), rows, columns);
}

/** `M · y` for `y` `[size, columns, n]`, without materialising `M`. */
function lowRankTimesEach(matrix: LowRankMatrix, y: tf.Tensor): tf.Tensor {
  const change = tf.matMul(matrix.rowFactors, tf.matMul(matrix.columnFactors, y, true, false));
  return tf.add(change, sharedTimesEach(matrix.base, y));
}

/** `[m, k] · [size, k, n]` as one product with the matrices side by side, `[size, m, n]`. */
function sharedTimesEach(x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const [size = 1, k = 1, n = 1] = y.shape;
  const sideBySide = tf.reshape(tf.transpose(y, [1, 0, 2]), [k, size * n]);
  return tf.transpose(tf.reshape(tf.matMul(x, sideBySide), [x.shape[0] ?? 1, size, n]), [1, 0, 2]);
}

/** One product per element and per further leading axis, with those axes brought to one size and merged. */
function eachTimesEach(call: MatMulCall, x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const { a, b } = call.inputs;
  const leading = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const merge = (tensor: tf.Tensor, operand: tf.Tensor): tf.Tensor => {
    const [rows = 1, columns = 1] = tensor.shape.slice(-2);
    const own = operand.shape.slice(0, -2);
    const padding = Array.from({ length: leading.length - own.length }, () => 1);
    const size = call.isBatched(operand) ? call.size : 1;
    const lined = tf.reshape(tensor, [size, ...padding, ...own, rows, columns]);
    const target = [call.size, ...leading];
    const repetitions = target.map((side, axis) => side / (lined.shape[axis] ?? 1));
    const complete = repetitions.every((times) => times === 1)
      ? lined
      : tf.tile(lined, [...repetitions, 1, 1]);
    return tf.reshape(complete, [target.reduce((product, side) => product * side, 1), rows, columns]);
  };
  const product = tf.matMul(merge(x, a), merge(y, b));
  return tf.reshape(product, [call.size, ...leading, ...product.shape.slice(1)]);
}

/** The activations that fused kernels know. */
export function activate(
  x: tf.Tensor,
  activation: string | null | undefined,
  preluWeights: tf.Tensor | null | undefined,
  leakyAlpha: number | undefined,
): tf.Tensor {
  switch (activation ?? "linear") {
    case "linear":
      return x;
    case "relu":
      return tf.relu(x);
    case "elu":
      return tf.elu(x);
    case "relu6":
      return tf.relu6(x);
    case "prelu":
      return preluWeights ? tf.prelu(x, preluWeights) : x;
    case "leakyrelu":
      return tf.leakyRelu(x, leakyAlpha);
    case "sigmoid":
      return tf.sigmoid(x);
    default:
      throw new TypeError(`Unknown activation "${String(activation)}".`);
  }
}
