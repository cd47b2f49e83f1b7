/** A run that is interrupted and resumed ends as if it had not been, and pays for nothing twice. */
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  callModel,
  defineHpType,
  directoryCheckpoints,
  example,
  hyperfunction,
  hyperSystem,
  memoryCheckpoints,
  perExample,
  type CheckpointStore,
  type HyperSystem,
  type HyperSystemOptions,
  type OptimizeOptions,
  type OptimizeResult,
} from "@hyperfunc/core";
import { scriptedModel, type ScriptedModel } from "@hyperfunc/core/testing";
import { walker, type WalkerOptions } from "../../test/walker.js";

const Tone = defineHpType({
  name: "Tone",
  fields: { warmth: { default: 0, min: -3, max: 3 }, style: { choices: ["a", "b"] } },
});
const crash = new Error("the process is gone");

/** Answers depend on the request and, as with a real model at temperature, on how often it was asked. */
function model({ onCall = (_: number): void => undefined, temperature = 1 } = {}): ScriptedModel {
  const asked = new Map<string, number>();
  return scriptedModel((request, index) => {
    onCall(index + 1);
    const text = JSON.stringify(request);
    const times = (asked.get(text) ?? 0) + 1;
    asked.set(text, times);
    return {
      content: String((text.length * 7919 + times * temperature * 104729) % 1000),
      raw: { secret: () => "kept out" },
    };
  });
}

interface Setup extends Partial<WalkerOptions> {
  readonly system?: Partial<HyperSystemOptions>;
}

function answering(llm: ScriptedModel, setup: Setup = {}): HyperSystem<string, number> {
  const answer = hyperfunction(
    { name: "answer", hpType: Tone, optimizeHparams: true, prompt: "Answer." },
    async (question: string, { hp, prompt }) => {
      const content = `${prompt} ${hp.style} ${question} ${hp.warmth.toFixed(3)}`;
      return Number((await callModel(llm, { messages: [{ role: "user", content }] })).content) + hp.warmth;
    },
  );
  const { system, ...walking } = setup;
  const optimizer = [
    walker({ name: "first", steps: 4, ...walking }),
    walker({ name: "second", steps: 3, batch: 5, ...walking }),
  ];
  return hyperSystem({ name: "answering", optimizer, ...system }, (question: string) => answer(question));
}

const train = ["why", "how", "what"].map((question) => example(question, 0));
const held = [example("who", 0), example("when", 0)];
const metric = perExample((output: number) => output / 1000);
const options: OptimizeOptions<string, number, number> = { validation: held, validateEvery: 2 };

const timeless = ({ history, usage, ...result }: OptimizeResult): unknown => ({
  ...result,
  history: history.map(({ elapsedMs: _, ...entry }) => entry),
  runs: usage.runs,
});
const withoutWarnings = (result: OptimizeResult): unknown => timeless({ ...result, warnings: [] });

async function uninterrupted(
  llm = model(),
): Promise<{ result: OptimizeResult; state: unknown; calls: number }> {
  const system = answering(llm, { system: { concurrency: 1 } });
  const result = await system.optimize(train, metric, options);
  return { result, state: system.exportState(), calls: llm.requests.length };
}

/** Crashes the run at one of its calls by an error that nothing catches; returns the calls paid so far. */
async function crashAt(call: number, checkpoint: CheckpointStore, shared: ScriptedModel): Promise<void> {
  const before = shared.requests.length;
  const fragile: ScriptedModel = {
    ...shared,
    generate: (request, options) => {
      if (shared.requests.length - before >= call) throw Object.assign(new Error("UNRESOLVED"), fatal);
      return shared.generate(request, options);
    },
  };
  await answering(fragile, { system: { concurrency: 1 } })
    .optimize(train, metric, { ...options, checkpoint })
    .catch(() => undefined);
}
const fatal = {
  [Symbol.for("hyperfunc.error")]: true,
  code: "INVALID_STATE",
  infrastructure: false,
  details: {},
};

interface Place {
  /** Opens the same storage again, as another process would. */
  readonly open: () => CheckpointStore;
  readonly remove: () => Promise<void>;
}

