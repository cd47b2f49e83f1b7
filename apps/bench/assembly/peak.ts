/** What the machine can do at most: multiply-adds that touch no memory, and moving memory without computing. */

/** `rounds` times 12 independent multiply-adds of four lanes, enough to hide their latency; the result depends on all. */
export function multiplyAdds(rounds: i32): f32 {
  const x = f32x4.splat(0.999999);
  let a = f32x4.splat(1);
  let b = a;
  let c = a;
  let d = a;
  let e = a;
  let f = a;
  let g = a;
  let h = a;
  let i = a;
  let j = a;
  let k = a;
  let l = a;
  for (let round = 0; round < rounds; round++) {
    a = step(a, x);
    b = step(b, x);
    c = step(c, x);
    d = step(d, x);
    e = step(e, x);
    f = step(f, x);
    g = step(g, x);
    h = step(h, x);
    i = step(i, x);
    j = step(j, x);
    k = step(k, x);
    l = step(l, x);
  }
  const first = f32x4.add(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), f32x4.add(e, f));
  const second = f32x4.add(f32x4.add(f32x4.add(g, h), f32x4.add(i, j)), f32x4.add(k, l));
  return f32x4.extract_lane(f32x4.add(first, second), 0);
}

// @ts-ignore: decorators of the compiler
@inline
function step(a: v128, x: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, x, x) : f32x4.add(f32x4.mul(a, x), x);
}

/** Writes `bytes` bytes, 16 at a time. */
export function write(to: usize, bytes: usize): void {
  const value = f32x4.splat(1);
  for (const end = to + bytes; to < end; to += 16) v128.store(to, value);
}

/** Reads and writes `bytes` bytes. */
export function addOne(from: usize, to: usize, bytes: usize): void {
  const one = f32x4.splat(1);
  for (const end = from + bytes; from < end; from += 16, to += 16) {
    v128.store(to, f32x4.add(v128.load(from), one));
  }
}
