import { at, firstLanes, loadLanes } from "./simd";

/**
 * `out [rows]`, int32: the place of the first largest value in every row of `x [rows, n]`. NaN is larger than nothing and
 * smaller than nothing: it wins only where it comes first.
 */
export function argMax(x: usize, out: usize, rows: i32, n: i32): void {
  for (let row = 0; row < rows; row++) {
    const from = at(x, row * n);
    const first = load<f32>(from);
    const place = first != first ? 0 : firstLargest(from, n);
    store<i32>(at(out, row), place);
  }
}

/** The maximum of all values first, then the first place that has it. */
// @ts-ignore: decorators of the compiler
@inline
function firstLargest(x: usize, n: i32): i32 {
  const lowest = f32x4.splat(-Infinity);
  let most = lowest;
  let i = 0;
  // pmax keeps its first operand where the second is NaN.
  for (; i + 4 <= n; i += 4) most = f32x4.pmax(most, v128.load(at(x, i)));
  if (i < n) most = f32x4.pmax(most, v128.bitselect(loadLanes(at(x, i), n - i), lowest, firstLanes(n - i)));
  const largest = f32x4.splat(
    max(
      max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
      max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
    ),
  );
  for (i = 0; i + 4 <= n; i += 4) {
    const found = i32x4.bitmask(f32x4.eq(v128.load(at(x, i)), largest));
    if (found != 0) return i + ctz(found);
  }
  while (load<f32>(at(x, i)) != f32x4.extract_lane(largest, 0)) i++;
  return i;
}
