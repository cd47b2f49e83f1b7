import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { checkpointStoreContract } from "../testing/checkpoint-store-contract.js";
import type { CheckpointStore } from "./checkpoint-store.js";
import { directoryCheckpoints } from "./directory-checkpoints.js";
import { nodeFileSystem, type FileSystem } from "./file-system.js";

const made: string[] = [];
async function freshDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "hyperfunc-checkpoints-"));
  made.push(directory);
  return directory;
}
afterAll(() => Promise.all(made.map((directory) => rm(directory, { recursive: true }))));

async function opened(directory: string, fs?: FileSystem): Promise<CheckpointStore> {
  const store = directoryCheckpoints(directory, fs === undefined ? {} : { fs });
  await store.load();
  return store;
}

/** Three saved steps with calls after each. */
async function threeSteps(directory: string): Promise<void> {
  const store = await opened(directory);
  for (const step of [1, 2, 3]) {
    await store.appendHistory({ step, entry: `entry ${step}` });
    await store.save({ step, data: `data ${step}` });
    await store.appendCall({ key: `call after ${step}`, response: step });
  }
}

/** File operations that stop working for good after `lasting` of them, in the middle of the write if it is one. */
function crashingAfter(lasting: number): { fs: FileSystem; crashed: () => boolean } {
  let left = lasting;
  let crashed = false;
  const step = async <T>(work: () => Promise<T>, torn?: () => Promise<unknown>): Promise<T> => {
    if (left-- > 0) return work();
    if (!crashed) await torn?.();
    crashed = true;
    throw new Error("crash");
  };
  const fs: FileSystem = {
    mkdir: (path, options) => step(() => nodeFileSystem.mkdir(path, options)),
    readdir: (path) => step(() => nodeFileSystem.readdir(path)),
    readFile: (path, encoding) => step(() => nodeFileSystem.readFile(path, encoding)),
    rename: (from, to) => step(() => nodeFileSystem.rename(from, to)),
    rm: (path, options) => step(() => nodeFileSystem.rm(path, options)),
    open: async (path, flags) => {
      const file = await step(() => nodeFileSystem.open(path, flags));
      return {
        writeFile: (text, encoding) =>
          step(
            () => file.writeFile(text, encoding),
            () => file.writeFile(text.slice(0, text.length / 2), encoding),
          ),
        sync: () => step(() => file.sync()),
        close: () => file.close(),
      };
    },
  };
  return { fs, crashed: () => crashed };
}

