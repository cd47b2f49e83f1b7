/**
 * Matrix product `c [m, n] = a [m, k] · b [k, n]`, row-major float32, `b` packed beforehand.
 *
 * Four rows of `a` times a panel of eight columns of `b` stay in registers. Every element of `c` is one sum over k in
 * ascending order, whatever the tiling, so that its bits do not depend on how many rows are multiplied together.
 */
import { at, firstLanes, loadLanes, multiplyAdd, storeLanes } from "./simd";

/** Depth of a packed block: a panel of 8 columns then fills half of a 32 KB first-level cache. */
export const DEPTH: i32 = 512;
/** Rows that meet one panel before the next one is fetched. */
const ROWS: i32 = 64;

/** Width of the panel at column `j`: 8, or 4 at the end where no more are left. */
// @ts-ignore: decorators of the compiler
@inline
function panelWidth(j: i32, n: i32): i32 {
  return n - j > 4 ? 8 : 4;
}

/** Floats that `pack` writes. */
export function packedSize(k: i32, n: i32): i32 {
  const whole = n & ~7;
  const rest = n - whole;
  return k * (whole + (rest == 0 ? 0 : rest > 4 ? 8 : 4));
}

/**
 * Packs `b` block by block in depth and panel by panel in columns, missing columns as zeros. `b` is `[k, n]`, or
 * `[n, k]` when `transposed`.
 */
export function pack(b: usize, packed: usize, k: i32, n: i32, transposed: bool): void {
  let to = packed;
  for (let from = 0; from < k; from += DEPTH) {
    const depth = min(DEPTH, k - from);
    for (let j = 0; j < n; ) {
      const width = panelWidth(j, n);
      if (transposed) packColumns(at(b, j * k + from), to, depth, k, width, min(width, n - j));
      else packRows(at(b, from * n + j), to, depth, n, width, min(width, n - j));
      to += <usize>(depth * width) << 2;
      j += width;
    }
  }
}

/** Puts a column into a packed matrix: number `j` of the `n` that there is room for, `n` being a multiple of four. */
export function packColumn(column: usize, packed: usize, k: i32, n: i32, j: i32): void {
  const panel = j & ~7;
  const width = panelWidth(panel, n);
  for (let from = 0; from < k; from += DEPTH) {
    const depth = min(DEPTH, k - from);
    const to = at(packed, from * n + depth * panel + j - panel);
    for (let p = 0; p < depth; p++) store<f32>(at(to, p * width), load<f32>(at(column, from + p)));
  }
}

/** `depth` rows of a panel whose columns are contiguous. */
function packRows(from: usize, to: usize, depth: i32, stride: i32, width: i32, columns: i32): void {
  for (let p = 0; p < depth; p++) {
    for (let q = 0; q < width; q += 4) {
      const left = columns - q;
      if (left >= 4) v128.store(at(to, q), v128.load(at(from, q)));
      else v128.store(at(to, q), left > 0 ? loadLanes(at(from, q), left) : f32x4.splat(0));
    }
    from = at(from, stride);
    to = at(to, width);
  }
}

/** `depth` rows of a panel whose rows are contiguous: four by four, through registers. */
function packColumns(from: usize, to: usize, depth: i32, stride: i32, width: i32, columns: i32): void {
  for (let q = 0; q < width; q += 4) {
    const left = columns - q;
    const row0 = at(from, q * stride);
    const row1 = left > 1 ? at(row0, stride) : row0;
    const row2 = left > 2 ? at(row1, stride) : row0;
    const row3 = left > 3 ? at(row2, stride) : row0;
    const out = at(to, q);
    let p = 0;
    if (left > 0) {
      const mask = firstLanes(left);
      for (; p + 4 <= depth; p += 4) {
        const x0 = v128.load(at(row0, p));
        const x1 = v128.load(at(row1, p));
        const x2 = v128.load(at(row2, p));
        const x3 = v128.load(at(row3, p));
        const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
        const low23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
        const high01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
        const high23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
        v128.store(at(out, p * width), v128.and(v128.shuffle<f32>(low01, low23, 0, 1, 4, 5), mask));
        v128.store(at(out, (p + 1) * width), v128.and(v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), mask));
        v128.store(at(out, (p + 2) * width), v128.and(v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), mask));
        v128.store(at(out, (p + 3) * width), v128.and(v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), mask));
      }
    }
    for (; p < depth; p++) {
      for (let lane = 0; lane < 4; lane++) {
        const value: f32 = lane < left ? load<f32>(at(from, (q + lane) * stride + p)) : 0;
        store<f32>(at(out, p * width + lane), value);
      }
    }
  }
}

/** `c = a · b`, or `c += a · b`; rows of `a` and `c` are contiguous. */
export function gemm(a: usize, packed: usize, c: usize, m: i32, k: i32, n: i32, accumulate: bool): void {
  if (k == 0 && !accumulate) {
    memory.fill(c, 0, <usize>(m * n) << 2);
    return;
  }
  let panels = packed;
  for (let from = 0; from < k; from += DEPTH) {
    const depth = min(DEPTH, k - from);
    const onTop = accumulate || from > 0;
    for (let first = 0; first < m; first += ROWS) {
      const rows = min(ROWS, m - first);
      let panel = panels;
      for (let j = 0; j < n; ) {
        const width = panelWidth(j, n);
        const x = at(a, first * k + from);
        const y = at(c, first * n + j);
        if (width == 8) multiply8(x, panel, y, rows, depth, k, n, min(8, n - j), onTop);
        else multiply4(x, panel, y, rows, depth, k, n, min(4, n - j), onTop);
        panel += <usize>(depth * width) << 2;
        j += width;
      }
    }
    panels += <usize>packedSize(depth, n) << 2;
  }
}

