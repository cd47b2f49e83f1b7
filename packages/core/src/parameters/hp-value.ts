/** Builds the `hp` object that a hyperfunction receives from its flat values. */
import { HyperfuncError, invalidArgument } from "../errors/hyperfunc-error.js";
import { tensorEngine } from "../tensors/tensor-engine.js";
import type { ScalarField, TensorField } from "./hp-type.js";
import { blocksOf, type HyperfunctionLayout, type Leaf } from "./layout.js";
import type { Values } from "./parameter-state.js";

/** Values in natural units become `hp`: numbers, choices, tensors. Tensors belong to the current tensor scope. */
export function buildHp(layout: HyperfunctionLayout, values: Values): object {
  return assembleHp(layout, (leaf) => leafValue(leaf, values));
}

/** Arranges leaf values as the spec declares them: one object, or one per key of a record of types. */
export function assembleHp(layout: HyperfunctionLayout, valueOf: (leaf: Leaf) => unknown): object {
  const blocks = blocksOf(layout.spec).map(([block, type]) => {
    const value: Record<string, unknown> = { ...type.fixed };
    for (const leaf of layout.leaves) if (leaf.block === block) value[leaf.field.name] = valueOf(leaf);
    return [block, value] as const;
  });
  const [first] = blocks;
  if (first !== undefined && first[0] === undefined) return first[1];
  return Object.fromEntries<object>(blocks.map(([block = "", value]) => [block, value]));
}

function leafValue(leaf: Leaf, values: Values): unknown {
  const { field, offset, size } = leaf;
  if (field.kind === "tensor") return makeTensor(field, values.subarray(offset, offset + size));
  const value = values[offset] ?? 0;
  const whole = field.kind === "choice" || field.integer;
  if (whole && !Number.isInteger(value)) {
    throw invalidArgument(
      `${leaf.path} is ${value} in this candidate; the optimizer must give whole numbers.`,
    );
  }
  if (field.kind === "choice") return field.choices[value];
  return field.tensor ? makeTensor(field, [value]) : value;
}

function makeTensor(field: TensorField | ScalarField, values: ArrayLike<number>): unknown {
  const engine = tensorEngine();
  if (engine === undefined) {
    throw new HyperfuncError(
      "NO_TENSOR_ENGINE",
      `Field "${field.name}" is a tensor, and no tensor package is loaded; import "@hyperfunc/es".`,
    );
  }
  return engine.hpTensor(field, values);
}

/** Explicit values win, field by field; getters of the base survive unread. */
export function overrideHp(
  base: object | undefined,
  override: object | undefined,
  isRecord: boolean,
): object | undefined {
  if (override === undefined || base === undefined) return base ?? override;
  const given = Object.entries(override).filter(([, value]) => value !== undefined);
  const merged: Record<string, unknown> = {};
  for (const key of Object.keys(base)) {
    // Defining properties is slow, and most are plain values.
    const own = Object.getOwnPropertyDescriptor(base, key);
    if (own?.get === undefined) merged[key] = own?.value;
    else if (!given.some(([name]) => name === key)) Object.defineProperty(merged, key, own);
  }
  for (const [key, value] of given) {
    const inner: unknown = isRecord ? Reflect.get(base, key) : undefined;
    merged[key] = isObject(inner) && isObject(value) ? overrideHp(inner, value, false) : value;
  }
  return merged;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
