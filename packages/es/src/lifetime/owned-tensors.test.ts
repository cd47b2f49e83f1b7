import { beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { currentTensorScope } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "../backend/use-backend.js";
import { vmap } from "../vmap/vmap.js";
import { OUTLIVES, OwnedTensors, detached, runOwned } from "./owned-tensors.js";

const pause = (turns: number): Promise<void> =>
  turns <= 0
    ? Promise.resolve()
    : new Promise<void>((resolve) => setImmediate(resolve)).then(() => pause(turns - 1));

/** Runs `body` in a scope of its own under `parent` and closes it with the result, as a run does. */
async function run<T>(parent: OwnedTensors | undefined, body: () => Promise<T>): Promise<T> {
  const scope = new OwnedTensors(parent);
  let result: T | undefined;
  try {
    result = await runOwned(scope, body);
    return result;
  } finally {
    scope.close(result);
  }
}

describe.each(["cpu", "wasm"] as const)("scopes of tensors on %s", (backend) => {
  const count = (): number => tf.memory().numTensors;
  let x: tf.Tensor2D;
  let w: tf.Tensor2D;
  let start = 0;

  beforeAll(async () => {
    await useBackend(backend);
    x = tf.ones([1, 8]);
    w = tf.ones([8, 8]);
  });

  beforeEach(() => {
    start = count();
  });

  async function body(index: number): Promise<tf.Tensor> {
    const a = tf.relu(tf.matMul(x, w));
    await pause(index % 4);
    const b = tf.add(a, index);
    await pause(index % 3);
    return tf.sum(b);
  }

  it("own what interleaved async runs make, results excepted", async () => {
    const generation = new OwnedTensors();
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, index) => run(generation, () => body(index))),
    );
    expect(count() - start).toBe(200);
    results.forEach((result, index) => {
      expect(result.dataSync()[0]).toBe(64 + 8 * index);
    });
    generation.close();
    expect(count()).toBe(start);
  });

  it("give results to the caller when there is no parent", async () => {
    const result = await run(undefined, () => body(1));
    expect(count()).toBe(start + 1);
    result.dispose();
  });

  it("keep tensors inside nested results, and dispose the rest", async () => {
    const result = await run(undefined, async () => {
      const [a, b, c] = [tf.add(x, 1), tf.add(x, 2), tf.add(x, 3)];
      await pause(1);
      tf.add(x, 4);
      const self: Record<string, unknown> = { list: [a], map: new Map([["b", b]]), set: new Set([c]), n: 1 };
      self["self"] = self;
      return self;
    });
    expect(count()).toBe(start + 3);
    const { list, map, set } = result as {
      list: tf.Tensor[];
      map: Map<string, tf.Tensor>;
      set: Set<tf.Tensor>;
    };
    tf.dispose([...list, ...map.values(), ...set]);
    expect(count()).toBe(start);
  });

  it("clean up after runs that throw, and inside user tidies", async () => {
    const generation = new OwnedTensors();
    const failing = run(generation, async () => {
      await body(2);
      throw new Error("mine");
    });
    await expect(failing).rejects.toThrow("mine");
    expect(count()).toBe(start);
    const tidied = await run(generation, async () => {
      const sum = tf.tidy(() => tf.sum(tf.add(tf.mul(x, 2), w)));
      await pause(2);
      return tf.tidy(() => [tf.add(sum, 1)]);
    });
    expect(count()).toBe(start + 1);
    expect(tidied[0]?.dataSync()[0]).toBe(193);
    generation.close();
    expect(count()).toBe(start);
  });

  it("leave late work to the nearest open ancestor", async () => {
    const generation = new OwnedTensors();
    let late: Promise<tf.Tensor> | undefined;
    await run(generation, async () => {
      late = pause(3).then(() => tf.add(x, 1));
    });
    const result = await late;
    expect(count()).toBe(start + 1);
    expect(result?.isDisposed).toBe(false);
    generation.close();
    expect(count()).toBe(start);
  });

  it("leave kept tensors and variables to the user", async () => {
    const kept: tf.Tensor[] = [];
    await run(undefined, async () => {
      kept.push(tf.keep(tf.add(x, 1)), tf.variable(tf.add(x, 2)));
      await pause(1);
    });
    expect(count()).toBe(start + 2);
    tf.dispose(kept);
    expect(count()).toBe(start);
  });

  it("own batched tensors and what they hold", async () => {
    const generation = new OwnedTensors();
    await Promise.all(
      Array.from({ length: 20 }, () =>
        run(generation, async () => {
          const rows = await vmap(async (row: tf.Tensor) => {
            await pause(1);
            return tf.sum(tf.mul(row, 2));
          })(w);
          return tf.sum(rows);
        }),
      ),
    );
    expect(count()).toBe(start + 20);
    generation.close();
    expect(count()).toBe(start);
  });

  it("survive the caller's tidy when started detached", async () => {
    const runs: Promise<tf.Tensor>[] = [];
    tf.tidy(() => {
      runs.push(detached(() => run(undefined, () => body(1))));
      expect(tf.engine().state.activeScope).not.toBeNull();
    });
    const [result] = await Promise.all(runs);
    expect(result?.dataSync()[0]).toBe(72);
    result?.dispose();
    expect(count()).toBe(start);
  });

  it("restore the caller's tidy when the start throws", () => {
    tf.tidy(() => {
      const before = tf.engine().state.activeScope;
      expect(() => detached(() => JSON.parse("{") as unknown)).toThrow(SyntaxError);
      expect(tf.engine().state.activeScope).toBe(before);
    });
  });

  it("do not read accessors of results", async () => {
    const result = await run(undefined, async () => ({
      get secret(): never {
        throw new Error("read");
      },
      sum: tf.sum(x),
    }));
    expect(count()).toBe(start + 1);
    result.sum.dispose();
  });

  it("tell a tensor that it outlives its scope", async () => {
    let told = 0;
    const special = Object.assign(tf.add(x, 1), { [OUTLIVES]: () => told++ });
    await run(undefined, async () => [special]);
    expect(told).toBe(1);
    special.dispose();
  });

  it("forget disposed tensors of a long run", () => {
    const scope = new OwnedTensors();
    runOwned(scope, () => {
      for (let index = 0; index < 10_000; index++) tf.add(x, index).dispose();
      expect(currentTensorScope()).toBe(scope);
    });
    scope.close();
    // The scalars that tf.add made of the numbers were the scope's as well.
    expect(count()).toBe(start);
  });
});
