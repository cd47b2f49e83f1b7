/** Whether two outputs are the same, up to the order in which floats were added. */
import * as tf from "@tensorflow/tfjs-core";
import { isTensor } from "../backend/tfjs-engine.js";
import { isPlainObject } from "../vmap/tensor-tree.js";

/** Floats agree within this share of their size … */
const RELATIVE = 1e-3;
/** … or this much, whichever is more. Integers, truth values and text must be equal. */
const ABSOLUTE = 1e-4;

export async function agree(a: unknown, b: unknown): Promise<boolean> {
  if (isTensor(a) && isTensor(b)) return agreeTensors(a, b);
  if (typeof a === "number" && typeof b === "number") return close(a, b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return (
      a.length === b.length && every(a.map((item: unknown, index) => [item, b[index] as unknown] as const))
    );
  }
  if (isPlainObject(a) && isPlainObject(b)) {
    const keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length || !keys.every((key) => key in b)) return false;
    return every(keys.map((key) => [a[key], b[key]] as const));
  }
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) return agree(Object.values(a), Object.values(b));
  return Object.is(a, b);
}

async function every(pairs: readonly (readonly [unknown, unknown])[]): Promise<boolean> {
  for (const [a, b] of pairs) if (!(await agree(a, b))) return false;
  return true;
}

async function agreeTensors(a: tf.Tensor, b: tf.Tensor): Promise<boolean> {
  if (a.dtype !== b.dtype || !tf.util.arraysEqual(a.shape, b.shape)) return false;
  const [left, right] = await Promise.all([a.data(), b.data()]);
  const same = a.dtype === "float32" ? close : Object.is;
  return left.every((value, index) => same(value, right[index] ?? NaN));
}

function close(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= Math.max(ABSOLUTE, RELATIVE * Math.abs(b));
}