async function inMemory(): Promise<Place> {
  const store = memoryCheckpoints();
  return { open: () => store, remove: () => Promise.resolve() };
}

async function inDirectory(): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), "hyperfunc-"));
  return { open: () => directoryCheckpoints(directory), remove: () => rm(directory, { recursive: true }) };
}

describe.each<[string, number, () => Promise<Place>]>([
  ["in memory", 5, inMemory],
  ["in a directory", 37, inDirectory],
])("with checkpoints %s, a crash at any call", (_, stride, make) => {
  it("changes no bit of the result, and no call is paid twice", async () => {
    const whole = await uninterrupted();
    for (let call = 0; call < whole.calls; call += stride) {
      const { open, remove } = await make();
      const llm = model();
      await crashAt(call, open(), llm);
      const paid = llm.requests.length;
      expect(paid).toBe(call);
      const system = answering(llm, { system: { concurrency: 1 } });
      const result = await system.optimize(train, metric, { ...options, checkpoint: open() });
      expect(withoutWarnings(result)).toEqual(withoutWarnings(whole.result));
      expect(system.exportState()).toEqual(whole.state);
      expect(llm.requests).toHaveLength(whole.calls);
      expect(result.usage.calls).toBe(whole.calls);
      await remove();
    }
  });

  it("again and again still ends the same", async () => {
    const whole = await uninterrupted();
    const { open, remove } = await make();
    const llm = model();
    for (const call of [2, 9, 0, 11, 1, 13]) await crashAt(call, open(), llm);
    const system = answering(llm, { system: { concurrency: 1 } });
    const result = await system.optimize(train, metric, { ...options, checkpoint: open(), resume: "auto" });
    expect(withoutWarnings(result)).toEqual(withoutWarnings(whole.result));
    expect(system.exportState()).toEqual(whole.state);
    expect(llm.requests).toHaveLength(whole.calls);
    await remove();
  });

  it("after the end repeats nothing", async () => {
    const { open, remove } = await make();
    const llm = model();
    const first = await answering(llm).optimize(train, metric, { ...options, checkpoint: open() });
    const paid = llm.requests.length;
    const system = answering(llm);
    const second = await system.optimize(train, metric, {
      ...options,
      checkpoint: open(),
      resume: "require",
    });
    expect(withoutWarnings(second)).toEqual(withoutWarnings(first));
    expect(llm.requests).toHaveLength(paid);
    await remove();
  });
});