describe("directoryCheckpoints", () => {
  const cases = checkpointStoreContract(async () => {
    const directory = join(await freshDirectory(), "made", "when", "needed");
    return () => directoryCheckpoints(directory);
  });
  for (const { name, run } of cases) it(name, run);

  it("keeps the two newest checkpoints with their calls, and other people's files", async () => {
    const directory = await freshDirectory();
    await writeFile(join(directory, "notes.txt"), "mine");
    await threeSteps(directory);
    expect((await readdir(directory)).sort()).toEqual([
      "calls-2.jsonl",
      "calls-3.jsonl",
      "checkpoint-2.json",
      "checkpoint-3.json",
      "history.jsonl",
      "notes.txt",
    ]);
    await directoryCheckpoints(directory).clear();
    expect(await readdir(directory)).toEqual(["notes.txt"]);
  });

  it("writes JSON that people can read", async () => {
    const directory = await freshDirectory();
    await threeSteps(directory);
    const file: unknown = JSON.parse(await readFile(join(directory, "checkpoint-3.json"), "utf8"));
    expect(file).toEqual({
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      checkpoint: { step: 3, data: "data 3" },
    });
  });

  it("falls back to the checkpoint before, whatever happened to the newest", async () => {
    const directory = await freshDirectory();
    await threeSteps(directory);
    const newest = join(directory, "checkpoint-3.json");
    const intact = await readFile(newest, "utf8");
    const damages = fc.oneof(
      fc.nat(intact.length - 1).map((length) => intact.slice(0, length)),
      fc
        .tuple(fc.nat(intact.length - 1), fc.integer({ min: 1, max: 127 }))
        .map(
          ([at, flip]) =>
            intact.slice(0, at) + String.fromCharCode(intact.charCodeAt(at) ^ flip) + intact.slice(at + 1),
        ),
      fc.string().map((more) => `${intact}${more}x`),
    );
    await fc.assert(
      fc.asyncProperty(damages, async (damaged) => {
        await writeFile(newest, damaged);
        const store = directoryCheckpoints(directory);
        const { checkpoint, warnings } = await store.load();
        expect(checkpoint).toEqual({ step: 2, data: "data 2" });
        expect(warnings).toHaveLength(1);
        expect(warnings[0]).toMatch(
          /checkpoint-3\.json cannot be used: .*; checkpoint-2\.json is used instead\.$/,
        );
        expect(await store.calls()).toEqual([{ key: "call after 2", response: 2 }]);
        expect((await store.history()).map(({ step }) => step)).toEqual([1, 2]);
      }),
      { numRuns: 60 },
    );
  });

  it("leaves the damaged past behind when the run goes on", async () => {
    const directory = await freshDirectory();
    await threeSteps(directory);
    await truncate(join(directory, "checkpoint-3.json"), 10);
    const store = await opened(directory);
    await store.appendHistory({ step: 3, entry: "entry 3, again" });
    await store.save({ step: 3, data: "data 3, again" });
    const later = directoryCheckpoints(directory);
    expect(await later.load()).toEqual({ checkpoint: { step: 3, data: "data 3, again" }, warnings: [] });
    expect(await later.calls()).toEqual([]);
    expect((await later.history()).map(({ entry }) => entry)).toEqual([
      "entry 1",
      "entry 2",
      "entry 3, again",
    ]);
  });

  it("refuses to start over by itself when no checkpoint is intact", async () => {
    const directory = await freshDirectory();
    await threeSteps(directory);
    for (const step of [2, 3]) await truncate(join(directory, `checkpoint-${step}.json`), 0);
    const load = directoryCheckpoints(directory).load();
    await expect(load).rejects.toMatchObject({ code: "CHECKPOINT_MISMATCH" });
    await expect(load).rejects.toThrow(/checkpoint-3\.json.*checkpoint-2\.json.*resume: "never"/);
  });

  it("skips a line that a crash tore, and goes on after it", async () => {
    const directory = await freshDirectory();
    await threeSteps(directory);
    await appendFile(join(directory, "calls-3.jsonl"), '{"key":"torn","respon');
    await appendFile(join(directory, "history.jsonl"), '{"step":4,"ent');
    const store = await opened(directory);
    await store.appendCall({ key: "next", response: 1 });
    await store.appendHistory({ step: 4, entry: "entry 4" });
    expect((await store.calls()).map(({ key }) => key)).toEqual(["call after 3", "next"]);
    expect((await store.history()).map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  });

  it("asks to be opened first, rather than overwrite another run", async () => {
    const directory = await freshDirectory();
    await threeSteps(directory);
    const store = directoryCheckpoints(directory);
    for (const work of [
      store.save({ step: 9, data: 0 }),
      store.appendCall({ key: "a", response: 0 }),
      store.appendHistory({ step: 9, entry: 0 }),
      store.calls(),
      store.history(),
    ]) {
      await expect(work).rejects.toMatchObject({ code: "INVALID_STATE" });
    }
    expect((await directoryCheckpoints(directory).load()).checkpoint?.step).toBe(3);
  });

  it("tells about failures of the disk, and works again after them", async () => {
    const directory = await freshDirectory();
    const { fs } = crashingAfter(0);
    let broken = false;
    const flaky: FileSystem = {
      ...nodeFileSystem,
      open: (path, flags) => (broken ? fs : nodeFileSystem).open(path, flags),
    };
    const store = await opened(directory, flaky);
    await store.save({ step: 1, data: "kept" });
    broken = true;
    await expect(store.save({ step: 2, data: 0 })).rejects.toThrow("crash");
    await expect(store.appendCall({ key: "a", response: 0 })).rejects.toThrow("crash");
    await expect(store.appendHistory({ step: 2, entry: 0 })).rejects.toThrow("crash");
    broken = false;
    expect((await directoryCheckpoints(directory).load()).checkpoint).toEqual({ step: 1, data: "kept" });
    await store.appendCall({ key: "b", response: 0 });
    await store.appendHistory({ step: 2, entry: "two" });
    expect((await store.calls()).map(({ key }) => key)).toEqual(["b"]);
    await store.save({ step: 2, data: 0 });
    expect((await (await opened(directory)).history()).map(({ entry }) => entry)).toEqual(["two"]);
  });

  it("drops what a resumed run left behind, even when the note about it fails at first", async () => {
    const directory = await freshDirectory();
    await threeSteps(directory);
    await (await opened(directory)).appendHistory({ step: 4, entry: "left behind" });
    let broken = true;
    const torn: FileSystem = {
      ...nodeFileSystem,
      open: async (path, flags) => {
        const file = await nodeFileSystem.open(path, flags);
        if (!broken || flags === "r") return file;
        broken = false;
        const writeFile = async (text: string): Promise<void> => {
          await file.writeFile(text.slice(0, 9), "utf8");
          throw new Error("disk full");
        };
        return { writeFile, sync: () => file.sync(), close: () => file.close() };
      },
    };
    const store = await opened(directory, torn);
    await expect(store.appendHistory({ step: 4, entry: "cut short" })).rejects.toThrow("disk full");
    await store.appendHistory({ step: 4, entry: "again" });
    broken = true;
    await expect(store.appendHistory({ step: 4, entry: "cut short, too" })).rejects.toThrow("disk full");
    await store.appendHistory({ step: 4, entry: "and more" });
    const kept = ["entry 1", "entry 2", "entry 3", "again", "and more"];
    expect((await store.history()).map(({ entry }) => entry)).toEqual(kept);
    await store.save({ step: 4, data: 0 });
    expect((await (await opened(directory)).history()).map(({ entry }) => entry)).toEqual(kept);
  });

  it("survives a crash at every single file operation", async () => {
    // Without a crash the scenario takes fewer operations than this.
    for (let operations = 0; operations < 200; operations++) {
      const directory = await freshDirectory();
      const { fs, crashed } = crashingAfter(operations);
      const promised = { step: 0, calls: [] as string[], history: 0 };
      try {
        const store = await opened(directory, fs);
        for (let step = 1; step <= 3; step++) {
          await store.appendCall({ key: `${step}a`, response: 0 });
          promised.calls.push(`${step}a`);
          await Promise.all(
            ["b", "c"].map((name) => store.appendCall({ key: `${step}${name}`, response: 0 })),
          );
          promised.calls.push(`${step}b`, `${step}c`);
          await store.appendHistory({ step, entry: step });
          promised.history = step;
          await store.save({ step, data: { step } });
          promised.step = step;
          promised.calls = [];
        }
      } catch (error) {
        expect(String(error)).toContain("crash");
      }

      const store = directoryCheckpoints(directory);
      const { checkpoint, warnings } = await store.load();
      const step = checkpoint?.step ?? 0;
      expect(warnings).toEqual([]);
      expect(step === promised.step || step === promised.step + 1).toBe(true);
      if (checkpoint !== undefined) expect(checkpoint.data).toEqual({ step });
      expect(await store.history()).toEqual(
        Array.from({ length: step }, (_, index) => ({ step: index + 1, entry: index + 1 })),
      );
      // A call that was promised is there, unless a newer checkpoint has superseded it.
      const keys = (await store.calls()).map(({ key }) => key);
      if (step === promised.step) expect(keys.slice(0, promised.calls.length)).toEqual(promised.calls);
      else expect(keys).toEqual([]);

      await store.appendHistory({ step: step + 1, entry: step + 1 });
      await store.save({ step: step + 1, data: "goes on" });
      expect((await directoryCheckpoints(directory).load()).checkpoint).toEqual({
        step: step + 1,
        data: "goes on",
      });
      if (!crashed()) return;
    }
    throw new Error("The scenario never ran to its end.");
  });
});
