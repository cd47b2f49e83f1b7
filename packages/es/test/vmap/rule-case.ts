/** A small function of one kernel, with the shapes of its operands, for the table-driven tests of the rules. */
import * as tf from "@tensorflow/tfjs-core";

export interface RuleCase {
  readonly name: string;
  /** Shapes of the operands for one element. */
  readonly shapes: readonly (readonly number[])[];
  readonly run: (...operands: never[]) => unknown;
  /** Values of an operand of the given full shape; default unit normals. */
  readonly make?: (shape: number[], operand: number) => tf.Tensor;
  /** Kernels that have no rule for some way to batch the operands, and are then looped over. */
  readonly loops?: readonly string[];
}

export const positive = (shape: number[]): tf.Tensor => tf.randomUniform(shape, 0.1, 0.9);
export const integers = (shape: number[]): tf.Tensor => tf.randomUniform(shape, 0, 4, "int32");
export const flags = (shape: number[]): tf.Tensor => tf.cast(integers(shape), "bool");
