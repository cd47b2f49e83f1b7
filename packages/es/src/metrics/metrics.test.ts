import { perExample, type Metric } from "@hyperfunc/core";
import { beforeAll, describe, expect, it } from "@jest/globals";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { BATCHED_METRIC } from "../population/batched-metric.js";
import { vmap } from "../vmap/vmap.js";
import { accuracy } from "./accuracy.js";
import { binaryCrossEntropy, crossEntropy } from "./cross-entropy.js";
import type { TensorMetric } from "./define-metric.js";
import { meanSquaredError } from "./mean-squared-error.js";
import type { Numeric, PlainNumeric } from "./numeric.js";
import { tensorMetric } from "./tensor-metric.js";

beforeAll(async () => {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
});

const close = tensorMetric((output, expected) => tf.neg(tf.sum(tf.abs(tf.sub(output, expected)))), {
  name: "close",
});

/** Scores `[candidates, examples]` of outputs `[candidates, examples, ...shape]`, batched as a population batches them. */
function batchedScores(metric: TensorMetric, outputs: tf.Tensor, expected: readonly Numeric[]): number[][] {
  const ofCandidate = (candidate: tf.Tensor): tf.Tensor =>
    vmap((output: tf.Tensor) => metric[BATCHED_METRIC](output, expected))(candidate);
  return vmap(ofCandidate)(outputs).arraySync() as number[][];
}

describe("accuracy", () => {
  it("compares the best class with an index, a one-hot row or a distribution", async () => {
    const outputs = [
      [0.1, 0.7, 0.2],
      [0.5, 0.1, 0.4],
      [0.3, 0.3, 0.4],
    ];
    expect(await accuracy(outputs, [1, 0, 2])).toBe(1);
    expect(
      await accuracy(outputs, [
        [0, 1, 0],
        [0, 0, 1],
        [0.2, 0.2, 0.6],
      ]),
    ).toBeCloseTo(2 / 3, 12);
    expect(await accuracy([tf.tensor([0.1, 0.9]), tf.tensor([[0.1, 0.9]])], [1, tf.scalar(0, "int32")])).toBe(
      0.5,
    );
  });

  it("takes the first of equal scores", () => {
    expect(accuracy.perExample([0.5, 0.5], 0)).toBe(1);
    expect(accuracy.perExample([0.5, 0.5], 1)).toBe(0);
  });

  it("averages over the rows of an output", () => {
    expect(
      accuracy.perExample(
        [
          [0.9, 0.1],
          [0.2, 0.8],
          [0.6, 0.4],
        ],
        [0, 1, 1],
      ),
    ).toBeCloseTo(2 / 3, 12);
  });

  it("takes a single whole number as a class and any other as the probability of class 1", () => {
    expect(accuracy([0.7, 0.5, 0.2, 1, 3], [1, 0, 0, 1, 3])).toBe(1);
    expect(accuracy([0.7, 3], [0, 1])).toBe(0);
    expect(accuracy([[0.7], [0.3]], [true, [0]])).toBe(1);
  });
});

describe("crossEntropy, binaryCrossEntropy and meanSquaredError", () => {
  it("are negated, so that better is higher and perfect is 0", () => {
    expect(crossEntropy([[0.25, 0.75]], [1])).toBeCloseTo(Math.log(0.75), 12);
    expect(crossEntropy([[0.25, 0.75]], [[0.5, 0.5]])).toBeCloseTo((Math.log(0.25) + Math.log(0.75)) / 2, 12);
    const twoRows = [
      [0.25, 0.75],
      [0.5, 0.5],
    ];
    const mean = (Math.log(0.75) + Math.log(0.5)) / 2;
    expect(crossEntropy([twoRows], [[1, 0]])).toBeCloseTo(mean, 12);
    expect(batchedScores(crossEntropy, tf.tensor([[twoRows]]), [[1, 0]])[0]?.[0]).toBeCloseTo(mean, 6);
    expect(binaryCrossEntropy([0.25, 0.25], [1, false])).toBeCloseTo(
      (Math.log(0.25) + Math.log(0.75)) / 2,
      12,
    );
    expect(meanSquaredError([[1, 2], 3], [[2, 4], 3])).toBeCloseTo(-1.25, 12);
    for (const perfect of [
      crossEntropy([[0, 1]], [1]),
      binaryCrossEntropy([1, 0], [1, 0]),
      meanSquaredError([2], [2]),
    ]) {
      expect(Math.abs(perfect as number)).toBe(0);
    }
  });

  it("stay finite on a certain mistake, at the score of a failed example", () => {
    expect(crossEntropy([[1, 0]], [1])).toBe(crossEntropy.worst);
    expect(binaryCrossEntropy([1], [0])).toBeCloseTo(binaryCrossEntropy.worst ?? 0, 6);
    expect(crossEntropy.worst).toBeCloseTo(-16.1181, 4);
  });
});

