/** The program of threads.ts in a module of its own, which every thread loads: a classifier of points on rings. */
import * as tf from "@tensorflow/tfjs-core";
import { createRng, example, hyperfunction, hyperSystem, type Optimizer } from "@hyperfunc/core";
import { crossEntropy, LoRAWeight } from "@hyperfunc/es";

const WIDTH = 64;
const RINGS = 3;

const hidden = hyperfunction(
  {
    name: "hidden",
    hpType: LoRAWeight.create({ outDim: WIDTH, inDim: WIDTH, bias: true }),
    optimizeHparams: true,
  },
  ({ x }: { x: tf.Tensor }, { hp }) =>
    tf.relu(tf.matMul(x.reshape([1, WIDTH]), hp.weight, false, true).add(hp.bias)),
);
const ring = hyperfunction(
  {
    name: "ring",
    hpType: LoRAWeight.create({ outDim: RINGS, inDim: WIDTH, bias: true }),
    optimizeHparams: true,
  },
  ({ h }: { h: tf.Tensor }, { hp }) =>
    tf.softmax(tf.matMul(h, hp.weight, false, true).add(hp.bias)).reshape([RINGS]),
);

/** A point of a ring, seen through waves of its coordinates. */
function point(index: number): tf.Tensor1D {
  const rng = createRng(0, "point", index);
  const angle = rng.uniform() * 2 * Math.PI;
  const radius = 0.5 + (index % RINGS) + 0.1 * rng.normal();
  return tf.tensor1d(
    Array.from({ length: WIDTH }, (_, wave) => {
      const along = wave % 2 === 0 ? Math.cos(angle) : Math.sin(angle);
      return Math.cos(radius * along * (1 + (wave >> 1) / 8) + wave);
    }),
  );
}

export const data = Array.from({ length: 200 }, (_, index) => example({ x: point(index) }, index % RINGS));

export const metric = crossEntropy;

/** What `threads.module` looks for: a system, or a function that makes one. */
export const system = (systemOptimizer?: Optimizer) =>
  hyperSystem(
    { name: "rings", hyperfunctions: [hidden, ring], ...(systemOptimizer && { systemOptimizer }) },
    async ({ x }: { x: tf.Tensor }) => ring({ h: await hidden({ x }) }),
  );
