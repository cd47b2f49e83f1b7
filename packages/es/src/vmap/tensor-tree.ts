/** Nested arrays and plain objects with tensors at the leaves: what batched functions take and give. */
import type * as tf from "@tensorflow/tfjs-core";
import { isTensor } from "../backend/tfjs-engine.js";

/** True for an object written as `{}`; class instances are leaves. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The same structure with every tensor replaced; other leaves stay as they are. */
export function mapTensors(value: unknown, change: (tensor: tf.Tensor) => unknown): unknown {
  if (isTensor(value)) return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTensors(item, change));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTensors(item, change)]));
}
