/** What tensor metrics take as outputs and expected values, read as flat numbers with a shape. */
import { HyperfuncError } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";

type TypedNumbers = Float32Array | Float64Array | Int32Array | Uint8Array;

/** A number, a truth value (1 or 0), an array or nested arrays of them, or a tensor. */
export type Numeric = number | boolean | TypedNumbers | tf.Tensor | readonly Numeric[];

/** Row-major. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** The numbers of a value; a promise for a tensor, whose data may have to come from a device. */
export function readNumbers(value: Numeric, what: string): Numbers | Promise<Numbers> {
  if (value instanceof tf.Tensor) return value.data().then((values) => ({ shape: value.shape, values }));
  return plainNumbers(value, what);
}

/** The numbers of a value that is no tensor. @throws INVALID_METRIC for ragged lists and what is not numeric. */
export function plainNumbers(value: Exclude<Numeric, tf.Tensor>, what: string): Numbers {
  if (typeof value === "number" || typeof value === "boolean") return { shape: [], values: [Number(value)] };
  if (ArrayBuffer.isView(value)) return { shape: [value.length], values: value };
  if (!Array.isArray(value)) {
    const found = value === null ? "null" : typeof value;
    throw new HyperfuncError(
      "INVALID_METRIC",
      `The ${what} is ${found}; give a number, an array or a tensor.`,
    );
  }
  const parts = value.map((part: Exclude<Numeric, tf.Tensor>) => plainNumbers(part, what));
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