describe("every metric", () => {
  const metrics = { accuracy, crossEntropy, binaryCrossEntropy, meanSquaredError, close };

  it("is a metric of core, with a judgement of single outputs", async () => {
    const typed: readonly Metric<unknown, tf.Tensor, number>[] = Object.values(metrics);
    expect(typed.length).toBe(5);
    for (const metric of Object.values(metrics)) {
      const outputs = [
        [0.2, 0.8],
        [0.4, 0.6],
      ];
      const expected = [
        [0, 1],
        [1, 0],
      ];
      const viaCore = await perExample(metric.perExample)(outputs, expected);
      expect(await metric(outputs, expected)).toBeCloseTo(viaCore, 12);
    }
  });

  it("gives the same for plain numbers, for tensors and for a batched population", async () => {
    const score = fc.double({ min: 0.01, max: 0.99, noNaN: true }).map(Math.fround);
    const cases = fc
      .record({
        candidates: fc.integer({ min: 1, max: 3 }),
        examples: fc.integer({ min: 1, max: 4 }),
        classes: fc.integer({ min: 2, max: 4 }),
      })
      .chain(({ candidates, examples, classes }) => {
        const rows = fc.array(fc.array(score, { minLength: classes, maxLength: classes }), {
          minLength: examples,
          maxLength: examples,
        });
        return fc.record({
          outputs: fc.array(rows, { minLength: candidates, maxLength: candidates }),
          targets: rows,
          indices: fc.array(fc.nat(classes - 1), { minLength: examples, maxLength: examples }),
          metric: fc.constantFrom(...Object.values(metrics)),
          kind: fc.constantFrom("rows" as const, "indices" as const),
          tensors: fc.boolean(),
        });
      });
    await fc.assert(
      fc.asyncProperty(cases, async ({ outputs, targets, indices, metric, kind, tensors }) => {
        fc.pre(kind === "rows" || metric === accuracy || metric === crossEntropy);
        const plain: PlainNumeric[] = kind === "rows" ? targets : indices;
        const expected: Numeric[] = tensors ? plain.map((value) => tf.tensor(value as number[])) : plain;
        const batched = batchedScores(metric, tf.tensor(outputs), expected);
        for (const [candidate, rows] of outputs.entries()) {
          for (const [example, row] of rows.entries()) {
            const wanted = await metric.perExample(row, plain[example] ?? 0);
            expect(batched[candidate]?.[example]).toBeCloseTo(wanted, 4);
            expect(await metric.perExample(tf.tensor(row), expected[example] ?? 0)).toBeCloseTo(wanted, 5);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("judges single numbers alike in a batch", () => {
    const outputs = tf.tensor([
      [0.7, 0.2, 1, 3],
      [0.5, 0.9, 0, 2],
    ]);
    expect(batchedScores(accuracy, outputs, [1, 0, 1, 3])).toEqual([
      [1, 1, 1, 1],
      [0, 0, 0, 0],
    ]);
    const scores = batchedScores(binaryCrossEntropy, tf.tensor([[0.25, 0.75]]), [true, 1])[0];
    expect(scores?.[0]).toBeCloseTo(Math.log(0.25), 5);
    expect(scores?.[1]).toBeCloseTo(Math.log(0.75), 5);
  });

  it("never hides NaN or an infinity: an error alone, NaN for one example, NaN in a batch", async () => {
    for (const [name, metric] of Object.entries(metrics)) {
      const outputs = [
        [0.5, 0.5],
        [Number.NaN, 1],
      ];
      const expected = [
        [0, 1],
        [0, 1],
      ];
      await expect((async () => metric(outputs, expected))()).rejects.toThrow(
        `${name} returned NaN: output 1 contains NaN`,
      );
      expect(await metric.perExample([Number.NaN, 1], [0, 1])).toBeNaN();
      if (metric !== close) expect(await metric.perExample([Infinity, 0], [0, 1])).toBeNaN();
      expect(batchedScores(metric, tf.tensor([outputs]), expected)[0]?.[1]).toBeNaN();
      if (metric !== close)
        expect(() => metric([[0.5, 0.5]], [[Number.NaN, 1]])).toThrow("an expected value contains NaN");
    }
  });

  it("says what does not fit", async () => {
    expect(() => accuracy([], [])).toThrow("accuracy has nothing to judge");
    expect(() => accuracy([1], [])).toThrow("accuracy got 1 outputs and 0 expected values");
    expect(() => crossEntropy([[0.1, 0.9]], [[1, 0, 0]])).toThrow(
      "crossEntropy: the prediction has shape [2] and the expected value [3]; give an expected value of the same shape, or one class index for each of 1 row(s).",
    );
    expect(() => meanSquaredError([[1, 2]], [1])).toThrow(
      "meanSquaredError: the prediction has shape [2] and the expected value []",
    );
    expect(() => crossEntropy([[0.1, 0.9]], [2])).toThrow(
      "the expected class is 2, but the prediction has classes 0 to 1",
    );
    expect(() => crossEntropy([0.9], [1])).toThrow("use binaryCrossEntropy");
    expect(() => accuracy(["yes" as unknown as number], [1])).toThrow('The output is the text "yes"');
    expect(() => accuracy([[[1], [1, 2]]], [1])).toThrow("The output is a ragged list");
    await expect(tensorMetric((output) => output)([[1, 2]], [0])).rejects.toThrow("must give a scalar");
    const outputs = tf.tensor([
      [
        [0.1, 0.9],
        [0.2, 0.8],
      ],
    ]);
    expect(() => batchedScores(crossEntropy, outputs, [0, 5])).toThrow("the expected class is 5");
    expect(batchedScores(crossEntropy, outputs, [tf.scalar(0), tf.scalar(5)])[0]?.[1]).toBeNaN();
    expect(() => batchedScores(accuracy, outputs, [tf.scalar(0), 1])).toThrow(
      "must all be tensors of one shape, or none",
    );
    expect(() => batchedScores(close, outputs, [[0, 1], 1])).toThrow(
      "close: expected values must have one shape, got [2] and []",
    );
  });

  it("asks for outputs one by one when the program returns no tensor", () => {
    const wrong = { probabilities: tf.tensor([0.5]) } as unknown as tf.Tensor;
    for (const metric of [accuracy, crossEntropy, binaryCrossEntropy, meanSquaredError]) {
      expect(() => metric[BATCHED_METRIC](wrong, [1])).toThrow(
        "judges a batch only when outputs are single tensors",
      );
    }
  });

  it("of one's own may judge objects of tensors, one by one and in a batch", async () => {
    type Guess = { readonly centre: tf.Tensor; readonly width: tf.Tensor };
    const inside = tensorMetric(({ centre, width }: Guess, expected) =>
      tf.cast(tf.lessEqual(tf.abs(tf.sub(expected, centre)), width), "float32"),
    );
    const guesses = [0, 2].map((centre) => ({ centre: tf.scalar(centre), width: tf.scalar(0.5) }));
    expect(await inside(guesses, [0.2, 3])).toBe(0.5);
    const batched = vmap((centre: tf.Tensor, width: tf.Tensor) =>
      inside[BATCHED_METRIC]({ centre, width }, [0.2, 3]),
    );
    expect(batched(tf.tensor([0, 2]), tf.tensor([0.5, 0.5])).arraySync()).toEqual([1, 0]);
  });

  it("leaves no tensor behind, and the user's own alone", async () => {
    const output = tf.tensor([0.2, 0.8]);
    const identity = tensorMetric((value) => tf.sum(value));
    const itself = tensorMetric((value) => value);
    const scalar = tf.scalar(0.5);
    const before = tf.memory().numTensors;
    for (const metric of [...Object.values(metrics), identity]) await metric([output], [[0, 1]]);
    expect(await itself([scalar], [0])).toBe(0.5);
    expect(tf.memory().numTensors).toBe(before);
    expect([output.isDisposed, scalar.isDisposed]).toEqual([false, false]);
  });
});
