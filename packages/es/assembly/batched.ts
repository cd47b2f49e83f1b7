/** Products over a batch, in one call: crossing from JavaScript once per matrix would cost more than small matrices do. */
import { finishRows } from "./finish";
import { gemm, pack } from "./gemm";
import { addLowRank, transpose } from "./low-rank";
import { at } from "./simd";

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
  for (let p = 0; p < batch; p++) {
    if (p == 0 || strideY != 0) pack(at(y, p * strideY), packed, k, n, transposed);
    gemm(at(x, p * strideX), packed, at(c, p * m * n), m, k, n, false);
  }
}

/** Rows of one member that are multiplied and perturbed while they are in the second-level cache. */
const ROWS: i32 = 64;

/**
 * `c[p] [m, n] = activation(x[p] · base + (x[p] · rowFactors[p]) · columnFactors[p]ᵀ + bias[p])` for every member p.
 *
 * `base` is `[k, n]`, or `[n, k]` when `transposed`; `rowFactors` `[members, k, rank]`, `columnFactors`
 * `[members, n, rank]`. `x` is `[members, m, k]`, or `[m, k]` when `shared`: the large product is then computed once, into
 * `common [m, n]`. `bias` is `[members, n]`, one `[n]` with a stride of 0, or 0 for none. `packed` is scratch for the packed base, `factors` for `rank * (k + n)` floats.
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
  packed: usize,
  factors: usize,
  common: usize,
  members: i32,
  m: i32,
  k: i32,
  n: i32,
  rank: i32,
  transposed: bool,
): void {
  pack(base, packed, k, n, transposed);
  if (shared) gemm(x, packed, common, m, k, n, false);
  for (let p = 0; p < members; p++) {
    let left = at(rowFactors, p * k * rank);
    let right = at(columnFactors, p * n * rank);
    if (rank > 1) {
      transpose(left, factors, k, rank);
      transpose(right, at(factors, k * rank), n, rank);
      left = factors;
      right = at(factors, k * rank);
    }
    for (let i = 0; i < m; i += ROWS) {
      const rows = min(ROWS, m - i);
      const out = at(c, (p * m + i) * n);
      const input = at(x, (shared ? i : p * m + i) * k);
      if (!shared) gemm(input, packed, out, rows, k, n, false);
      addLowRank(input, left, right, shared ? at(common, i * n) : out, out, rows, k, n, rank);
      finishRows(out, bias == 0 ? 0 : at(bias, p * strideBias), rows, n, activation);
    }
  }
}
