/** A system of LoRAWeights with programs of several kinds, and data for it. */
import {
  createRng,
  example,
  hyperfunction,
  hyperSystem,
  type EvaluationMode,
  type Example,
  type HyperSystem,
} from "@hyperfunc/core";
import { ESHybridSystemOptimizer, LoRAWeight } from "@hyperfunc/es";
import * as tf from "@tensorflow/tfjs-core";

const WIDTH = 6;
const HIDDEN = 5;
const CLASSES = 3;

const encode = hyperfunction(
  {
    name: "encode",
    hpType: LoRAWeight.create({ outDim: HIDDEN, inDim: WIDTH, bias: true }),
    optimizeHparams: true,
  },
  ({ x }: { x: tf.Tensor }, { hp }) =>
    tf.relu(tf.matMul(x.reshape([1, WIDTH]), hp.weight, false, true).add(hp.bias)),
);
const classify = hyperfunction(
  { name: "classify", hpType: LoRAWeight.create({ outDim: CLASSES, inDim: HIDDEN }), optimizeHparams: true },
  ({ h }: { h: tf.Tensor }, { hp }) => tf.softmax(tf.matMul(h, hp.weight, false, true)).reshape([CLASSES]),
);

export type Body = (input: { x: tf.Tensor }) => Promise<tf.Tensor>;
export type Data = readonly Example<{ x: tf.Tensor }, number>[];
type Classifier = HyperSystem<{ x: tf.Tensor }, tf.Tensor>;

export const twoLayers: Body = async ({ x }) => classify({ h: await encode({ x }) });

export const readingSync: Body = async ({ x }) => {
  const h = await encode({ x });
  return classify({ h: (h.dataSync()[0] ?? 0) > 0 ? h : h.neg() });
};

interface Program {
  readonly body: Body;
  /** The fastest way in which it can be evaluated. */
  readonly mode: EvaluationMode;
}

export const programs: Readonly<Record<string, Program>> = {
  "two layers": { body: twoLayers, mode: "vectorised" },
  "tensor code between calls": {
    body: async ({ x }) => classify({ h: tf.tanh((await encode({ x: x.mul(2) })).add(0.1)) }),
    mode: "vectorised",
  },
  "a value read between calls": {
    body: async ({ x }) => {
      const h = await encode({ x });
      const [first = 0] = await h.data();
      return classify({ h: h.mul(first > 0.5 ? 1 : 2) });
    },
    mode: "wavefront",
  },
  "a branch into different calls": {
    body: async ({ x }) => {
      const h = await encode({ x });
      const [sum = 0] = await h.sum().data();
      return sum > 1 ? classify({ h }) : classify({ h: await encode({ x: x.neg() }) });
    },
    mode: "wavefront",
  },
  "calls of a few runs, with values that nobody read": {
    body: async ({ x }) => {
      const [first = 0] = await x.data();
      const h = await encode({ x });
      return first > 1
        ? classify({ h: h.add(await encode({ x: x.sub(h.mean()) })) })
        : classify({ h: h.mul(first) });
    },
    mode: "wavefront",
  },
  "tensors made of what was read": {
    body: async ({ x }) => {
      const values = Array.from(await (await encode({ x })).data());
      return classify({ h: tf.tensor2d([values.toReversed()]) });
    },
    mode: "wavefront",
  },
};

/** Made of host values, so that it is new on every backend. */
export function drawData(): Data {
  const rng = createRng(1, "data");
  return Array.from({ length: 12 }, (_, index) => {
    const values = Array.from(
      { length: WIDTH },
      (_value, at) => rng.normal() + (at % CLASSES === index % CLASSES ? 1 : 0),
    );
    return example({ x: tf.tensor1d(values) }, index % CLASSES);
  });
}

export function classifier(body: Body, steps = 10): Classifier {
  const systemOptimizer = new ESHybridSystemOptimizer({ steps, popSize: 8, lr: 0.05, step: "adam" });
  return hyperSystem(
    { name: "classifier", hyperfunctions: [encode, classify], systemOptimizer, seed: 0 },
    body,
  );
}

export function candidates(system: Classifier, count: number): Record<string, number[]>[] {
  const rng = createRng(2, "candidates");
  return Array.from({ length: count }, () =>
    Object.fromEntries(
      Object.entries(system.getHpState()).map(([name, values]) => [
        name,
        Array.from(values, (value) => value + 0.5 * rng.normal()),
      ]),
    ),
  );
}
