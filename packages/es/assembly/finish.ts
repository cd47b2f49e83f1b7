/** What follows a product in a network's layer: a bias per column and an activation, while the rows are in cache. */
import { tanh4 } from "./exponential";
import { at, loadLanes, storeLanes } from "./simd";

export const NONE: i32 = 0;
export const RELU: i32 = 1;
export const TANH: i32 = 2;

/** `c [rows, n] = activation(c + bias [n])`; a bias of 0 is none. */
export function finishRows(c: usize, bias: usize, rows: i32, n: i32, activation: i32): void {
  if (bias == 0 && activation == NONE) return;
  if (activation == RELU) {
    for (let i = 0; i < rows; i++) finishRow<i8>(at(c, i * n), bias, n);
  } else if (activation == TANH) {
    for (let i = 0; i < rows; i++) finishRow<i16>(at(c, i * n), bias, n);
  } else {
    for (let i = 0; i < rows; i++) finishRow<i32>(at(c, i * n), bias, n);
  }
}

/** The type argument stands for the activation, so that the compiler makes a loop without a branch for each. */
// @ts-ignore: decorators of the compiler
@inline
function finishRow<Activation>(c: usize, bias: usize, n: i32): void {
  let j = 0;
  for (; j + 4 <= n; j += 4) {
    const x = v128.load(at(c, j));
    v128.store(at(c, j), activated<Activation>(bias == 0 ? x : f32x4.add(x, v128.load(at(bias, j)))));
  }
  if (j < n) {
    const x = loadLanes(at(c, j), n - j);
    const sum = bias == 0 ? x : f32x4.add(x, loadLanes(at(bias, j), n - j));
    storeLanes(at(c, j), activated<Activation>(sum), n - j);
  }
}

// @ts-ignore: decorators of the compiler
@inline
function activated<Activation>(x: v128): v128 {
  if (sizeof<Activation>() == 1) return f32x4.max(x, f32x4.splat(0));
  if (sizeof<Activation>() == 2) return tanh4(x);
  return x;
}
