/** Kernels that join a product which is still waiting (low-rank-product.ts) instead of computing with its values. */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelCall } from "./kernel-call.js";
import { isPlain } from "./low-rank-matmul.js";
import { LowRankProduct } from "./low-rank-product.js";

type Call<Inputs> = KernelCall<Inputs, unknown>;
type Fusion = (call: KernelCall<never, never>) => LowRankProduct | undefined;

export const FUSIONS: ReadonlyMap<string, Fusion> = new Map<string, Fusion>([
  [tf.Add, (call: Call<tf.AddInputs>) => addBias(call)],
  [tf.Relu, (call: Call<tf.ReluInputs>) => productIn(call, call.inputs.x)?.withActivation("relu")],
  [tf.Tanh, (call: Call<tf.TanhInputs>) => productIn(call, call.inputs.x)?.withActivation("tanh")],
]);

function productIn(call: Call<unknown>, operand: tf.Tensor): LowRankProduct | undefined {
  const content = call.lazy(operand);
  return content instanceof LowRankProduct ? content : undefined;
}

function addBias(call: Call<tf.AddInputs>): LowRankProduct | undefined {
  const { a, b } = call.inputs;
  return biased(call, a, b) ?? biased(call, b, a);
}

/** A bias has one value per column of the product. */
function biased(call: Call<tf.AddInputs>, operand: tf.Tensor, bias: tf.Tensor): LowRankProduct | undefined {
  const product = productIn(call, operand);
  const columns = operand.shape.at(-1) ?? 0;
  const fits = bias.rank >= 1 && bias.rank <= operand.rank && bias.shape.at(-1) === columns;
  if (product === undefined || !fits || bias.size !== columns) return undefined;
  const inner = call.inner(bias);
  if (!isPlain(inner ?? bias)) return undefined;
  return product.withBias(
    inner === undefined ? tf.reshape(bias, [columns]) : tf.reshape(inner, [call.size, columns]),
  );
}
