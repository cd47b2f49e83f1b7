/**
 * Standard normals in bulk, bit for bit those of core's `fillNormals`: the same ziggurat over the same Threefry words
 * (see there for both), four blocks at a time.
 */
import { at } from "./simd";

/** Skein's key schedule parity constant, 32-bit half. */
const PARITY: i32 = 0x1bd11bda;
/** What core's `foldIn` mixes into a key. */
const FOLD: i32 = 0x243f6a88;
/** Words of four blocks. */
const WORDS: i32 = 8;

/**
 * `out [rows, width]`, the rows from `firstRow` on: row r has the key that `foldIn` makes of (key0, key1) and r.
 *
 * `widths` are 256 doubles and `inside` 256 integers, core's `normalLayers`. Draws that are not inside, one in 80, are
 * left to the caller: their positions go to `outside`, which has room for all, and their number is returned. `words` has
 * room for eight.
 */
export function normals(
  out: usize,
  firstRow: i32,
  rows: i32,
  width: i32,
  key0: i32,
  key1: i32,
  counter: i32,
  widths: usize,
  inside: usize,
  words: usize,
  outside: usize,
): i32 {
  let left = 0;
  for (let row = 0; row < rows; row++) {
    const part = reinterpret<i64>(<f64>(firstRow + row));
    threefry(i32x4.splat(<i32>part), i32x4.splat(<i32>(part >> 32)), key0 ^ FOLD, key1, words);
    const k0 = load<i32>(words);
    const k1 = load<i32>(words, 4);
    const from = row * width;
    for (let first = 0; first < width; first += WORDS) {
      const blocks = i32x4.add(i32x4.splat(first >> 1), i32x4(0, 1, 2, 3));
      threefry(blocks, i32x4.splat(counter), k0, k1, words);
      const count = min(WORDS, width - first);
      for (let i = 0; i < count; i++) {
        const bits = load<i32>(at(words, i));
        const layer = bits & 0xff;
        const position = bits >> 8;
        const index = from + first + i;
        const value = (<f64>position + 0.5) * load<f64>(widths + ((<usize>layer) << 3));
        store<f32>(at(out, index), <f32>value);
        // Without a branch: which draws fall outside cannot be predicted.
        store<i32>(at(outside, left), index);
        left += i32(abs(position) >= load<i32>(at(inside, layer)));
      }
    }
  }
  return left;
}

/** The eight words of the blocks with counters (low, high), in the order of the blocks. */
// @ts-ignore: decorators of the compiler
@inline
function threefry(low: v128, high: v128, key0: i32, key1: i32, to: usize): void {
  const k0 = i32x4.splat(key0);
  const k1 = i32x4.splat(key1);
  const k2 = i32x4.splat(key0 ^ key1 ^ PARITY);
  let x0 = i32x4.add(low, k0);
  let x1 = i32x4.add(high, k1);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 13), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 15), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 26), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 6), x0);
  x0 = i32x4.add(x0, k1);
  x1 = i32x4.add(x1, i32x4.add(k2, i32x4.splat(1)));
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 17), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 29), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 16), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 24), x0);
  x0 = i32x4.add(x0, k2);
  x1 = i32x4.add(x1, i32x4.add(k0, i32x4.splat(2)));
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 13), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 15), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 26), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 6), x0);
  x0 = i32x4.add(x0, k0);
  x1 = i32x4.add(x1, i32x4.add(k1, i32x4.splat(3)));
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 17), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 29), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 16), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 24), x0);
  x0 = i32x4.add(x0, k1);
  x1 = i32x4.add(x1, i32x4.add(k2, i32x4.splat(4)));
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 13), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 15), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 26), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotated(x1, 6), x0);
  x0 = i32x4.add(x0, k2);
  x1 = i32x4.add(x1, i32x4.add(k0, i32x4.splat(5)));
  v128.store(to, v128.shuffle<i32>(x0, x1, 0, 4, 1, 5));
  v128.store(to, v128.shuffle<i32>(x0, x1, 2, 6, 3, 7), 16);
}

// @ts-ignore: decorators of the compiler
@inline
function rotated(x: v128, by: i32): v128 {
  return v128.or(i32x4.shl(x, by), i32x4.shr_u(x, 32 - by));
}
