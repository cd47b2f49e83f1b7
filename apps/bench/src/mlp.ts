/** The ordinary two-hyperfunction system of the performance table: an MLP D-D-10 on single examples. */
import * as tf from "@tensorflow/tfjs-core";
import {
  createRng,
  example,
  hyperfunction,
  hyperSystem,
  type Example,
  type HyperSystem,
  type Optimizer,
} from "@hyperfunc/core";
import { LoRAWeight } from "@hyperfunc/es";

export interface Mlp {
  readonly system: HyperSystem<{ x: tf.Tensor1D }, tf.Tensor>;
  /** The same program, reading a value between its two calls. */
  readonly reading: HyperSystem<{ x: tf.Tensor1D }, tf.Tensor>;
  readonly data: readonly Example<{ x: tf.Tensor1D }, number>[];
}

export const CLASSES = 10;

export function mlp(width: number, examples: number, systemOptimizer?: Optimizer): Mlp {
  const encode = hyperfunction(
    {
      name: "encode",
      hpType: LoRAWeight.create({ outDim: width, inDim: width, bias: true }),
      optimizeHparams: true,
    },
    ({ x }: { x: tf.Tensor1D }, { hp }) =>
      tf.relu(tf.matMul(x.reshape([1, width]), hp.weight, false, true).add(hp.bias)),
  );
  const classify = hyperfunction(
    {
      name: "classify",
      hpType: LoRAWeight.create({ outDim: CLASSES, inDim: width, bias: true }),
      optimizeHparams: true,
    },
    ({ h }: { h: tf.Tensor }, { hp }) =>
      tf.softmax(tf.matMul(h, hp.weight, false, true).add(hp.bias)).reshape([CLASSES]),
  );
  const hyperfunctions = [encode, classify];
  const rng = createRng(0, "mlp", width);
  return {
    system: hyperSystem(
      { name: "mlp", hyperfunctions, ...(systemOptimizer && { systemOptimizer }) },
      async ({ x }: { x: tf.Tensor1D }) => classify({ h: await encode({ x }) }),
    ),
    reading: hyperSystem({ name: "reading-mlp", hyperfunctions }, async ({ x }: { x: tf.Tensor1D }) => {
      const h = await encode({ x });
      const [first = 0] = await h.data();
      return classify({ h: first > 1e9 ? h.mul(2) : h });
    }),
    data: Array.from({ length: examples }, (_, index) =>
      example({ x: tf.tensor1d(Array.from({ length: width }, () => rng.normal())) }, index % CLASSES),
    ),
  };
}
