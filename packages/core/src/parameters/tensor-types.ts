/**
 * Tensor types, filled in by the package that provides tensors.
 *
 * `@hyperfunc/es` augments this interface, so that a field declared `tensor: true` is typed as a tensor without core
 * depending on TensorFlow.js.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- declaration merging needs an interface
export interface TensorTypes {}

/** A scalar tensor once a tensor package is imported, `unknown` before. */
export type ScalarTensor = TensorTypes extends { scalar: infer Scalar } ? Scalar : unknown;
