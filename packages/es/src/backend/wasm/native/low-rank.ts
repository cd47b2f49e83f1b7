/**
 * `LowRankMatMul`, a kernel that tfjs does not have: a layer with a perturbed weight for every member of a population.
 *
 * `activation(x · base + (x · rowFactors) · columnFactorsᵀ + bias)`, in one pass over the result.
 */
import * as tf from "@tensorflow/tfjs-core";
import { dispose } from "../../kernel-replacement.js";
import { tfjsEngine } from "../../tfjs-engine.js";
import { pointerTo, type WasmKernel } from "../wasm-kernel.js";
import { kernelsOf } from "./native-kernels.js";

export const LOW_RANK_MATMUL = "HyperfuncLowRankMatMul";

/** What may follow the product, with the numbers that the kernel knows them by. */
const ACTIVATIONS = { none: 0, relu: 1, tanh: 2 } as const;
export type Activation = keyof typeof ACTIVATIONS;

interface LowRankMatMulInputs {
  /** `[members, m, k]`, or `[m, k]` for all members. */
  readonly x: tf.TensorInfo;
  /** `[k, n]`, or `[n, k]` when transposed. */
  readonly base: tf.TensorInfo;
  /** `[members, k, rank]` */
  readonly rowFactors: tf.TensorInfo;
  /** `[members, n, rank]` */
  readonly columnFactors: tf.TensorInfo;
  /** `[members, n]`, or `[n]` for all members. */
  readonly bias?: tf.TensorInfo;
}

interface LowRankMatMulAttributes {
  readonly transposed: boolean;
  readonly activation: Activation;
}

/** True where the kernel can run now. */
export function hasLowRankMatMul(): boolean {
  if (tfjsEngine.backendName !== "wasm") return false;
  return kernelsOf(tf.backend()) !== undefined;
}

/** Adds the kernel to tfjs; once. */
export function registerLowRankMatMul(): void {
  tf.registerKernel({
    kernelName: LOW_RANK_MATMUL,
    backendName: "wasm",
    kernelFunc: lowRankMatMul as unknown as tf.KernelFunc,
  });
}

const lowRankMatMul: WasmKernel<LowRankMatMulInputs, LowRankMatMulAttributes> = ({
  inputs,
  attrs,
  backend,
}) => {
  const { x, base, rowFactors, columnFactors, bias } = inputs;
  const kernels = kernelsOf(backend);
  if (kernels === undefined) throw new Error(`${LOW_RANK_MATMUL} needs native kernels.`);
  const shared = x.shape.length === 2;
  const [m = 1, k = 1] = x.shape.slice(-2);
  const [members = 1, n = 1, rank = 1] = columnFactors.shape;
  const result = backend.makeOutput([members, m, n], "float32");
  const scratch = backend.makeOutput([kernels.lowRankScratch(shared, members, m, k, n, rank)], "float32");
  kernels.lowRankMatMul(
    pointerTo(backend, x),
    shared,
    pointerTo(backend, base),
    pointerTo(backend, rowFactors),
    pointerTo(backend, columnFactors),
    bias === undefined ? 0 : pointerTo(backend, bias),
    bias === undefined || bias.shape.length === 1 ? 0 : n,
    ACTIVATIONS[attrs.activation],
    pointerTo(backend, result),
    pointerTo(backend, scratch),
    members,
    m,
    k,
    n,
    rank,
    attrs.transposed,
  );
  dispose(backend, scratch);
  return result;
};
