/** Every operation that tfjs exports, as a user writes it without `tf.`. */
import * as tf from "@tensorflow/tfjs-core";

const NAMESPACES = {
  image: tf.image,
  linalg: tf.linalg,
  losses: tf.losses,
  signal: tf.signal,
  spectral: tf.spectral,
  fused: tf.fused,
  sparse: tf.sparse,
  string: tf.string,
  math: tf.math,
};

/** Functions that compute nothing with tensors: backends, lifetimes, the registry of kernels, plain numbers. */
// prettier-ignore
const NO_OPERATIONS = new Set([
  "backend", "findBackend", "findBackendFactory", "getBackend", "ready", "registerBackend", "removeBackend", "setBackend", "setPlatform",
  "engine", "env", "enableDebugMode", "enableProdMode", "deprecationWarn", "disableDeprecationWarnings",
  "dispose", "disposeVariables", "keep", "tidy", "memory", "profile", "time", "nextFrame",
  "copyRegisteredKernels", "getGradient", "getKernel", "getKernelsForBackend", "registerGradient", "registerKernel",
  "unregisterGradient", "unregisterKernel", "op",
  "train", "buffer", "enclosingPowerOfTwo", "sumOutType", "upcastType",
]);

/** Classes are capitalised, and so are the names of kernels, which are text. */
const isFunction = ([name, value]: [string, unknown]): boolean =>
  typeof value === "function" && !/^[A-Z]/.test(name);

export const OPERATIONS: readonly string[] = [
  ...Object.entries(tf)
    .filter((entry) => isFunction(entry) && !NO_OPERATIONS.has(entry[0]))
    .map(([name]) => name),
  ...Object.entries(NAMESPACES).flatMap(([space, members]) =>
    Object.entries(members)
      .filter(isFunction)
      .map(([name]) => `${space}.${name}`),
  ),
];
