/** Functions of every value, four at a time. */
import { exp4, log4, tanh4 } from "./exponential";
import { at, loadLanes, storeLanes } from "./simd";

export function exp(x: usize, out: usize, size: i32): void {
  let i = 0;
  for (; i + 4 <= size; i += 4) v128.store(at(out, i), exp4(v128.load(at(x, i))));
  if (i < size) storeLanes(at(out, i), exp4(loadLanes(at(x, i), size - i)), size - i);
}

export function log(x: usize, out: usize, size: i32): void {
  let i = 0;
  for (; i + 4 <= size; i += 4) v128.store(at(out, i), log4(v128.load(at(x, i))));
  if (i < size) storeLanes(at(out, i), log4(loadLanes(at(x, i), size - i)), size - i);
}

export function tanh(x: usize, out: usize, size: i32): void {
  let i = 0;
  for (; i + 4 <= size; i += 4) v128.store(at(out, i), tanh4(v128.load(at(x, i))));
  if (i < size) storeLanes(at(out, i), tanh4(loadLanes(at(x, i), size - i)), size - i);
}
