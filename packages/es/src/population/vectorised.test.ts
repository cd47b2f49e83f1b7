/** The vectorised run of random programs against the plain loop over candidates and examples. */
import { beforeAll, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { useBackend } from "../backend/use-backend.js";
import { OwnedTensors, runOwned } from "../lifetime/owned-tensors.js";
import { largestDifference } from "../../test/vmap/largest-difference.js";
import { tfjsTensorEngine } from "./tensor-engine.js";
import { plainPopulation } from "../../test/population/plain-population.js";
import {
  arbitraryPopulation,
  drawPopulation,
  layoutsOf,
  uniform,
} from "../../test/population/random-population.js";
import { WIDTH, arbitrarySteps, runSteps, type ProgramHp } from "../../test/population/random-program.js";

const layouts = layoutsOf(["f"]);

describe.each(["cpu", "wasm"] as const)("the vectorised run on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("gives what the plain loop gives, and leaves no tensor behind", async () => {
    const arbitrary = [arbitraryPopulation, fc.integer({ min: 1, max: 4 }), arbitrarySteps] as const;
    await fc.assert(
      fc.asyncProperty(...arbitrary, async (shape, examples, steps) => {
        const before = tf.memory().numTensors;
        const population = drawPopulation(shape, ["f"]);
        const draw = uniform(shape.seed + 1);
        const inputs = Array.from({ length: examples }, () => ({ x: tf.tensor1d(draw(WIDTH)) }));
        type Input = (typeof inputs)[number];

        const session = tfjsTensorEngine.openPopulation(population, layouts, inputs);
        const scope = new OwnedTensors();
        const output = await runOwned(scope, async () => {
          const { x } = session.batchedInputs() as Input;
          await Promise.resolve();
          return runSteps(steps, x, session.hp("f") as ProgramHp);
        });
        const rows = await session.outputs(output);
        session.close();
        scope.close();
        expect(tf.memory().numTensors).toBe(before + inputs.length);
        const plain = await plainPopulation(population, layouts, inputs, ({ x }, hp) =>
          runSteps(steps, x, hp("f") as ProgramHp),
        );
        expect(largestDifference(rows, plain)).toBeLessThan(1e-4);
        await expect(tfjsTensorEngine.agrees(rows, plain)).resolves.toBe(true);
        tf.dispose([...inputs.map(({ x }) => x), ...tensorsOf(plain)]);
        expect(tf.memory().numTensors).toBe(before);
      }),
      { numRuns: backend === "wasm" ? 300 : 100 },
    );
  }, 60_000);
});

function tensorsOf(rows: unknown[][]): tf.Tensor[] {
  return rows
    .flat()
    .flatMap((cell) => Object.values(cell as Record<string, tf.Tensor>))
    .filter((tensor) => !tensor.isDisposed);
}
