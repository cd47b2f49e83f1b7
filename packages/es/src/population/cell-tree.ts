/**
 * Values of many cells, laid over each other: the structure they share, with a batch where they hold tensors.
 *
 * Built from the inputs of all examples, from the inputs of pending calls, or from the output of a batched call; taken
 * apart into one value per cell, or wrapped into one batched value.
 */
import type * as tf from "@tensorflow/tfjs-core";
import { isTensor } from "../backend/tfjs-engine.js";
import { isPlainObject } from "../vmap/tensor-tree.js";
import type { Batch } from "./batch.js";
import type { Frame, Place } from "./frame.js";
import { rowTensor } from "./row-tensor.js";

export type CellTree =
  | { readonly kind: "batch"; readonly batch: Batch }
  /** The same for all cells. */
  | { readonly kind: "same"; readonly value: unknown }
  | { readonly kind: "list"; readonly items: readonly CellTree[] }
  | { readonly kind: "object"; readonly entries: readonly (readonly [key: string, item: CellTree])[] }
  /** Cannot be batched; one value per cell, in the order they were given. */
  | { readonly kind: "different"; readonly reason: string; readonly values: readonly unknown[] };

/** Puts the tensors of all cells into one batch, or says why it cannot; `name` is how to call them. */
export type Stack = (tensors: readonly tf.Tensor[], name: string) => CellTree;

/** Lays values over each other; `path` names them in reasons. */
export function overlay(values: readonly unknown[], stack: Stack, path: string): CellTree {
  const [first] = values;
  const tensors = values.filter((value) => isTensor(value));
  if (tensors.length === values.length) return stack(tensors, nameOf(path));
  if (!values.some(holdsTensors)) {
    const other = values.find((value) => firstDifference(first, value, path) !== undefined);
    if (other === undefined) return { kind: "same", value: first };
    return different(
      values,
      `${firstDifference(first, other, path) ?? path} differs between runs and is no tensor`,
    );
  }
  const lists = values.filter((value): value is readonly unknown[] => Array.isArray(value));
  if (lists.length === values.length) return overlayLists(lists, stack, path);
  const objects = values.filter(isPlainObject);
  if (objects.length === values.length) return overlayObjects(objects, stack, path);
  return different(values, `${nameOf(path)} is a tensor in some runs and something else in others`);
}

function overlayLists(lists: readonly (readonly unknown[])[], stack: Stack, path: string): CellTree {
  const length = lists[0]?.length ?? 0;
  if (lists.some((list) => list.length !== length)) {
    return different(lists, `${nameOf(path)} has different lengths in different runs`);
  }
  const items = Array.from({ length }, (_, index) =>
    overlay(
      lists.map((list) => list[index]),
      stack,
      `${path}[${index}]`,
    ),
  );
  return { kind: "list", items };
}

function overlayObjects(
  objects: readonly Readonly<Record<string, unknown>>[],
  stack: Stack,
  path: string,
): CellTree {
  const keys = Object.keys(objects[0] ?? {});
  if (!objects.every((object) => hasJust(object, keys)))
    return different(objects, `${nameOf(path)} has different keys in different runs`);
  const entries = keys.map((key) => {
    const values = objects.map((object) => object[key]);
    return [key, overlay(values, stack, keyPath(path, key))] as const;
  });
  return { kind: "object", entries };
}

/** True when an object has these keys in this order. */
function hasJust(object: object, keys: readonly string[]): boolean {
  const own = Object.keys(object);
  return own.length === keys.length && own.every((key, index) => key === keys[index]);
}

function different(values: readonly unknown[], reason: string): CellTree {
  return { kind: "different", reason, values };
}

/** The structure of one value, with its tensors replaced by batches. */
export function treeOf(value: unknown, toBatch: (tensor: tf.Tensor) => Batch): CellTree {
  if (isTensor(value)) return { kind: "batch", batch: toBatch(value) };
  if (Array.isArray(value)) return { kind: "list", items: value.map((item) => treeOf(item, toBatch)) };
  if (!isPlainObject(value)) return { kind: "same", value };
  return {
    kind: "object",
    entries: Object.entries(value).map(([key, item]) => [key, treeOf(item, toBatch)]),
  };
}

/** The value of one cell; `index` is its position among the values that the tree was made of. */
export function cellOf(tree: CellTree, place: Place, index: number): unknown {
  switch (tree.kind) {
    case "batch":
      return rowTensor(tree.batch, place);
    case "same":
      return tree.value;
    case "list":
      return tree.items.map((item) => cellOf(item, place, index));
    case "object": {
      const value: Record<string, unknown> = {};
      for (const [key, item] of tree.entries) value[key] = cellOf(item, place, index);
      return value;
    }
    case "different":
      return tree.values[index];
  }
}

/**
 * One value for all cells. Entries of objects that differ in more than their tensors refuse when they are read; anywhere
 * else they refuse at once.
 */
export function wholeOf(tree: CellTree, frame: Frame, wrap: (batch: Batch) => tf.Tensor): unknown {
  switch (tree.kind) {
    case "batch":
      return wrap(tree.batch);
    case "same":
      return tree.value;
    case "list":
      return tree.items.map((item) => wholeOf(item, frame, wrap));
    case "object":
      return Object.defineProperties(
        {},
        Object.fromEntries(tree.entries.map(([key, item]) => [key, propertyOf(item, frame, wrap)])),
      );
    case "different":
      throw refusal(tree.reason, frame);
  }
}

function propertyOf(tree: CellTree, frame: Frame, wrap: (batch: Batch) => tf.Tensor): PropertyDescriptor {
  const common = { enumerable: true, configurable: true };
  if (tree.kind !== "different") return { ...common, writable: true, value: wholeOf(tree, frame, wrap) };
  return {
    ...common,
    get() {
      throw refusal(tree.reason, frame);
    },
  };
}

function refusal(reason: string, frame: Frame): Error {
  return frame.columns.refuse(`The input ${reason}`, "pass it as a tensor, or let the runs go one by one.");
}

function holdsTensors(value: unknown): boolean {
  if (isTensor(value)) return true;
  if (Array.isArray(value)) return value.some(holdsTensors);
  return isPlainObject(value) && Object.values(value).some(holdsTensors);
}

/** Where two values without tensors differ; undefined when they are equal. */
function firstDifference(a: unknown, b: unknown, path: string): string | undefined {
  if (Object.is(a, b)) return undefined;
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    for (let index = 0; index < a.length; index++) {
      if (firstDifference(a[index], b[index], path) !== undefined) return nameOf(path);
    }
    return undefined;
  }
  if (isPlainObject(a) && isPlainObject(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const found = firstDifference(a[key], b[key], keyPath(path, key));
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return isSameView(a, b) ? undefined : `${nameOf(path)} (${show(a)}, ${show(b)})`;
}

function isSameView(a: unknown, b: unknown): boolean {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.byteLength !== b.byteLength) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const bytes = (view: ArrayBufferView): Uint8Array =>
    new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const other = bytes(b);
  return bytes(a).every((byte, index) => byte === other[index]);
}

function keyPath(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function nameOf(path: string): string {
  return path === "" ? "itself" : `"${path}"`;
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 20 ? `${value.slice(0, 20)}…` : value);
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
