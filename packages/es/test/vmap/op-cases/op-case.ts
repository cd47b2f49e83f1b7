/** One way to call a public operation of tfjs; the table in docs/vmap.md is observed from these. */
import * as tf from "@tensorflow/tfjs-core";

/** How the values of an operand are drawn, when unit normals will not do. */
export type Draw = (shape: number[]) => tf.Tensor;

export interface Drawn {
  readonly shape: readonly number[];
  readonly draw: Draw;
}

/** A shape, filled with unit normals, or a shape with values of its own. */
export type Operand = readonly number[] | Drawn;

export interface OpCase {
  /** As a user writes it, without `tf.`. */
  readonly op: string;
  /** What this case is about, where an operation has several. */
  readonly what: string;
  /** By name, with the shapes of one element; `run` receives them in this order. */
  readonly operands: Readonly<Record<string, Operand>>;
  readonly run: (...operands: never[]) => unknown;
  /** Draws random numbers that no seed of the caller's determines. */
  readonly random: boolean;
  /** What the table should add to what it observes. */
  readonly note?: string;
}

type Run = (...operands: never[]) => unknown;

export function op(name: string, operands: OpCase["operands"], run: Run, what = ""): OpCase {
  return { op: name, what, operands, run, random: false };
}

/** An operation that takes no tensors. */
export function constant(name: string, run: () => unknown): OpCase {
  return op(name, {}, run);
}

export function random(name: string, operands: OpCase["operands"], run: Run, note?: string): OpCase {
  return { ...op(name, operands, run), random: true, ...(note !== undefined && { note }) };
}

export function noted(note: string, test: OpCase): OpCase {
  return { ...test, note };
}

const drawn =
  (draw: Draw) =>
  (...shape: number[]): Drawn => ({ shape, draw });

/** In (0.1, 0.9). */
export const unit = drawn((shape) => tf.randomUniform(shape, 0.1, 0.9));
/** 0, 1 or 2: a valid index wherever there are three of something. */
export const index = drawn((shape) => tf.randomUniform(shape, 0, 3, "int32"));
export const flags = drawn((shape) => tf.cast(tf.randomUniform(shape, 0, 2, "int32"), "bool"));
/** The same values in every element. */
export const always = (shape: readonly number[], values: () => tf.Tensor): Drawn => ({
  shape,
  draw: (full) => tf.broadcastTo(values(), full),
});
/** Rows in ascending order. */
export const sorted = drawn((shape) => tf.cumsum(tf.randomUniform(shape, 0.1, 0.9), -1));
export const text = drawn((shape) =>
  tf.tensor(
    Array.from({ length: tf.util.sizeFromShape(shape) }, (_, position) => `a b${position % 3}`),
    shape,
    "string",
  ),
);
