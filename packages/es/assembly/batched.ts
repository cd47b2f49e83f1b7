/** Products over a batch, in one call: crossing from JavaScript once per matrix would cost more than small matrices do. */
import { finishRows } from "./finish";
import { gemm, pack, packColumn, packedSize } from "./gemm";
import { project, transpose } from "./low-rank";
import { at, loadLanes, storeLanes } from "./simd";

/**
 * `c[p] [m, n] = x[p] [m, k] · y[p]`, with `y[p]` `[k, n]`, or `[n, k]` when `transposed`. A batch stride of 0 repeats
 * the one matrix. `packed` is scratch for one packed matrix.
 */
export function batchedMatMul(
  x: usize,
  strideX: i32,
  y: usize,
  strideY: i32,
  c: usize,
  packed: usize,
  batch: i32,
  m: i32,
  k: i32,
  n: i32,
  transposed: bool,
): void {
  if (k == 1) {
    for (let p = 0; p < batch; p++) outer(at(x, p * strideX), at(y, p * strideY), at(c, p * m * n), m, n);
    return;
  }
  for (let p = 0; p < batch; p++) {
    if (p == 0 || strideY != 0) pack(at(y, p * strideY), packed, k, n, transposed);
    gemm(at(x, p * strideX), packed, at(c, p * m * n), m, k, n, false);
  }
}

/** `c [m, n]` of all products of a value of `x [m]` with one of `y [n]`. */
// @ts-ignore: decorators of the compiler
@inline
function outer(x: usize, y: usize, c: usize, m: i32, n: i32): void {
  for (let i = 0; i < m; i++) {
    const scale = v128.load32_splat(at(x, i));
    const out = at(c, i * n);
    let j = 0;
    for (; j + 4 <= n; j += 4) v128.store(at(out, j), f32x4.mul(scale, v128.load(at(y, j))));
    if (j == n) continue;
    // The last four columns, some of them once more: cheaper than fewer.
    if (n >= 4) v128.store(at(out, n - 4), f32x4.mul(scale, v128.load(at(y, n - 4))));
    else storeLanes(at(out, j), f32x4.mul(scale, loadLanes(at(y, j), n - j)), n - j);
  }
}

/** Rows of one member that are multiplied and finished while they are in cache. */
const ROWS: i32 = 64;

/**
 * `c[p] [m, n] = activation(x[p] · base + (x[p] · rowFactors[p]) · columnFactors[p]ᵀ + bias[p])` for every member p.
 *
 * `base` is `[k, n]`, or `[n, k]` when `transposed`; `rowFactors` `[members, k, rank]`, `columnFactors`
 * `[members, n, rank]`. `x` is `[members, m, k]`, or `[m, k]` when `shared`: both products with it are then computed for
 * all members at once. `bias` is `[members, n]`, one `[n]` with a stride of 0, or 0 for none. `scratch` has room for
 * `lowRankScratch` floats.
 */
export function lowRankMatMul(
  x: usize,
  shared: bool,
  base: usize,
  rowFactors: usize,
  columnFactors: usize,
  bias: usize,
  strideBias: i32,
  activation: i32,
  c: usize,
  scratch: usize,
  members: i32,
  m: i32,
  k: i32,
  n: i32,
  rank: i32,
  transposed: bool,
): void {
  pack(base, scratch, k, n, transposed);
  const columns = at(scratch, packedSize(k, n));
  const free = at(columns, n * rank);
  const isNarrow = rank <= packedSize(1, n) - n;
  if (shared) {
    gemm(x, scratch, free, m, k, n, false);
    const projected = at(free, m * n);
    projectShared(x, rowFactors, projected, at(projected, m * members * rank), members, m, k, rank);
  }
  for (let p = 0; p < members; p++) {
    const rows = at(rowFactors, p * k * rank);
    const right = byRank(at(columnFactors, p * n * rank), columns, n, rank);
    const own = bias == 0 ? 0 : at(bias, p * strideBias);
    const out = at(c, p * m * n);
    if (shared) {
      const scales = at(free, m * n + p * rank);
      finishRows(free, n, scales, members * rank, right, rank, own, activation, out, m, n);
    } else {
      const input = at(x, p * m * k);
      if (isNarrow) narrow(input, rows, right, own, activation, out, scratch, free, m, k, n, rank);
      else wide(input, rows, right, own, activation, out, scratch, free, m, k, n, rank);
    }
  }
}

/** One member where the packed matrix has columns to spare, which the factors take: their product costs nothing. */
function narrow(
  x: usize,
  rowFactors: usize,
  columnFactors: usize,
  bias: usize,
  activation: i32,
  c: usize,
  packed: usize,
  scratch: usize,
  m: i32,
  k: i32,
  n: i32,
  rank: i32,
): void {
  const width = packedSize(1, n);
  const factors = byRank(rowFactors, scratch, k, rank);
  const product = at(scratch, k * rank);
  for (let r = 0; r < rank; r++) packColumn(at(factors, r * k), packed, k, width, n + r);
  for (let i = 0; i < m; i += ROWS) {
    const count = min(ROWS, m - i);
    gemm(at(x, i * k), packed, product, count, k, width, false);
    const scales = at(product, n);
    finishRows(product, width, scales, width, columnFactors, rank, bias, activation, at(c, i * n), count, n);
  }
}

function wide(
  x: usize,
  rowFactors: usize,
  columnFactors: usize,
  bias: usize,
  activation: i32,
  c: usize,
  packed: usize,
  scratch: usize,
  m: i32,
  k: i32,
  n: i32,
  rank: i32,
): void {
  const factors = byRank(rowFactors, scratch, k, rank);
  const scales = at(scratch, k * rank);
  for (let i = 0; i < m; i += ROWS) {
    const count = min(ROWS, m - i);
    const input = at(x, i * k);
    const out = at(c, i * n);
    gemm(input, packed, out, count, k, n, false);
    project(input, factors, scales, count, k, rank);
    finishRows(out, n, scales, rank, columnFactors, rank, bias, activation, out, count, n);
  }
}

/** Floats of scratch that `lowRankMatMul` needs. */
export function lowRankScratch(shared: bool, members: i32, m: i32, k: i32, n: i32, rank: i32): i32 {
  const common = packedSize(k, n) + n * rank;
  if (!shared) return common + k * rank + ROWS * max(rank, packedSize(1, n));
  const width = members * rank;
  return common + m * n + m * width + packedSize(k, width) + (rank > 1 ? k * width : 0);
}

/** Factors `[side, rank]` as `[rank, side]`: in `scratch`, or where they are. */
// @ts-ignore: decorators of the compiler
@inline
function byRank(factors: usize, scratch: usize, side: i32, rank: i32): usize {
  if (rank == 1) return factors;
  transpose(factors, scratch, side, rank);
  return scratch;
}

/** `projected [m, members * rank] = x [m, k] · rowFactors` of all members side by side. */
function projectShared(
  x: usize,
  rowFactors: usize,
  projected: usize,
  scratch: usize,
  members: i32,
  m: i32,
  k: i32,
  rank: i32,
): void {
  const width = members * rank;
  let sideBySide = rowFactors;
  let packed = scratch;
  if (rank > 1) {
    sideBySide = scratch;
    packed = at(scratch, k * width);
    for (let p = 0; p < members; p++) transpose(at(rowFactors, p * k * rank), at(scratch, p * k * rank), k, rank);
  }
  pack(sideBySide, packed, k, width, true);
  gemm(x, packed, projected, m, k, width, false);
}
