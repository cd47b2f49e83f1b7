/**
 * What follows the product of a layer, in one pass over its rows: the change by a low-rank perturbation, a bias per
 * column, an activation. Nothing of the size of the perturbed matrix exists.
 */
import { tanh4 } from "./exponential";
import { at, loadLanes, multiplyAdd, storeLanes } from "./simd";

export const NONE: i32 = 0;
export const RELU: i32 = 1;
export const TANH: i32 = 2;

/**
 * `out [rows, n] = activation(product + scales [rows, rank] · factors [rank, n] + bias [n])`. Rows of `product` and
 * `scales` are `strideProduct` and `strideScales` apart; `product` may be `out` itself; a bias of 0 is none.
 */
export function finishRows(
  product: usize,
  strideProduct: i32,
  scales: usize,
  strideScales: i32,
  factors: usize,
  rank: i32,
  bias: usize,
  activation: i32,
  out: usize,
  rows: i32,
  n: i32,
): void {
  for (let i = 0; i < rows; i++) {
    const from = at(product, i * strideProduct);
    const row = at(scales, i * strideScales);
    const to = at(out, i * n);
    if (activation == RELU) finishRow<i8>(from, row, factors, rank, bias, to, n);
    else if (activation == TANH) finishRow<i16>(from, row, factors, rank, bias, to, n);
    else finishRow<i32>(from, row, factors, rank, bias, to, n);
  }
}

/** The type argument stands for the activation, so that the compiler makes a loop without a branch for each. */
// @ts-ignore: decorators of the compiler
@inline
function finishRow<Activation>(
  from: usize,
  scales: usize,
  factors: usize,
  rank: i32,
  bias: usize,
  to: usize,
  n: i32,
): void {
  const first = v128.load32_splat(scales);
  let j = 0;
  for (; j + 4 <= n; j += 4) {
    v128.store(at(to, j), four<Activation>(from, first, scales, factors, rank, bias, n, j));
  }
  if (j == n) return;
  if (n >= 4 && from != to) {
    // The last four columns, some of them once more: cheaper than fewer.
    v128.store(at(to, n - 4), four<Activation>(from, first, scales, factors, rank, bias, n, n - 4));
    return;
  }
  const left = n - j;
  let x = multiplyAdd(first, loadLanes(at(factors, j), left), loadLanes(at(from, j), left));
  for (let r = 1; r < rank; r++) {
    x = multiplyAdd(v128.load32_splat(at(scales, r)), loadLanes(at(factors, r * n + j), left), x);
  }
  if (bias != 0) x = f32x4.add(x, loadLanes(at(bias, j), left));
  storeLanes(at(to, j), activated<Activation>(x), left);
}

/** Four columns from `j` on. */
// @ts-ignore: decorators of the compiler
@inline
function four<Activation>(
  from: usize,
  first: v128,
  scales: usize,
  factors: usize,
  rank: i32,
  bias: usize,
  n: i32,
  j: i32,
): v128 {
  let x = multiplyAdd(first, v128.load(at(factors, j)), v128.load(at(from, j)));
  for (let r = 1; r < rank; r++) {
    x = multiplyAdd(v128.load32_splat(at(scales, r)), v128.load(at(factors, r * n + j)), x);
  }
  if (bias != 0) x = f32x4.add(x, v128.load(at(bias, j)));
  return activated<Activation>(x);
}

// @ts-ignore: decorators of the compiler
@inline
function activated<Activation>(x: v128): v128 {
  if (sizeof<Activation>() == 1) return f32x4.pmax(x, f32x4.splat(0)); // one instruction, unlike max, and NaN stays
  if (sizeof<Activation>() == 2) return tanh4(x);
  return x;
}
