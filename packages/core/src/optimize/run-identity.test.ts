/** Which data a checkpoint belongs to: any values can be told apart, and none is an obstacle. */
import { describe, expect, it } from "@jest/globals";
import {
  defineHpType,
  example,
  hyperfunction,
  hyperSystem,
  memoryCheckpoints,
  perExample,
  type CheckpointStore,
} from "@hyperfunc/core";
import { walker } from "../../test/walker.js";

const Shift = defineHpType({ name: "Shift", fields: { by: { default: 0 } } });
const shift = hyperfunction(
  { name: "shift", hpType: Shift, optimizeHparams: true },
  (_: unknown, { hp }) => hp.by,
);

async function run(inputs: unknown, checkpoint?: CheckpointStore): Promise<unknown> {
  const system = hyperSystem({ name: "shifting", optimizer: walker({ steps: 1 }) }, (x: unknown) => shift(x));
  const metric = perExample((output: number) => output);
  return system.optimize(
    [example(inputs, undefined)],
    metric,
    checkpoint === undefined ? {} : { checkpoint },
  );
}

function circle(radius: number): object {
  const node: { radius: number; self?: unknown } = { radius };
  node.self = node;
  return node;
}

describe("data of any kind", () => {
  const pairs: readonly [what: string, one: unknown, other: unknown][] = [
    ["numbers", 1, 2],
    ["numbers and texts", 1, "1"],
    ["truth values", true, false],
    ["nothing and null", undefined, null],
    ["what JSON has no number for", NaN, Infinity],
    ["big integers", 1n, 2n],
    ["cycles", circle(1), circle(2)],
    ["maps", new Map([["a", 1]]), new Map([["a", 2]])],
    ["sets", new Set([1]), new Set([2])],
    ["dates", new Date(0), new Date(1)],
    ["typed arrays", new Float32Array([1, 2]), new Float32Array([1, 3])],
    [
      "class instances",
      new (class Point {
        readonly x = 1;
      })(),
      new (class Point {
        readonly x = 2;
      })(),
    ],
    ["keys", { a: 1 }, { b: 1 }],
  ];

  it.each(pairs)("is told apart: %s", async (_, one, other) => {
    const store = memoryCheckpoints();
    await run(one, store);
    await expect(run(one, store)).resolves.toBeDefined();
    await expect(run(other, store)).rejects.toMatchObject({
      code: "CHECKPOINT_MISMATCH",
      message: expect.stringMatching(/data was/),
    });
  });

  it("is not looked at without a checkpoint", async () => {
    const shy = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error("looked at");
        },
      },
    );
    await expect(run(shy)).resolves.toBeDefined();
  });
});
