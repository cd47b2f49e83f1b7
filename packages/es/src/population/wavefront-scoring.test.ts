/** Outputs of a wavefront that are rows of one batch are judged together, with the scores of the plain loop. */
import { beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import {
  hyperSystem,
  hyperfunction,
  type EvaluationMode,
  type PerExampleMetric,
  type PopulationEvaluation,
} from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import "../backend/chained-ops.js";
import { useBackend } from "../backend/use-backend.js";
import { LoRAWeight } from "../primitives/lora-weight/lora-weight.js";
import { BATCHED_METRIC, overExamples, type BatchedMetric } from "./batched-metric.js";
import { tfjsTensorEngine } from "./tensor-engine.js";
import { drawPopulation, layoutsOf, uniform } from "../../test/population/random-population.js";

const CANDIDATES = 5;
const EXAMPLES = 7;

const encode = hyperfunction(
  { name: "encode", hpType: LoRAWeight.create({ outDim: 3, inDim: 4 }), optimizeHparams: true },
  ({ x }: { x: tf.Tensor }, { hp }) => hp.weight.dot(x),
);

/** Minus the distance of the sums; counts the judgements of single outputs. */
function counting(): PerExampleMetric<unknown, tf.Tensor, number> & { judged: number } {
  const batched: BatchedMetric = (output, expected) =>
    tf.neg(tf.abs(tf.sub(tf.sum(output), overExamples(tf.tensor1d(expected as number[]), output))));
  const metric = Object.assign(() => NaN, {
    judged: 0,
    worst: -50,
    [BATCHED_METRIC]: batched,
    perExample: (output: tf.Tensor, expected: number) => {
      metric.judged += 1;
      const sum = output.dataSync<"float32">().reduce((total, value) => total + value, 0);
      return -Math.abs(sum - expected);
    },
  });
  return metric;
}

const tidied = ({ scores, failures }: PopulationEvaluation): unknown => [
  scores.map((score) => score?.toFixed(4)),
  failures.map(({ candidate, example, kind, message }) => [candidate, example, kind, message]),
];

describe.each(["cpu", "wasm"] as const)("judging a wavefront on %s", (backend) => {
  let before = 0;

  beforeAll(async () => {
    await useBackend(backend);
  });

  beforeEach(() => {
    before = tf.memory().numTensors;
  });

  /** How many outputs were judged one by one, after a comparison with the plain loop. */
  async function judged(run: (inputs: { x: tf.Tensor }) => Promise<tf.Tensor>): Promise<number> {
    const draw = uniform(3);
    const candidates = Array.from({ length: CANDIDATES }, () => ({ encode: draw(12) }));
    const examples = Array.from({ length: EXAMPLES }, (_, index) => ({
      inputs: { x: tf.tensor1d(draw(4)) },
      expected: index % 3,
    }));
    const metric = counting();
    const evaluate = (mode: EvaluationMode): Promise<PopulationEvaluation> =>
      hyperSystem({ name: "judged", hyperfunctions: [encode] }, run).evaluatePopulation(
        candidates,
        examples,
        metric,
        { mode },
      );
    const wavefront = await evaluate("wavefront");
    const count = metric.judged;
    expect(tidied(wavefront)).toEqual(tidied(await evaluate("loop")));
    tf.dispose(examples.map(({ inputs }) => inputs.x));
    expect(tf.memory().numTensors).toBe(before);
    return count;
  }

  const first = (tensor: tf.Tensor): number => tensor.dataSync()[0] ?? NaN;

  it("reads the scores from the batch", async () => {
    expect(await judged(({ x }) => encode({ x }))).toBe(0);
  });

  it("gives runs that failed their own worth", async () => {
    const count = await judged(async ({ x }) => {
      const h = await encode({ x });
      if (first(h) > 0) throw new RangeError("positive");
      return h;
    });
    expect(count).toBe(0);
  });

  it("leaves a candidate missing where an output is no number", async () => {
    const count = await judged(async ({ x }) => {
      const h = await encode({ x });
      return h.div(h.greater(-0.9).toFloat().min()).mul(1);
    });
    expect(count).toBe(0);
  });

  it("goes one by one where outputs come from several batches", async () => {
    const count = await judged(async ({ x }) => {
      const h = await encode({ x });
      return first(h) > 0 ? h : encode({ x: x.mul(2) });
    });
    expect(count).toBe(CANDIDATES * EXAMPLES);
  });

  it("wants every row at its own place, and alive", async () => {
    const layouts = layoutsOf(["f"]);
    const population = drawPopulation({ size: 2, seed: 1, w: 1, v: "dense", s: "dense" }, ["f"]);
    const inputs = [0, 1].map((value) => tf.tensor1d([value, value]));
    const session = tfjsTensorEngine.openPopulation(population, layouts, inputs);
    const calls = [0, 1, 2, 3].map((cell) => {
      const [candidate, example] = [cell >> 1, cell % 2];
      return { candidate, example, input: session.inputs(candidate, example) };
    });
    const score = async (...cells: unknown[]): Promise<unknown> => {
      const rows = await session.scoreCells?.([cells.slice(0, 2), cells.slice(2)], counting(), [0, 0]);
      return rows?.map((row) => [...row]);
    };
    const [a, b, c, d] = await session.callBatch((x) => tf.add(x as tf.Tensor, 1), calls);
    expect(await score(a, b, c, d)).toEqual([
      [-2, -4],
      [-2, -4],
    ]);
    expect(await score(b, a, c, d)).toBeUndefined();
    expect(await score(a, 1, c, d)).toBeUndefined();
    expect(await score(undefined, undefined, undefined, undefined)).toBeUndefined();
    (b as tf.Tensor).dispose();
    expect(await score(a, b, c, d)).toBeUndefined();
    expect(await score(a, undefined, c, d)).toHaveLength(2);
    session.close();
    tf.dispose(inputs);
    expect(tf.memory().numTensors).toBe(before);
  });
});
