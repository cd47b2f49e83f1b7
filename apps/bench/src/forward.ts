/** Forward passes of 32 candidates × 200 examples: by hand, through the product, and as the plain loop. */
import * as tf from "@tensorflow/tfjs-core";
import { accuracy } from "@hyperfunc/es";
import type { LeafBatch, PopulationInput } from "@hyperfunc/core";
import { mlp, type Mlp } from "./mlp.js";
import { lowRankPopulation } from "./population.js";
import { timeTogether } from "./timing.js";

export const CANDIDATES = 32;
export const EXAMPLES = 200;

export interface ForwardRow {
  readonly width: number;
  readonly byHandMs: number;
  readonly vectorisedMs: number;
  readonly wavefrontMs: number;
  readonly readingWavefrontMs: number;
  readonly readingLoopMs: number;
  readonly loopMs: number;
}

export async function forwardPass(width: number, ms: number): Promise<ForwardRow> {
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
      wavefront: evaluate(program.system, "wavefront"),
      readingWavefront: evaluate(program.reading, "wavefront"),
      readingLoop: evaluate(program.reading, "loop"),
      loop: evaluate(program.system, "loop"),
    },
    ms,
  );
  return {
    width,
    byHandMs: fast.byHand.median,
    vectorisedMs: fast.vectorised.median,
    wavefrontMs: slow.wavefront.median,
    readingWavefrontMs: slow.readingWavefront.median,
    readingLoopMs: slow.readingLoop.median,
    loopMs: slow.loop.median,
  };
}

/** The same arithmetic written against tfjs with the batch axes in plain sight. */
function byHand({ data }: Mlp, { leaves, size }: PopulationInput): () => Promise<unknown> {
  const x = tf.keep(tf.stack(data.map((entry) => entry.inputs.x)));
  const expected = tf.keep(tf.tensor1d(data.map((entry) => entry.expected)));
  const layer = (
    weight: LeafBatch | undefined,
    bias: LeafBatch | undefined,
    inputs: tf.Tensor,
  ): tf.Tensor => {
    if (weight?.kind !== "lowRank" || bias?.kind !== "dense") throw new TypeError("Factors expected.");
    const columns = weight.b.length / size;
    const out = weight.a.length / size;
    const shared = inputs.rank === 2;
    const base = tf.matMul(
      shared ? inputs : inputs.reshape([-1, columns]),
      tf.tensor2d(weight.base, [out, columns]),
      false,
      true,
    );
    const factors = tf.tensor2d(weight.b, [size, columns]);
    const projected = shared
      ? tf.matMul(factors, inputs, false, true).reshape([size, -1, 1])
      : tf.matMul(inputs, factors.reshape([size, columns, 1]));
    const change = tf.mul(projected, tf.tensor3d(weight.a, [size, 1, out]));
    return change
      .add(base.reshape([shared ? 1 : size, -1, out]))
      .add(tf.tensor3d(Float32Array.from(bias.values), [size, 1, out]));
  };
  return async () => {
    const scores = tf.tidy(() => {
      const hidden = tf.relu(layer(leaves.get("encode.hp.weight"), leaves.get("encode.hp.bias"), x));
      const output = tf.softmax(
        layer(leaves.get("classify.hp.weight"), leaves.get("classify.hp.bias"), hidden),
      );
      return tf.mean(tf.equal(tf.argMax(output, -1), expected.toInt()).toFloat(), 1);
    });
    const values = await scores.data();
    scores.dispose();
    return values;
  };
}
