/**
 * Programs for threads.test.ts, chosen by `?kind=`: a small classifier, as it should be or with one thing wrong.
 *
 * Whatever goes wrong does so in helping threads only, since the program of one thread is the measure.
 */
import { isMainThread, parentPort } from "node:worker_threads";
import * as tf from "@tensorflow/tfjs-core";
import {
  callTool,
  createRng,
  defineHpType,
  example,
  HyperfuncError,
  hyperfunction,
  hyperSystem,
  perCandidate,
  type Optimizer,
} from "@hyperfunc/core";
import { crossEntropy, dropout, ESHybridSystemOptimizer, LoRAWeight } from "@hyperfunc/es";
import type { Order } from "../../src/threads/protocol.js";

const kind = new URL(import.meta.url).searchParams.get("kind") ?? "";
const helping = !isMainThread;
const WIDTH = helping && kind === "wide" ? 12 : 8;
const CLASSES = 3;

/** What the helping threads of some kinds do from their second generation on, when the first has earned them trust. */
function misbehave(): void {
  if (!trusted) return;
  if (kind === "dies") process.exit(3);
  while (kind === "hangs") Date.now();
  if (kind === "fails-to-run") throw new HyperfuncError("INVALID_STATE", "no more of this");
  if (kind === "throws") throw new Error("not here");
}

let trusted = false;
if (helping) {
  parentPort?.on("message", (order: Order) => {
    if (order.kind === "tell") trusted = true;
  });
}

const Gate = defineHpType({
  name: "Gate",
  tensor: true,
  fields: { gain: { default: 1, min: 0, max: 2 } },
});
const encode = hyperfunction(
  {
    name: "encode",
    hpType: {
      layer: LoRAWeight.create({ outDim: WIDTH, inDim: 4, bias: true }),
      gate: Gate,
    },
    optimizeHparams: true,
  },
  ({ x }: { x: tf.Tensor }, { hp, rng }) => {
    misbehave();
    const h = tf.relu(tf.matMul(x.reshape([1, 4]), hp.layer.weight, false, true).add(hp.layer.bias));
    const kept = dropout(h.mul(hp.gate.gain), 0.1, rng);
    return kind === "per-candidate" ? kept.mul(dropout(tf.onesLike(kept), 0.1, perCandidate(rng))) : kept;
  },
);
const classify = hyperfunction(
  {
    name: "classify",
    hpType: LoRAWeight.create({ outDim: CLASSES, inDim: WIDTH, bias: true }),
    optimizeHparams: true,
  },
  ({ h }: { h: tf.Tensor }, { hp }) =>
    tf.softmax(tf.matMul(h, hp.weight, false, true).add(hp.bias)).reshape([CLASSES]),
);

const rng = createRng(kind === "other-data" && helping ? 1 : 0, "data");
export const data = Array.from({ length: 12 }, (_, index) =>
  example({ x: tf.tensor1d([0, 1, 2, 3].map(() => rng.normal())) }, index % CLASSES),
);

export const metric = crossEntropy;

export function make(optimizer?: Optimizer) {
  return hyperSystem(
    { name: "threads", hyperfunctions: [encode, classify], ...(optimizer && { systemOptimizer: optimizer }) },
    async ({ x }: { x: tf.Tensor }) => {
      const h = await encode({ x });
      if (kind === "tools") await callTool("nothing", () => 0, 0);
      if (kind === "wavefront" || kind === "partly-failing") {
        const [first = 0] = await h.data();
        if (kind === "partly-failing" && first > 1.5) throw new Error("too much");
      }
      return classify({ h });
    },
  );
}

export const system = kind === "no-system" ? undefined : () => make();

if (kind === "starts" && helping) {
  const optimizer = new ESHybridSystemOptimizer({
    steps: 4,
    threads: { module: import.meta.url, count: 2, measure: false },
  });
  await make(optimizer).optimize(data, metric);
}
