/** Kernels that treat every value by itself: the batch axis is one more axis. */
import * as tf from "@tensorflow/tfjs-core";
import { share } from "../batched-tensor.js";
import { batched, rewritten, type RuleEntry } from "./rule.js";

// prettier-ignore
const UNARY = [
  tf.Abs, tf.Acos, tf.Acosh, tf.Asin, tf.Asinh, tf.Atan, tf.Atanh, tf.Cast, tf.Ceil, tf.ClipByValue, tf.Cos,
  tf.Cosh, tf.Elu, tf.Erf, tf.Exp, tf.Expm1, tf.Floor, tf.IsFinite, tf.IsInf, tf.IsNan, tf.LeakyRelu, tf.Log,
  tf.Log1p, tf.LogicalNot, tf.Neg, tf.Reciprocal, tf.Relu, tf.Relu6, tf.Round, tf.Rsqrt, tf.Selu, tf.Sigmoid,
  tf.Sign, tf.Sin, tf.Sinh, tf.Softplus, tf.Sqrt, tf.Square, tf.Step, tf.Tan, tf.Tanh,
];

export const elementwiseRules: RuleEntry[] = [
  ...batched<tf.UnaryInputs, Record<string, unknown>>(UNARY, (call) =>
    call.run({ x: call.stacked(call.inputs.x) }, call.attributes),
  ),
  ...batched<tf.OneHotInputs, tf.OneHotAttrs>([tf.OneHot], (call) =>
    call.run({ indices: call.stacked(call.inputs.indices) }, { ...call.attributes }),
  ),
  ...rewritten<tf.IdentityInputs, unknown>([tf.Identity], ({ inputs }) => share(inputs.x)),
  ...rewritten<tf.ZerosLikeInputs, unknown>([tf.ZerosLike], ({ inputs: { x } }) =>
    tf.zeros(x.shape, x.dtype),
  ),
  ...rewritten<tf.OnesLikeInputs, unknown>([tf.OnesLike], ({ inputs: { x } }) => tf.ones(x.shape, x.dtype)),
];
