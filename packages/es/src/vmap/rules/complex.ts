/** Complex numbers and Fourier transforms, on the backends that have them. */
import * as tf from "@tensorflow/tfjs-core";
import { batched, type RuleEntry } from "./rule.js";

export const complexRules: RuleEntry[] = [
  ...batched<tf.ComplexInputs, unknown>([tf.Complex], (call) =>
    tf.complex(call.full(call.inputs.real), call.full(call.inputs.imag)),
  ),
  ...batched<tf.RealInputs, unknown>([tf.Real, tf.Imag], (call) =>
    call.run({ input: call.stacked(call.inputs.input) }),
  ),
  ...batched<tf.ComplexAbsInputs, unknown>([tf.ComplexAbs], (call) =>
    call.run({ x: call.stacked(call.inputs.x) }),
  ),
  // The kernels transform the rows of a matrix.
  ...batched<tf.FFTInputs, unknown>([tf.FFT, tf.IFFT], (call) => {
    const { input } = call.inputs;
    const [rows = 1, columns = 1] = [input.size / (input.shape.at(-1) ?? 1), input.shape.at(-1)];
    const merged = tf.reshape(call.stacked(input), [call.size * rows, columns]);
    return tf.reshape(call.run({ input: merged }) as tf.Tensor, [call.size, ...input.shape]);
  }),
];
