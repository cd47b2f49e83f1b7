/** What tensor metrics take as outputs and expected values, read as flat numbers with a shape. */
import { HyperfuncError } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";

/** A number, a truth value (1 or 0), or nested arrays of them. */
export type PlainNumeric =
  number | boolean | Float32Array | Float64Array | Int32Array | Uint8Array | readonly PlainNumeric[];

export type Numeric = PlainNumeric | tf.Tensor;

/** Row-major. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/**
 * The numbers of a value; a promise for a tensor, whose data may have to come from a device.
 *
 * @throws INVALID_METRIC for ragged lists and for what is not numeric, naming it as `what`.
 */
export function readNumbers(value: unknown, what: string): Numbers | Promise<Numbers> {
  if (isTensor(value)) return value.data().then((values) => ({ shape: value.shape, values }));
  return plainNumbers(value, what);
}

/** The numbers of a value that is no tensor. @throws INVALID_METRIC. */
export function plainNumbers(value: unknown, what: string): Numbers {
  if (typeof value === "number" || typeof value === "boolean") return { shape: [], values: [Number(value)] };
  if (isTypedNumbers(value)) return { shape: [value.length], values: value };
  if (!Array.isArray(value)) {
    throw new HyperfuncError(
      "INVALID_METRIC",
      `The ${what} is ${describe(value)}; give a number, an array of numbers or a tensor.`,
    );
  }
  const parts = value.map((part: unknown) => plainNumbers(part, what));
  const inner = parts[0]?.shape ?? [];
  if (parts.some((part) => !sameShape(part.shape, inner))) {
    throw new HyperfuncError(
      "INVALID_METRIC",
      `The ${what} is a ragged list; its parts must have one shape.`,
    );
  }
  return { shape: [parts.length, ...inner], values: parts.flatMap((part) => Array.from(part.values)) };
}

export function sameShape(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((side, axis) => side === right[axis]);
}

export function showShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, side) => size * side, 1);
}

/** Unlike a bare `instanceof`, this does not give the shape the type any. */
export function isTensor(value: unknown): value is tf.Tensor {
  return value instanceof tf.Tensor;
}

function isTypedNumbers(value: unknown): value is Float32Array | Float64Array | Int32Array | Uint8Array {
  return [Float32Array, Float64Array, Int32Array, Uint8Array].some((kind) => value instanceof kind);
}

function describe(value: unknown): string {
  return typeof value === "string"
    ? `the text "${value.slice(0, 40)}"`
    : value === null
      ? "null"
      : typeof value;
}
