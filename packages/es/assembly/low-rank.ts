/**
 * The change that a low-rank perturbation makes to a product: `c = common + (x · rowFactors) · columnFactorsᵀ`.
 *
 * Nothing of the size of the perturbed matrix exists; both steps are done row by row while the row is in cache. Ranks are
 * taken two at a time, which halves the traffic of `c`. Every dot product is four running sums over k in ascending
 * order, added at the end, whatever the tiling.
 */
import { at, multiplyAdd, multiplyAdd1, sumOfLanes } from "./simd";

/**
 * Rows `[m, k]` of one member, its factors by rank, `rowFactors [rank, k]` and `columnFactors [rank, n]`, what they are
 * added to, `common [m, n]`, and the result `c [m, n]`, which may be the same.
 */
export function addLowRank(
  x: usize,
  rowFactors: usize,
  columnFactors: usize,
  common: usize,
  c: usize,
  m: i32,
  k: i32,
  n: i32,
  rank: i32,
): void {
  for (let i = 0; i < m; i++) {
    const row = at(x, i * k);
    const out = at(c, i * n);
    let from = at(common, i * n);
    let r = 0;
    for (; r + 2 <= rank; r += 2) {
      const left = at(rowFactors, r * k);
      const right = at(columnFactors, r * n);
      addTwo(dot(row, left, k), dot(row, at(left, k), k), right, at(right, n), from, out, n);
      from = out;
    }
    if (r < rank) addOne(dot(row, at(rowFactors, r * k), k), at(columnFactors, r * n), from, out, n);
  }
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
  let result = sumOfLanes(f32x4.add(sum, more));
  for (; p < k; p++) result = multiplyAdd1(load<f32>(at(x, p)), load<f32>(at(y, p)), result);
  return result;
}

// @ts-ignore: decorators of the compiler
@inline
function addOne(scale: f32, y: usize, from: usize, out: usize, n: i32): void {
  const s = f32x4.splat(scale);
  let j = 0;
  for (; j + 4 <= n; j += 4) {
    v128.store(at(out, j), multiplyAdd(s, v128.load(at(y, j)), v128.load(at(from, j))));
  }
  for (; j < n; j++) store<f32>(at(out, j), multiplyAdd1(scale, load<f32>(at(y, j)), load<f32>(at(from, j))));
}

// @ts-ignore: decorators of the compiler
@inline
function addTwo(scaleY: f32, scaleZ: f32, y: usize, z: usize, from: usize, out: usize, n: i32): void {
  const s = f32x4.splat(scaleY);
  const t = f32x4.splat(scaleZ);
  let j = 0;
  for (; j + 4 <= n; j += 4) {
    const first = multiplyAdd(s, v128.load(at(y, j)), v128.load(at(from, j)));
    v128.store(at(out, j), multiplyAdd(t, v128.load(at(z, j)), first));
  }
  for (; j < n; j++) {
    const first = multiplyAdd1(scaleY, load<f32>(at(y, j)), load<f32>(at(from, j)));
    store<f32>(at(out, j), multiplyAdd1(scaleZ, load<f32>(at(z, j)), first));
  }
}

/** `to [columns, rows] = from [rows, columns]`, for factors, whose short side is the rank. */
export function transpose(from: usize, to: usize, rows: i32, columns: i32): void {
  for (let j = 0; j < columns; j++) {
    for (let i = 0; i < rows; i++) store<f32>(at(to, j * rows + i), load<f32>(at(from, i * columns + j)));
  }
}
