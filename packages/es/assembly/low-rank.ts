/**
 * Rows on the factors of a low-rank matrix: `scales [m, rank] = x [m, k] · rowFactors [k, rank]`, factors by rank.
 *
 * Every dot product is eight running sums over k in ascending order, added at the end, whatever the tiling.
 */
import { at, multiplyAdd, multiplyAdd1, sumOfLanes } from "./simd";

/** Rows whose dot products are formed together, so that a factor is loaded once for all of them. */
const TOGETHER: i32 = 4;

/** `rowFactors` is `[rank, k]`. */
export function project(x: usize, rowFactors: usize, scales: usize, m: i32, k: i32, rank: i32): void {
  let i = 0;
  for (; i + TOGETHER <= m; i += TOGETHER) {
    for (let r = 0; r < rank; r++) dots(at(x, i * k), at(rowFactors, r * k), at(scales, i * rank + r), k, rank);
  }
  for (; i < m; i++) {
    for (let r = 0; r < rank; r++) store<f32>(at(scales, i * rank + r), dot(at(x, i * k), at(rowFactors, r * k), k));
  }
}

/** Dot products of four rows `[4, k]` with `y`, into `to`, `to + stride`, …; each with the bits of `dot`. */
// @ts-ignore: decorators of the compiler
@inline
function dots(x: usize, y: usize, to: usize, k: i32, stride: i32): void {
  const x1 = at(x, k);
  const x2 = at(x1, k);
  const x3 = at(x2, k);
  let sum0 = f32x4.splat(0);
  let more0 = sum0;
  let sum1 = sum0;
  let more1 = sum0;
  let sum2 = sum0;
  let more2 = sum0;
  let sum3 = sum0;
  let more3 = sum0;
  let p = 0;
  for (; p + 8 <= k; p += 8) {
    const low = v128.load(at(y, p));
    const high = v128.load(at(y, p), 16);
    sum0 = multiplyAdd(v128.load(at(x, p)), low, sum0);
    more0 = multiplyAdd(v128.load(at(x, p), 16), high, more0);
    sum1 = multiplyAdd(v128.load(at(x1, p)), low, sum1);
    more1 = multiplyAdd(v128.load(at(x1, p), 16), high, more1);
    sum2 = multiplyAdd(v128.load(at(x2, p)), low, sum2);
    more2 = multiplyAdd(v128.load(at(x2, p), 16), high, more2);
    sum3 = multiplyAdd(v128.load(at(x3, p)), low, sum3);
    more3 = multiplyAdd(v128.load(at(x3, p), 16), high, more3);
  }
  store<f32>(to, rest(sumOfLanes(f32x4.add(sum0, more0)), x, y, p, k));
  store<f32>(at(to, stride), rest(sumOfLanes(f32x4.add(sum1, more1)), x1, y, p, k));
  store<f32>(at(to, 2 * stride), rest(sumOfLanes(f32x4.add(sum2, more2)), x2, y, p, k));
  store<f32>(at(to, 3 * stride), rest(sumOfLanes(f32x4.add(sum3, more3)), x3, y, p, k));
}

// @ts-ignore: decorators of the compiler
@inline
function dot(x: usize, y: usize, k: i32): f32 {
  let sum = f32x4.splat(0);
  let more = sum;
  let p = 0;
  for (; p + 8 <= k; p += 8) {
    sum = multiplyAdd(v128.load(at(x, p)), v128.load(at(y, p)), sum);
    more = multiplyAdd(v128.load(at(x, p), 16), v128.load(at(y, p), 16), more);
  }
  return rest(sumOfLanes(f32x4.add(sum, more)), x, y, p, k);
}

/** Continues a dot product from `p` on. */
// @ts-ignore: decorators of the compiler
@inline
function rest(sum: f32, x: usize, y: usize, p: i32, k: i32): f32 {
  for (; p < k; p++) sum = multiplyAdd1(load<f32>(at(x, p)), load<f32>(at(y, p)), sum);
  return sum;
}

/** `to [columns, rows] = from [rows, columns]`, for factors, whose short side is the rank. */
export function transpose(from: usize, to: usize, rows: i32, columns: i32): void {
  for (let j = 0; j < columns; j++) {
    for (let i = 0; i < rows; i++) store<f32>(at(to, j * rows + i), load<f32>(at(from, i * columns + j)));
  }
}
