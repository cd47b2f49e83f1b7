/**
 * Corrections of tfjs-backend-webgpu 4.22, many of whose shaders do not compile for tensors of rank 5 or more, or of
 * integers. tfjs does not notice: it goes on with what was in memory.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Replacement } from "../kernel-replacement.js";

/** tfjs declares every input as possibly missing; only the optional ones are. */
type Operands<Inputs> = { readonly [Name in keyof Inputs]: tf.Tensor };

/** @param instead The result by other operations, or undefined where the kernel itself is right. */
export function correction<Inputs, Attributes>(
  kernel: string,
  instead: (inputs: Operands<Inputs>, attributes: Attributes) => (() => tf.Tensor) | undefined,
): Replacement {
  return {
    kernel,
    replace: (original) => (call) => {
      const compute = instead(call.inputs as unknown as Operands<Inputs>, call.attrs as Attributes);
      return compute === undefined ? original(call) : tf.tidy(compute);
    },
  };
}

/** The highest rank that all shaders know. */
export const HIGHEST_RANK = 4;

/** Applies an operation to one axis of a tensor, as the middle axis of one of rank 3. */
export function alongAxis(x: tf.Tensor, axis: number, operation: (x: tf.Tensor3D) => tf.Tensor): tf.Tensor {
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const flat: [number, number, number] = [sizeOf(before), x.shape[axis] ?? 1, sizeOf(after)];
  const result = operation(tf.reshape(x, flat));
  return tf.reshape(result, [...before, result.shape[1] ?? 1, ...after]);
}

function sizeOf(shape: number[]): number {
  return tf.util.sizeFromShape(shape);
}
