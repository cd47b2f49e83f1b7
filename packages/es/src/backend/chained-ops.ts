/**
 * Operations as methods of tensors, `x.matMul(w).relu()`, as `@tensorflow/tfjs` has them.
 *
 * tfjs-core declares their types in a file of its own, which is why this module imports it, but in Node it registers
 * none of them. Methods that exist already are left alone.
 */
export type {} from "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import * as tf from "@tensorflow/tfjs-core";

type Method = (this: tf.Tensor, ...args: never[]) => unknown;

/** Methods that are the function of the same name with the tensor in first place. */
// prettier-ignore
const SAME_NAME = [
  "abs", "acos", "acosh", "add", "all", "any", "argMax", "argMin", "asin", "asinh", "atan", "atan2", "atanh",
  "avgPool", "batchNorm", "batchToSpaceND", "broadcastTo", "cast", "ceil", "clipByValue", "conv1d", "conv2d",
  "conv2dTranspose", "cos", "cosh", "cumprod", "cumsum", "depthToSpace", "depthwiseConv2d", "dilation2d",
  "div", "divNoNan", "dot", "elu", "equal", "erf", "euclideanNorm", "exp", "expandDims", "expm1", "fft",
  "floor", "floorDiv", "gather", "greater", "greaterEqual", "ifft", "irfft", "isFinite", "isInf", "isNaN",
  "leakyRelu", "less", "lessEqual", "localResponseNormalization", "log", "log1p", "logSigmoid", "logSoftmax",
  "logSumExp", "logicalAnd", "logicalNot", "logicalOr", "logicalXor", "matMul", "max", "maxPool", "maximum",
  "mean", "min", "minimum", "mirrorPad", "mod", "mul", "neg", "norm", "notEqual", "oneHot", "onesLike",
  "pad", "pool", "pow", "prelu", "prod", "reciprocal", "relu", "relu6", "reshape", "reverse", "rfft",
  "round", "rsqrt", "selu", "separableConv2d", "sigmoid", "sign", "sin", "sinh", "slice", "softmax",
  "softplus", "spaceToBatchND", "split", "sqrt", "square", "squaredDifference", "squeeze", "step",
  "stridedSlice", "sub", "sum", "tan", "tanh", "tile", "topk", "transpose", "unique", "unsortedSegmentSum",
  "unstack", "zerosLike",
] as const;

/** Methods that are not. */
const OTHERS: Readonly<Record<string, Method>> = {
  as1D() {
    return tf.reshape(this, [this.size]);
  },
  as2D(...shape: number[]) {
    return tf.reshape(this, shape);
  },
  as3D(...shape: number[]) {
    return tf.reshape(this, shape);
  },
  as4D(...shape: number[]) {
    return tf.reshape(this, shape);
  },
  as5D(...shape: number[]) {
    return tf.reshape(this, shape);
  },
  asScalar() {
    tf.util.assert(this.size === 1, () => "The array must have only 1 element.");
    return tf.reshape(this, []);
  },
  asType(dtype: tf.DataType) {
    return tf.cast(this, dtype);
  },
  concat(others: tf.Tensor | tf.Tensor[], axis?: number) {
    return tf.concat([this, ...[others].flat()], axis);
  },
  flatten() {
    return tf.reshape(this, [this.size]);
  },
  reshapeAs(other: tf.Tensor) {
    return tf.reshape(this, other.shape);
  },
  resizeBilinear(...args: [[number, number], boolean?, boolean?]) {
    return tf.image.resizeBilinear(this as tf.Tensor3D, ...args);
  },
  resizeNearestNeighbor(...args: [[number, number], boolean?, boolean?]) {
    return tf.image.resizeNearestNeighbor(this as tf.Tensor3D, ...args);
  },
  stack(others: tf.Tensor | tf.Tensor[], axis?: number) {
    return tf.stack([this, ...[others].flat()], axis);
  },
  toBool() {
    return tf.cast(this, "bool");
  },
  toFloat() {
    return tf.cast(this, "float32");
  },
  toInt() {
    return tf.cast(this, "int32");
  },
  where(condition: tf.Tensor, other: tf.Tensor) {
    return tf.where(condition, this, other);
  },
};

function register(name: string, method: Method): void {
  if (name in tf.Tensor.prototype) return;
  const checked = function (this: tf.Tensor, ...args: never[]): unknown {
    this.throwIfDisposed();
    return method.apply(this, args);
  };
  Object.defineProperty(tf.Tensor.prototype, name, { value: checked, configurable: true, writable: true });
}

for (const name of SAME_NAME) {
  const operation = tf[name] as (tensor: tf.Tensor, ...args: never[]) => unknown;
  register(name, function (...args) {
    return operation(this, ...args);
  });
}
for (const [name, method] of Object.entries(OTHERS)) register(name, method);
