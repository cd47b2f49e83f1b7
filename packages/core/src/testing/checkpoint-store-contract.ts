/** What every `CheckpointStore` must do, as cases for any test runner. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import type { CheckpointStore } from "../checkpoint/checkpoint-store.js";
import { isHyperfuncError, type HyperfuncErrorCode } from "../errors/hyperfunc-error.js";
import type { ContractCase } from "./contract-case.js";

/** Opens the store on the same storage again, as a restarted process would. */
export type Reopen = () => CheckpointStore;

type Check = (reopen: Reopen) => Promise<void>;

/**
 * The contract of `CheckpointStore`.
 *
 * @param fresh Makes empty storage for one case.
 * @example
 * import { memoryCheckpoints } from "@hyperfunc/core";
 * import { checkpointStoreContract } from "@hyperfunc/core/testing";
 * const cases = checkpointStoreContract(() => {
 *   const store = memoryCheckpoints();
 *   return () => store;
 * });
 * for (const { run } of cases) await run(); // or: it(name, run)
 * console.log(cases[0]?.name); // is empty at first
 */
export function checkpointStoreContract(fresh: () => Reopen | Promise<Reopen>): ContractCase[] {
  return Object.entries(CASES).map(([name, check]) => ({ name, run: async () => check(await fresh()) }));
}

const CASES: Readonly<Record<string, Check>> = {
  "is empty at first": async (reopen) => {
    const store = await loaded(reopen);
    deepEqual(await reopen().load(), { checkpoint: undefined, warnings: [] });
    deepEqual(await store.calls(), []);
    deepEqual(await store.history(), []);
  },

  "brings back the newest checkpoint": async (reopen) => {
    const store = await loaded(reopen);
    const data = {
      theta: [0.1, -1e-300, 1.7976931348623157e308],
      text: "äπ🙂\n\u2028",
      none: null,
      nested: [{ a: [] }, {}],
    };
    await store.save({ step: 0, data: "before" });
    await store.save({ step: 7, data });
    deepEqual(await reopen().load(), { checkpoint: { step: 7, data }, warnings: [] });
  },

  "shares nothing with what was saved": async (reopen) => {
    const store = await loaded(reopen);
    const data = { theta: [1] };
    await store.save({ step: 1, data });
    data.theta.push(2);
    deepEqual((await reopen().load()).checkpoint?.data, { theta: [1] });
  },

  "refuses a step that does not grow": async (reopen) => {
    const store = await loaded(reopen);
    for (const step of [-1, 0.5, NaN, Infinity])
      await fails(store.save({ step, data: 0 }), "INVALID_ARGUMENT");
    await store.save({ step: 3, data: "kept" });
    await fails(store.save({ step: 3, data: 0 }), "INVALID_ARGUMENT");
    await fails((await loaded(reopen)).save({ step: 2, data: 0 }), "INVALID_ARGUMENT");
    deepEqual((await reopen().load()).checkpoint, { step: 3, data: "kept" });
  },

  "refuses data that JSON would change": async (reopen) => {
    const store = await loaded(reopen);
    await store.save({ step: 1, data: "kept" });
    const circle: unknown[] = [];
    circle.push(circle);
    for (const bad of [NaN, -Infinity, 1n, new Map(), new Date(0), () => 1, [undefined], circle]) {
      await fails(store.save({ step: 2, data: { bad } }), "INVALID_ARGUMENT");
    }
    deepEqual((await reopen().load()).checkpoint, { step: 1, data: "kept" });
  },

  "keeps calls until the next checkpoint": async (reopen) => {
    const store = await loaded(reopen);
    await store.appendCall({ key: "early", response: 0 });
    await store.save({ step: 1, data: 0 });
    await store.appendCall({ key: "a", response: { content: "one" } });
    await store.appendCall({ key: "b", response: "two" });
    const calls = [
      { key: "a", response: { content: "one" } },
      { key: "b", response: "two" },
    ];
    deepEqual(await store.calls(), calls);
    const later = await loaded(reopen);
    deepEqual(await later.calls(), calls);
    await later.appendCall({ key: "c", response: 3 });
    equal((await later.calls()).length, 3);
    await later.save({ step: 2, data: 0 });
    deepEqual(await later.calls(), []);
    deepEqual(await (await loaded(reopen)).calls(), []);
  },

  "takes many calls at once": async (reopen) => {
    const store = await loaded(reopen);
    const keys = Array.from({ length: 100 }, (_, index) => `call ${index}`);
    await Promise.all(keys.map((key) => store.appendCall({ key, response: key.length })));
    deepEqual(
      (await (await loaded(reopen)).calls()).map(({ key }) => key),
      keys,
    );
  },

  "keeps the history up to the checkpoint": async (reopen) => {
    const store = await loaded(reopen);
    for (const step of [1, 2]) {
      await store.appendHistory({ step, entry: { best: step / 10 } });
      await store.save({ step, data: 0 });
    }
    await store.appendHistory({ step: 3, entry: "never saved" });
    equal((await store.history()).length, 3);
    const resumed = await loaded(reopen);
    const kept = [
      { step: 1, entry: { best: 0.1 } },
      { step: 2, entry: { best: 0.2 } },
    ];
    deepEqual(await resumed.history(), kept);
    await resumed.appendHistory({ step: 3, entry: "again" });
    await resumed.save({ step: 3, data: 0 });
    deepEqual(await (await loaded(reopen)).history(), [...kept, { step: 3, entry: "again" }]);
  },

  "forgets the history of a run that never saved": async (reopen) => {
    await (await loaded(reopen)).appendHistory({ step: 1, entry: "lost" });
    const store = await loaded(reopen);
    deepEqual(await store.history(), []);
    await store.appendHistory({ step: 1, entry: "new" });
    deepEqual(await store.history(), [{ step: 1, entry: "new" }]);
  },

  "forgets everything on clear": async (reopen) => {
    const store = await loaded(reopen);
    await store.appendHistory({ step: 5, entry: 0 });
    await store.save({ step: 5, data: 0 });
    await store.appendCall({ key: "a", response: 0 });
    const cleared = reopen();
    await cleared.clear();
    deepEqual(await cleared.history(), []);
    deepEqual(await cleared.calls(), []);
    await cleared.save({ step: 1, data: "new" });
    deepEqual((await reopen().load()).checkpoint, { step: 1, data: "new" });
  },
};

async function loaded(reopen: Reopen): Promise<CheckpointStore> {
  const store = reopen();
  await store.load();
  return store;
}

async function fails(work: Promise<unknown>, code: HyperfuncErrorCode): Promise<void> {
  await rejects(work, (error) => isHyperfuncError(error, code));
}
