/** Where a hyperfunction's values start: declared defaults, a keyed draw for matrices, or what the user gives. */
import { HyperfuncError, invalidArgument } from "../errors/hyperfunc-error.js";
import { fillNormals } from "../rng/normals.js";
import { rngKey } from "../rng/rng-key.js";
import type { Field, HpSpec, HpType } from "./hp-type.js";
import { emptyValues, type HyperfunctionLayout, type Leaf } from "./layout.js";
import type { Values } from "./parameter-state.js";

/** Numbers as a flat typed array or as nested arrays of the field's shape. */
export type NumericInit = ArrayLike<number> | readonly NumericInit[];

type BlockInit<Type> =
  Type extends HpType<infer Value>
    ? | NumericInit
      | { readonly [Name in keyof Value]?: Value[Name] extends object ? NumericInit : Value[Name] }
    : never;

/** Starting values of a hyperfunction: by field, by block and field, or all numbers at once in declared order. */
export type HpInit<Spec> = Spec extends HpType
  ? BlockInit<Spec>
  : Spec extends HpSpec
    ? NumericInit | { readonly [Block in keyof Spec]?: BlockInit<Spec[Block]> }
    : never;

/** Defaults, with matrices drawn from a generator keyed by (seed, path). */
export function initialValues(layout: HyperfunctionLayout, seed: number): Values {
  const values = emptyValues(layout);
  for (const leaf of layout.leaves) {
    if (leaf.field.kind !== "tensor") values[leaf.offset] = leaf.field.default;
    else if (leaf.field.initStd > 0) values.set(draw(leaf, leaf.field.initStd, seed), leaf.offset);
  }
  return values;
}

function draw(leaf: Leaf, std: number, seed: number): Float32Array {
  const normals = new Float32Array(leaf.size);
  fillNormals(normals, rngKey(seed, "init", leaf.path), 0);
  return normals.map((normal) => normal * std);
}

/** Initial values with the user's `hpInit` laid over them. @throws SHAPE_MISMATCH, UNKNOWN_PATH, INVALID_ARGUMENT. */
export function applyHpInit(layout: HyperfunctionLayout, initial: Values, init: unknown): Values {
  const values = initial.slice();
  if (isNumeric(init)) {
    values.set(flatten(init, layout.size, `${layout.name}.hp`), 0);
    layout.leaves.forEach((leaf) => {
      checkRange(leaf, values);
    });
    return values;
  }
  if (typeof init !== "object" || init === null) {
    throw invalidArgument(
      `hpInit of "${layout.name}" must be an object of fields or an array, got ${String(init)}.`,
    );
  }
  for (const [path, value] of fieldEntries(layout, init)) {
    const leaf = layout.leaves.find(
      (candidate) => candidate.path === path || candidate.path === `${path}.weight`,
    );
    if (leaf === undefined) {
      const known = layout.leaves.map((candidate) => candidate.path).join(", ");
      throw new HyperfuncError(
        "UNKNOWN_PATH",
        `hpInit names "${path}", which does not exist; there are: ${known}.`,
      );
    }
    values.set(fieldValues(leaf, value), leaf.offset);
    checkRange(leaf, values);
  }
  return values;
}

function fieldEntries(layout: HyperfunctionLayout, init: object): [path: string, value: unknown][] {
  const blocks = new Set(layout.leaves.map((leaf) => leaf.block));
  return Object.entries(init).flatMap(([key, value]: [string, unknown]): [string, unknown][] => {
    const path = `${layout.name}.hp.${key}`;
    if (!blocks.has(key) || isNumeric(value) || typeof value !== "object" || value === null)
      return [[path, value]];
    return Object.entries(value).map(([field, inner]: [string, unknown]) => [`${path}.${field}`, inner]);
  });
}

function fieldValues(leaf: Leaf, value: unknown): ArrayLike<number> {
  const { field, path, size } = leaf;
  if (field.kind === "choice") {
    const index = field.choices.indexOf(value as string);
    if (index < 0)
      throw invalidArgument(`${path}: ${String(value)} is not among ${field.choices.join(", ")}.`);
    return [index];
  }
  if (field.kind === "scalar" && typeof value === "number") return [value];
  if (isNumeric(value)) {
    const numbers = flatten(value, size, path);
    if (field.kind === "tensor") checkNesting(value, field.shape, path);
    return numbers;
  }
  throw invalidArgument(`${path}: expected ${size} number(s), got ${String(value)}.`);
}

function isNumeric(value: unknown): value is NumericInit {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}

function flatten(init: NumericInit, size: number, path: string): ArrayLike<number> {
  const flat: ArrayLike<unknown> = Array.isArray(init) ? (init as unknown[]).flat(Infinity) : init;
  if (flat.length !== size) {
    throw new HyperfuncError("SHAPE_MISMATCH", `${path} takes ${size} numbers, got ${flat.length}.`);
  }
  return Array.from(flat, (value, index) => {
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw invalidArgument(`${path}[${index}] is ${String(value)}, not a finite number.`);
  });
}

/** Nested arrays must be nested as the field is, so that a transposed matrix does not pass for the matrix. */
function checkNesting(value: NumericInit, shape: readonly number[], path: string): void {
  const nesting: number[] = [];
  for (let at: unknown = value; Array.isArray(at); at = at[0] as unknown) nesting.push(at.length);
  if (nesting.length <= 1 || nesting.join() === shape.join()) return;
  throw new HyperfuncError(
    "SHAPE_MISMATCH",
    `${path} has shape [${shape.join(", ")}], got [${nesting.join(", ")}].`,
  );
}

/** Values must lie where the search can reach them. @throws INVALID_ARGUMENT */
function checkRange(leaf: Leaf, values: ArrayLike<number>): void {
  const problem = rangeProblem(leaf, values);
  if (problem !== undefined) throw invalidArgument(`${problem}.`);
}

/** Why a value does not lie where the search can reach it, if so. */
export function rangeProblem({ field, path, offset }: Leaf, values: ArrayLike<number>): string | undefined {
  if (field.kind === "tensor") return undefined;
  const value = values[offset] ?? 0;
  const [low, high] = rangeOf(field);
  if (value < low || value > high || !Number.isFinite(value)) {
    return `${path}: ${value} is outside [${low}, ${high}]`;
  }
  const whole = field.kind === "choice" || field.integer;
  return whole && !Number.isInteger(value) ? `${path}: ${value} is not a whole number` : undefined;
}

function rangeOf(field: Exclude<Field, { kind: "tensor" }>): [low: number, high: number] {
  return field.kind === "choice" ? [0, field.choices.length - 1] : [field.min, field.max];
}
