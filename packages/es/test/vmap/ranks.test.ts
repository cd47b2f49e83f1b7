/** Core operations on tensors of rank 0 to 6, batched one to three times: more axes than most kernels of tfjs know. */
import { beforeAll, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { useBackend } from "../../src/backend/use-backend.js";
import { vmap } from "../../src/vmap/vmap.js";
import { largestDifference } from "./largest-difference.js";
import { plainLoop } from "./plain-loop.js";

type T = tf.Tensor;

/** An operation, the least rank it takes, and what it does with a tensor of any rank and whole numbers drawn for it. */
interface Core {
  readonly least: number;
  readonly run: (x: T, y: T, choice: number) => unknown;
}

const rotated = (rank: number, by: number): number[] =>
  Array.from({ length: rank }, (_, axis) => (axis + by) % Math.max(rank, 1));

/** Some of the sides become 1, so that the operand is broadcast. */
const narrowed = (x: T, mask: number): T =>
  tf.slice(
    x,
    x.shape.map(() => 0),
    x.shape.map((side, axis) => ((mask >> axis) & 1 ? 1 : side)),
  );

const CORE: Record<string, Core> = {
  transpose: { least: 0, run: (x, _, choice) => [tf.transpose(x), tf.transpose(x, rotated(x.rank, choice))] },
  tile: {
    least: 1,
    run: (x, _, choice) =>
      tf.tile(
        x,
        x.shape.map((_side, axis) => 1 + ((choice >> axis) & 1)),
      ),
  },
  slice: { least: 1, run: (x, _, choice) => [narrowed(x, choice), tf.slice(x, x.shape[0] === 1 ? 0 : 1)] },
  add: { least: 0, run: (x, y) => tf.add(x, y) },
  "add, broadcast": {
    least: 1,
    run: (x, y, choice) => tf.sub(narrowed(x, choice), narrowed(y, choice >> 3)),
  },
  "multiply by the last axes": { least: 1, run: (x, y) => tf.mul(x, tf.squeeze(tf.slice(y, 0, 1), [0])) },
  pad: {
    least: 1,
    run: (x, _, choice) =>
      tf.pad(
        x,
        x.shape.map((_side, axis) => [(choice >> axis) & 1, 1]),
        7,
      ),
  },
  mirrorPad: {
    least: 1,
    run: (x, _, choice) =>
      tf.mirrorPad(
        x,
        x.shape.map((_side, axis) => [(choice >> axis) & 1, 1]),
        "symmetric",
      ),
  },
  reverse: { least: 1, run: (x, _, choice) => tf.reverse(x, choice % x.rank) },
  stridedSlice: {
    least: 1,
    run: (x, _, choice) =>
      tf.stridedSlice(
        x,
        x.shape.map(() => 0),
        x.shape,
        x.shape.map((_side, axis) => 1 + ((choice >> axis) & 1)),
      ),
  },
  concat: { least: 1, run: (x, y, choice) => tf.concat([x, y], choice % x.rank) },
  stack: { least: 0, run: (x, y, choice) => tf.stack([x, y], choice % (x.rank + 1)) },
  unstack: { least: 1, run: (x, _, choice) => tf.unstack(x, choice % x.rank) },
  split: {
    least: 1,
    run: (x, y, choice) => tf.split(tf.concat([x, y], choice % x.rank), 2, choice % x.rank),
  },
  reshape: { least: 0, run: (x) => tf.reshape(x, [-1]) },
  expandDims: { least: 0, run: (x, _, choice) => tf.expandDims(x, choice % (x.rank + 1)) },
  broadcastTo: { least: 0, run: (x) => tf.broadcastTo(x, [2, ...x.shape]) },
  gather: { least: 1, run: (x, _, choice) => tf.gather(x, tf.tensor1d([0, 0], "int32"), choice % x.rank) },
  where: { least: 0, run: (x, y) => tf.where(tf.greater(x, y), x, y) },
  sum: {
    least: 0,
    run: (x, _, choice) => [tf.sum(x), tf.sum(x, x.rank === 0 ? undefined : choice % x.rank)],
  },
  max: { least: 1, run: (x, _, choice) => [tf.max(x), tf.max(x, choice % x.rank, true)] },
  argMax: { least: 1, run: (x, _, choice) => tf.argMax(x, choice % x.rank) },
  cumsum: { least: 1, run: (x, _, choice) => tf.cumsum(x, choice % x.rank) },
  softmax: { least: 1, run: (x) => tf.softmax(x) },
  topk: { least: 1, run: (x) => tf.topk(x, 1) },
  oneHot: { least: 0, run: (x) => tf.oneHot(tf.cast(tf.greater(x, 0), "int32"), 2) },
  matMul: { least: 2, run: (x, y) => [tf.matMul(x, y, false, true), tf.matMul(x, y, true, false)] },
  moments: { least: 1, run: (x, _, choice) => tf.moments(x, choice % x.rank, true) },
  prelu: { least: 1, run: (x, y) => tf.prelu(x, y) },
};

const arbitraryCall = fc.record({
  shape: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 6 }),
  /** Per level of nesting: whether the first and the second operand are batched there. */
  levels: fc.array(fc.constantFrom([true, true] as const, [true, false] as const, [false, true] as const), {
    minLength: 1,
    maxLength: 3,
  }),
  choice: fc.nat(255),
});

type Level = readonly [x: boolean, y: boolean];
type Run = (x: T, y: T) => unknown;

function nested(batch: (run: Run, inAxes: (0 | null)[]) => Run, levels: readonly Level[], run: Run): Run {
  return levels.reduceRight<Run>((inner, [x, y]) => batch(inner, [x ? 0 : null, y ? 0 : null]), run);
}

describe.each(["cpu", "wasm"] as const)("ranks on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(Object.entries(CORE))("%s", (_name, { least, run }) => {
    fc.assert(
      fc.property(arbitraryCall, ({ shape, levels, choice }) => {
        fc.pre(shape.length >= least);
        const before = tf.memory().numTensors;
        tf.tidy(() => {
          const own = (side: 0 | 1): number[] => [
            ...levels.flatMap((level) => (level[side] ? [2] : [])),
            ...shape,
          ];
          const [x, y] = [tf.randomNormal(own(0)), tf.randomNormal(own(1))];
          const bound: Run = (a, b) => run(a, b, choice);
          const batched = nested((inner, inAxes) => vmap(inner, { inAxes }), levels, bound);
          const plain = nested((inner, inAxes) => plainLoop(inner, inAxes), levels, bound);
          expect(largestDifference(batched(x, y), plain(x, y))).toBeLessThan(1e-4);
        });
        expect(tf.memory().numTensors).toBe(before);
      }),
      { numRuns: 60 },
    );
  });
});
