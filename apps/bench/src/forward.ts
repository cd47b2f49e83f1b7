/** Forward passes of 32 candidates × 200 examples: by hand, through the product, and as the plain loop. */
import * as tf from "@tensorflow/tfjs-core";
import { accuracy } from "@hyperfunc/es";
import type { LeafBatch, PopulationInput } from "@hyperfunc/core";
import { mlp, type Mlp } from "./mlp.js";
import { lowRankPopulation } from "./population.js";
import { timeTogether, type Timing } from "./timing.js";

export const CANDIDATES = 32;
export const EXAMPLES = 200;

export interface ForwardTimes {
  readonly byHand: Timing;
  readonly vectorised: Timing;
  /** The loop is run beside the wavefront, in rounds of its own. */
  readonly loop: Timing;
  readonly readingWavefront: Timing;
  readonly readingLoop: Timing;
}

export async function forwardPass(width: number, ms: number): Promise<ForwardTimes> {
  const program = mlp(width, EXAMPLES);
  const population = lowRankPopulation(width, CANDIDATES, 1);
  const evaluate = (system: Mlp["system"], mode: "vectorised" | "wavefront" | "loop") => () =>
    system.evaluatePopulation(population, program.data, accuracy, { mode });
  const fast = await timeTogether(
    { byHand: byHand(program, population), vectorised: evaluate(program.system, "vectorised") },
    ms,
  );
  const slow = await timeTogether(
    {
      readingWavefront: evaluate(program.reading, "wavefront"),
      readingLoop: evaluate(program.reading, "loop"),
      loop: evaluate(program.system, "loop"),
    },
    2 * ms,
  );
  return { ...fast, ...slow };
}

/** The same kernels called one by one, with the batch axes in plain sight. */
function byHand({ data }: Mlp, { leaves, size }: PopulationInput): () => Promise<unknown> {
  const x = tf.keep(tf.stack(data.map((entry) => entry.inputs.x)));
  const expected = tf.keep(tf.tensor1d(data.map((entry) => entry.expected)));
  const layer = (name: string, inputs: tf.Tensor, activation: string): tf.Tensor => {
    const weight = leafOf(leaves, `${name}.hp.weight`, "lowRank");
    const bias = leafOf(leaves, `${name}.hp.bias`, "dense");
    const columns = weight.b.length / size;
    const out = weight.a.length / size;
    const tensors = {
      x: inputs,
      base: tf.tensor2d(weight.base, [out, columns]),
      rowFactors: tf.tensor3d(weight.b, [size, columns, 1]),
      columnFactors: tf.tensor3d(weight.a, [size, out, 1]),
      bias: tf.tensor2d(Float32Array.from(bias.values), [size, out]),
    };
    return tf
      .engine()
      .runKernel<tf.Tensor>("HyperfuncLowRankMatMul", tensors, { transposed: true, activation });
  };
  return async () => {
    const scores = tf.tidy(() => {
      const output = tf.softmax(layer("classify", layer("encode", x, "relu"), "none"));
      return tf.mean(tf.equal(tf.argMax(output, -1), expected.toInt()).toFloat(), 1);
    });
    const values = await scores.data();
    scores.dispose();
    return values;
  };
}

export function leafOf<Kind extends LeafBatch["kind"]>(
  leaves: ReadonlyMap<string, LeafBatch>,
  path: string,
  kind: Kind,
): Extract<LeafBatch, { kind: Kind }> {
  const leaf = leaves.get(path);
  if (leaf?.kind !== kind) throw new TypeError(`${path} is not ${kind}.`);
  return leaf as Extract<LeafBatch, { kind: Kind }>;
}
