/** What every kernel is written with: one multiply-add, one horizontal sum, and pointers in floats. */

/** Bytes of a float32. */
export const F32: usize = 4;

/** `a * b + c` in every lane; fused where the build and the processor can. */
// @ts-ignore: decorators of the compiler
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** `a * b + c` of single values, rounded as a lane of `multiplyAdd` rounds. */
// @ts-ignore: decorators of the compiler
@inline
export function multiplyAdd1(a: f32, b: f32, c: f32): f32 {
  return ASC_FEATURE_RELAXED_SIMD
    ? f32x4.extract_lane(f32x4.relaxed_madd(f32x4.splat(a), f32x4.splat(b), f32x4.splat(c)), 0)
    : a * b + c;
}

// @ts-ignore: decorators of the compiler
@inline
export function sumOfLanes(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) +
    f32x4.extract_lane(x, 1) +
    (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

/** The float at index `i` behind a pointer. */
// @ts-ignore: decorators of the compiler
@inline
export function at(pointer: usize, i: i32): usize {
  return pointer + (<usize>i << 2);
}

/** Stores the first `count` lanes, 1 to 3 of them. */
// @ts-ignore: decorators of the compiler
@inline
export function storeLanes(to: usize, x: v128, count: i32): void {
  v128.store32_lane(to, x, 0);
  if (count > 1) v128.store32_lane(to, x, 1, 4);
  if (count > 2) v128.store32_lane(to, x, 2, 8);
}

/** Loads `count` floats, 1 to 3 of them; the other lanes are zero. */
// @ts-ignore: decorators of the compiler
@inline
export function loadLanes(from: usize, count: i32): v128 {
  let x = v128.load32_zero(from);
  if (count > 1) x = v128.load32_lane(from, x, 1, 4);
  if (count > 2) x = v128.load32_lane(from, x, 2, 8);
  return x;
}

/** All bits of the first `count` lanes. */
// @ts-ignore: decorators of the compiler
@inline
export function firstLanes(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}
