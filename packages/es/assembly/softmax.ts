/** Softmax and its logarithm over rows of any length; short rows are what classifiers have. */
import { exp } from "./elementwise";
import { exp4, log4 } from "./exponential";
import { at, firstLanes, loadLanes, storeLanes, sumOfLanes } from "./simd";

/** Floats that are taken through all three passes of a softmax while they are in the first cache. */
const BLOCK: i32 = 2048;

/** `out [rows, n]` = softmax of every row of `x`, the largest value subtracted first. */
export function softmax(x: usize, out: usize, rows: i32, n: i32): void {
  const together = max(1, BLOCK / n);
  for (let row = 0; row < rows; row += together) {
    const count = min(together, rows - row);
    const to = at(out, row * n);
    for (let i = 0; i < count; i++) shift(at(x, (row + i) * n), at(to, i * n), n);
    exp(to, to, count * n); // across the ends of rows, so that short rows leave no lane idle
    for (let i = 0; i < count; i++) normalise(at(to, i * n), n);
  }
}

/** `to = from - max(from)`. */
// @ts-ignore: decorators of the compiler
@inline
function shift(from: usize, to: usize, n: i32): void {
  const largest = f32x4.splat(maximum(from, n));
  let i = 0;
  for (; i + 4 <= n; i += 4) v128.store(at(to, i), f32x4.sub(v128.load(at(from, i)), largest));
  if (i < n) storeLanes(at(to, i), f32x4.sub(loadLanes(at(from, i), n - i), largest), n - i);
}

/** Divides values by their sum. */
// @ts-ignore: decorators of the compiler
@inline
function normalise(values: usize, n: i32): void {
  let sum = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) sum = f32x4.add(sum, v128.load(at(values, i)));
  if (i < n) sum = f32x4.add(sum, loadLanes(at(values, i), n - i));
  const scale = f32x4.splat(1 / sumOfLanes(sum));
  for (i = 0; i + 4 <= n; i += 4) v128.store(at(values, i), f32x4.mul(v128.load(at(values, i)), scale));
  if (i < n) storeLanes(at(values, i), f32x4.mul(loadLanes(at(values, i), n - i), scale), n - i);
}

/** `out [rows, n]` = x - max - log(sum(exp(x - max))) for every row. */
export function logSoftmax(x: usize, out: usize, rows: i32, n: i32): void {
  for (let row = 0; row < rows; row++) {
    const from = at(x, row * n);
    const to = at(out, row * n);
    const largest = f32x4.splat(maximum(from, n));
    let sum = f32x4.splat(0);
    let i = 0;
    for (; i + 4 <= n; i += 4) sum = f32x4.add(sum, exp4(f32x4.sub(v128.load(at(from, i)), largest)));
    if (i < n) {
      const e = exp4(f32x4.sub(loadLanes(at(from, i), n - i), largest));
      sum = f32x4.add(sum, v128.and(e, firstLanes(n - i)));
    }
    const logarithm = log4(f32x4.splat(sumOfLanes(sum)));
    for (i = 0; i + 4 <= n; i += 4) {
      v128.store(at(to, i), f32x4.sub(f32x4.sub(v128.load(at(from, i)), largest), logarithm));
    }
    if (i < n) {
      storeLanes(at(to, i), f32x4.sub(f32x4.sub(loadLanes(at(from, i), n - i), largest), logarithm), n - i);
    }
  }
}

/** The largest value; NaN may be passed over, which every sum of exponentials brings back. */
// @ts-ignore: decorators of the compiler
@inline
function maximum(x: usize, n: i32): f32 {
  let largest: f32 = -Infinity;
  let i = 0;
  if (n >= 4) {
    let lanes = v128.load(x);
    for (i = 4; i + 4 <= n; i += 4) lanes = f32x4.pmax(lanes, v128.load(at(x, i)));
    largest = max(
      max(f32x4.extract_lane(lanes, 0), f32x4.extract_lane(lanes, 1)),
      max(f32x4.extract_lane(lanes, 2), f32x4.extract_lane(lanes, 3)),
    );
  }
  for (; i < n; i++) largest = max(largest, load<f32>(at(x, i)));
  return largest;
}
