import { at } from "./simd";

/** `out [rows]`, int32: the place of the first largest value in every row of `x [rows, n]`; NaN is never the largest. */
export function argMax(x: usize, out: usize, rows: i32, n: i32): void {
  for (let row = 0; row < rows; row++) {
    const from = at(x, row * n);
    let largest = load<f32>(from);
    let place: i32 = 0;
    for (let i = 1; i < n; i++) {
      const value = load<f32>(at(from, i));
      const larger = value > largest;
      place = larger ? i : place;
      largest = larger ? value : largest;
    }
    store<i32>(at(out, row), place);
  }
}
