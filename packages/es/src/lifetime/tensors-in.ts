/** Finds the tensors inside a value: nested arrays, objects, maps and sets, each looked at once. */
import type * as tf from "@tensorflow/tfjs-core";
import { isTensor } from "../backend/tfjs-engine.js";

export function tensorsIn(value: unknown): readonly tf.Tensor[] {
  if (isTensor(value)) return [value];
  if (typeof value !== "object" || value === null) return [];
  const found = new Set<tf.Tensor>();
  const seen = new Set<object>();
  const visit = (part: unknown): void => {
    if (typeof part !== "object" || part === null || ArrayBuffer.isView(part)) return;
    if (isTensor(part)) {
      found.add(part);
      return;
    }
    if (seen.has(part)) return;
    seen.add(part);
    if (Array.isArray(part) || part instanceof Set) {
      for (const item of part as Iterable<unknown>) visit(item);
    } else if (part instanceof Map) {
      for (const entry of part as Iterable<unknown>) visit(entry);
    } else {
      // Accessors are left alone: reading one may have effects or throw.
      for (const { value: item } of Object.values(Object.getOwnPropertyDescriptors(part))) visit(item);
    }
  };
  visit(value);
  return [...found];
}