describe("resume", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "hyperfunc-"));
  });
  afterAll(() => rm(directory, { recursive: true }));
  const stopping = (at: number, setup: Setup = {}) =>
    answering(model(), { ...setup, before: (step) => (step === at ? Promise.reject(crash) : undefined) });

  it('"require" fails without a checkpoint, before any work', async () => {
    const llm = model();
    const optimizing = answering(llm).optimize(train, metric, {
      checkpoint: memoryCheckpoints(),
      resume: "require",
    });
    await expect(optimizing).rejects.toMatchObject({ code: "CHECKPOINT_MISMATCH" });
    expect(llm.requests).toHaveLength(0);
  });

  it('"never" starts over', async () => {
    const store = memoryCheckpoints();
    await expect(stopping(3).optimize(train, metric, { checkpoint: store })).rejects.toThrow(crash.message);
    const steps: number[] = [];
    const system = answering(model(), { before: (step) => void steps.push(step) });
    const { history } = await system.optimize(train, metric, { checkpoint: store, resume: "never" });
    expect(steps[0]).toBe(1);
    expect(history).toHaveLength(7);
  });

  const others: readonly [
    what: string,
    setup: Setup,
    data: typeof train,
    options: object,
    message: RegExp,
  ][] = [
    ["seed", {}, train, { seed: 5 }, /seed was 0, is 5/],
    ["system's seed", { system: { seed: 5 } }, train, { seed: 0 }, /systemSeed was 0, is 5/],
    ["training data", {}, held, {}, /data was/],
    ["validation data", {}, train, { validation: held }, /data was/],
    [
      "optimizer",
      { name: "other" },
      train,
      {},
      /optimizers was \["first","second"\], is \["other","other"\]/,
    ],
  ];
  it.each(others)(
    "refuses a checkpoint of another %s, naming the difference, before any work",
    async (_, setup, data, own, message) => {
      const store = memoryCheckpoints();
      await expect(stopping(3).optimize(train, metric, { checkpoint: store })).rejects.toThrow(crash.message);
      const llm = model();
      const optimizing = answering(llm, setup).optimize(data, metric, { checkpoint: store, ...own });
      await expect(optimizing).rejects.toMatchObject({
        code: "CHECKPOINT_MISMATCH",
        message: expect.stringMatching(message),
      });
      expect(llm.requests).toHaveLength(0);
    },
  );

  it("refuses a checkpoint of another metric, whose scores would not compare", async () => {
    const store = memoryCheckpoints();
    await expect(stopping(3).optimize(train, metric, { checkpoint: store })).rejects.toThrow(crash.message);
    const other = perExample((output: number) => output / 999);
    const optimizing = answering(model()).optimize(train, other, { checkpoint: store });
    await expect(optimizing).rejects.toMatchObject({
      code: "CHECKPOINT_MISMATCH",
      message: expect.stringMatching(/metric was/),
    });
  });

  it("remembers the best of the steps before the interruption", async () => {
    const store = memoryCheckpoints();
    await expect(stopping(3).optimize(train, metric, { checkpoint: store })).rejects.toThrow(crash.message);
    const history = store.history.bind(store);
    store.history = async () =>
      (await history()).map(({ step, entry }) => ({ step, entry: { ...(entry as object), best: 99 } }));
    const seen: (number | undefined)[] = [];
    const onProgress = ({ bestSoFar }: { bestSoFar: number | undefined }): void => void seen.push(bestSoFar);
    await answering(model()).optimize(train, metric, { checkpoint: store, onProgress });
    expect(new Set(seen)).toEqual(new Set([99]));
  });

  it("refuses a checkpoint of another program", async () => {
    const store = memoryCheckpoints();
    await expect(stopping(3).optimize(train, metric, { checkpoint: store })).rejects.toThrow(crash.message);
    const other = hyperfunction(
      { name: "other", hpType: Tone, optimizeHparams: true },
      (x: string, { hp }) => x.length * hp.warmth,
    );
    const optimizer = [walker({ name: "first", steps: 4 }), walker({ name: "second", steps: 3 })];
    const system = hyperSystem({ name: "answering", optimizer }, (x: string) => other(x));
    await expect(system.optimize(train, metric, { checkpoint: store })).rejects.toThrow(/program was/);
  });

  it("falls back to the checkpoint before a damaged one, with a warning and the same result", async () => {
    const whole = await uninterrupted(model({ temperature: 0 }));
    for (const damage of [(path: string) => truncate(path, 100), (path: string) => writeFile(path, "{}")]) {
      const path = await mkdtemp(join(directory, "damaged-"));
      const llm = model({ temperature: 0 });
      await crashAt(60, directoryCheckpoints(path), llm);
      const newest =
        (await readdir(path))
          .filter((name) => name.startsWith("checkpoint-"))
          .sort()
          .at(-1) ?? "";
      await damage(join(path, newest));
      const system = answering(llm, { system: { concurrency: 1 } });
      const result = await system.optimize(train, metric, { ...options, checkpoint: path });
      expect(withoutWarnings(result)).toEqual(withoutWarnings(whole.result));
      expect(result.warnings[0]).toContain(newest);
    }
  });

  it("keeps what the provider sent, and with it any secret, out of the files", async () => {
    const path = join(directory, "secrets");
    const onCall = (call: number): void => {
      if (call === 30)
        throw Object.assign(new Error("key sk-canary0123456789abcdef"), {
          status: 401,
          headers: { authorization: "canary" },
        });
    };
    const llm = model({ onCall });
    await answering(llm)
      .optimize(train, metric, { ...options, checkpoint: path })
      .catch(() => undefined);
    const files = await Promise.all((await readdir(path)).map((name) => readFile(join(path, name), "utf8")));
    expect(files.join("")).not.toMatch(/canary|kept out|raw/);
    expect(files.join("")).toContain("content");
  });
});