/** `rows` rows times a panel of 8 columns, of which `columns` are stored. */
function multiply8(
  a: usize,
  panel: usize,
  c: usize,
  rows: i32,
  depth: i32,
  strideA: i32,
  strideC: i32,
  columns: i32,
  onTop: bool,
): void {
  const end = panel + (<usize>depth << 5);
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    let a0 = at(a, i * strideA);
    let a1 = at(a0, strideA);
    let a2 = at(a1, strideA);
    let a3 = at(a2, strideA);
    const c0 = at(c, i * strideC);
    const c1 = at(c0, strideC);
    const c2 = at(c1, strideC);
    const c3 = at(c2, strideC);
    let s00 = f32x4.splat(0);
    let s01 = s00;
    let s10 = s00;
    let s11 = s00;
    let s20 = s00;
    let s21 = s00;
    let s30 = s00;
    let s31 = s00;
    if (onTop) {
      s00 = start(c0, columns);
      s01 = start(c0 + 16, columns - 4);
      s10 = start(c1, columns);
      s11 = start(c1 + 16, columns - 4);
      s20 = start(c2, columns);
      s21 = start(c2 + 16, columns - 4);
      s30 = start(c3, columns);
      s31 = start(c3 + 16, columns - 4);
    }
    for (let b = panel; b < end; b += 32) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let x = v128.load32_splat(a0);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      x = v128.load32_splat(a1);
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      x = v128.load32_splat(a2);
      s20 = multiplyAdd(x, b0, s20);
      s21 = multiplyAdd(x, b1, s21);
      x = v128.load32_splat(a3);
      s30 = multiplyAdd(x, b0, s30);
      s31 = multiplyAdd(x, b1, s31);
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
    }
    finish(c0, s00, columns);
    finish(c0 + 16, s01, columns - 4);
    finish(c1, s10, columns);
    finish(c1 + 16, s11, columns - 4);
    finish(c2, s20, columns);
    finish(c2 + 16, s21, columns - 4);
    finish(c3, s30, columns);
    finish(c3 + 16, s31, columns - 4);
  }
  for (; i < rows; i++) {
    let a0 = at(a, i * strideA);
    const c0 = at(c, i * strideC);
    let s0 = onTop ? start(c0, columns) : f32x4.splat(0);
    let s1 = onTop ? start(c0 + 16, columns - 4) : f32x4.splat(0);
    for (let b = panel; b < end; b += 32) {
      const x = v128.load32_splat(a0);
      s0 = multiplyAdd(x, v128.load(b), s0);
      s1 = multiplyAdd(x, v128.load(b, 16), s1);
      a0 += 4;
    }
    finish(c0, s0, columns);
    finish(c0 + 16, s1, columns - 4);
  }
}

/** `rows` rows times a panel of 4 columns, of which `columns` are stored. */
function multiply4(
  a: usize,
  panel: usize,
  c: usize,
  rows: i32,
  depth: i32,
  strideA: i32,
  strideC: i32,
  columns: i32,
  onTop: bool,
): void {
  const end = panel + (<usize>depth << 4);
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    let a0 = at(a, i * strideA);
    let a1 = at(a0, strideA);
    let a2 = at(a1, strideA);
    let a3 = at(a2, strideA);
    const c0 = at(c, i * strideC);
    const c1 = at(c0, strideC);
    const c2 = at(c1, strideC);
    const c3 = at(c2, strideC);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    if (onTop) {
      s0 = start(c0, columns);
      s1 = start(c1, columns);
      s2 = start(c2, columns);
      s3 = start(c3, columns);
    }
    for (let b = panel; b < end; b += 16) {
      const b0 = v128.load(b);
      s0 = multiplyAdd(v128.load32_splat(a0), b0, s0);
      s1 = multiplyAdd(v128.load32_splat(a1), b0, s1);
      s2 = multiplyAdd(v128.load32_splat(a2), b0, s2);
      s3 = multiplyAdd(v128.load32_splat(a3), b0, s3);
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
    }
    finish(c0, s0, columns);
    finish(c1, s1, columns);
    finish(c2, s2, columns);
    finish(c3, s3, columns);
  }
  for (; i < rows; i++) {
    let a0 = at(a, i * strideA);
    const c0 = at(c, i * strideC);
    let s0 = onTop ? start(c0, columns) : f32x4.splat(0);
    for (let b = panel; b < end; b += 16) {
      s0 = multiplyAdd(v128.load32_splat(a0), v128.load(b), s0);
      a0 += 4;
    }
    finish(c0, s0, columns);
  }
}

/** What a sum continues from: up to 4 of the `columns` that are left. */
// @ts-ignore: decorators of the compiler
@inline
function start(c: usize, columns: i32): v128 {
  return columns >= 4 ? v128.load(c) : columns > 0 ? loadLanes(c, columns) : f32x4.splat(0);
}

// @ts-ignore: decorators of the compiler
@inline
function finish(c: usize, sum: v128, columns: i32): void {
  if (columns >= 4) v128.store(c, sum);
  else if (columns > 0) storeLanes(c, sum, columns);
}
