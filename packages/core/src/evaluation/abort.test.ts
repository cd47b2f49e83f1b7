/** Aborting stops new work at once, settles every promise and leaves nothing behind. */
import { getMaxListeners } from "node:events";
import { describe, expect, it, jest } from "@jest/globals";
import {
  callModel,
  callTool,
  defineHpType,
  example,
  hyperfunction,
  hyperSystem,
  perExample,
  type HyperSystem,
} from "@hyperfunc/core";
import { manualClock, scriptedModel } from "@hyperfunc/core/testing";

const Gain = defineHpType({ name: "Gain", fields: { gain: { default: 1 } } });
const itself = perExample((output: number) => output);
const data = Array.from({ length: 8 }, (_, x) => example(x, 0));
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const timers = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;

/** A program on a clock that stands still: every call waits until it is aborted. */
function waiting(concurrency = 4): {
  system: HyperSystem<number, number>;
  started: () => number;
  pending: () => number;
} {
  const clock = manualClock();
  const model = scriptedModel(() => "never", { delayMs: 1000, clock });
  const ask = hyperfunction(
    { name: "ask", hpType: Gain, optimizeHparams: true, retries: 3, timeoutMs: 5000 },
    async (x: number) =>
      (await callModel(model, { messages: [{ role: "user", content: String(x) }] })).content.length,
  );
  const system = hyperSystem({ name: "waiting", hyperfunctions: [ask], clock, concurrency }, (x: number) =>
    ask(x),
  );
  return { system, started: () => model.requests.length, pending: () => clock.pending };
}

const ways: readonly [
  string,
  (system: HyperSystem<number, number>, signal: AbortSignal) => Promise<unknown>,
][] = [
  ["evaluate", (system, signal) => system.evaluate(data, itself, { signal })],
  ["evaluateDetailed", (system, signal) => system.evaluateDetailed(data, itself, { signal, mode: "loop" })],
  [
    "evaluatePopulation",
    (system, signal) => system.evaluatePopulation([{ ask: [1] }, { ask: [2] }], data, itself, { signal }),
  ],
];

describe.each(ways)("an aborted signal in %s", (_, evaluate) => {
  it("refuses to start", async () => {
    const { system, started } = waiting();
    await expect(evaluate(system, AbortSignal.abort())).rejects.toMatchObject({
      code: "ABORTED",
      infrastructure: true,
    });
    expect(started()).toBe(0);
  });

  it("stops a run on its way, and leaves no timer", async () => {
    const before = timers();
    const { system, started, pending } = waiting();
    const abort = new AbortController();
    const evaluation = evaluate(system, abort.signal);
    const outcome = expect(evaluation).rejects.toMatchObject({ code: "ABORTED" });
    while (started() === 0) await turn();
    const calls = started();
    abort.abort(new Error("enough"));
    await outcome;
    await turn();
    expect(started()).toBe(calls);
    expect(pending()).toBe(0);
    expect(timers()).toBeLessThanOrEqual(before);
  });
});

describe("an abort", () => {
  it("keeps its reason as the cause", async () => {
    const reason = new Error("enough");
    const evaluation = waiting().system.evaluate(data, itself, { signal: AbortSignal.abort(reason) });
    await expect(evaluation).rejects.toMatchObject({ cause: reason });
  });

  it("is noticed in the probe run, too", async () => {
    const abort = new AbortController();
    const unknown = hyperSystem(
      { name: "unknown" },
      async (_: number): Promise<number> => new Promise(() => undefined),
    );
    const evaluation = unknown.evaluate(data, itself, { signal: abort.signal });
    await turn();
    abort.abort();
    await expect(evaluation).rejects.toMatchObject({ code: "ABORTED" });
  });

  it.each([
    ["a program", (): Promise<number> => new Promise(() => undefined), itself],
    [
      "a tool",
      (): Promise<number> => callTool("deaf", () => new Promise<number>(() => undefined), 1),
      itself,
    ],
    ["a metric", async (): Promise<number> => 1, perExample(() => new Promise<number>(() => undefined))],
  ])("settles although %s does not heed it", async (_, run, metric) => {
    const abort = new AbortController();
    const system = hyperSystem({ name: "deaf", hyperfunctions: [] }, (_: number) => run());
    const evaluation = system.evaluate(data, metric, { signal: abort.signal });
    await turn();
    abort.abort();
    await expect(evaluation).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("is not taken for a failure of the program", async () => {
    const abort = new AbortController();
    const failing = hyperfunction({ name: "failing" }, async (_: number, { signal }): Promise<number> => {
      await turn();
      signal.throwIfAborted();
      return 1;
    });
    const system = hyperSystem({ name: "failing", hyperfunctions: [failing] }, (x: number) => failing(x));
    const evaluation = system.evaluate(data, itself, { signal: abort.signal, onError: () => ({ score: 7 }) });
    abort.abort();
    await expect(evaluation).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("may be listened to by thousands, and the user's signal by nobody", async () => {
    const abort = new AbortController();
    const limits = new Set<number>();
    const note = hyperfunction(
      { name: "note" },
      (x: number, { signal }) => (limits.add(getMaxListeners(signal)), x),
    );
    const timed = hyperfunction({ name: "timed", timeoutMs: 1000 }, (x: number) => note(x));
    const joined = hyperfunction({ name: "joined" }, (x: number) =>
      note(x, { signal: new AbortController().signal }),
    );
    const listened = jest.spyOn(abort.signal, "addEventListener");
    const system = hyperSystem({ name: "listening", concurrency: 1 }, async (x: number) =>
      callTool("t", () => x, (await note(x)) + (await timed(x)) + (await joined(x))),
    );
    expect(await system.evaluate(data, itself, { signal: abort.signal })).toBe(3.5);
    expect([...limits]).toEqual([Infinity]);
    expect(listened).not.toHaveBeenCalled();
  });
});

describe("concurrency", () => {
  const nested = (depth: number): Promise<number> =>
    callTool("nested", async (left: number) => (left === 0 ? 0 : 1 + (await nested(left - 1))), depth);

  it.each([1, 2, 3])("limits model and tool calls to %i", async (concurrency) => {
    let most = 0;
    let alive = 0;
    const tool = async (x: number): Promise<number> => {
      most = Math.max(most, (alive += 1));
      await turn();
      alive -= 1;
      return x;
    };
    const system = hyperSystem({ name: "limited", concurrency, hyperfunctions: [] }, async (x: number) => {
      const both = await Promise.all([callTool("tool", tool, x), callTool("tool", tool, x)]);
      return both[0] + both[1];
    });
    expect(await system.evaluate(data, itself)).toBe(7);
    expect(most).toBe(concurrency);
  });

  it("does not limit runs and hyperfunctions, which nest", async () => {
    let alive = 0;
    let release = (): void => undefined;
    const all = new Promise<void>((resolve) => (release = resolve));
    const inner = hyperfunction({ name: "inner" }, async (x: number) => {
      if ((alive += 1) === data.length) release();
      await all;
      return x;
    });
    const outer = hyperfunction({ name: "outer" }, (x: number) => inner(x));
    const system = hyperSystem(
      { name: "wide", concurrency: 1, hyperfunctions: [outer, inner] },
      (x: number) => outer(x),
    );
    expect(await system.evaluate(data, itself)).toBe(3.5);
  });

  it("does not deadlock when tools call tools", async () => {
    const system = hyperSystem({ name: "nested", concurrency: 1, hyperfunctions: [] }, (_: number) =>
      nested(4),
    );
    expect(await system.evaluate(data, itself)).toBe(4);
  });

  it("does not deadlock when a tool fans out, and limits what it calls", async () => {
    let most = 0;
    let alive = 0;
    const leaf = async (): Promise<number> => {
      most = Math.max(most, (alive += 1));
      await turn();
      alive -= 1;
      return 1;
    };
    const fan = (): Promise<number> =>
      callTool(
        "fan",
        async () => (await Promise.all([1, 2, 3, 4].map((x) => callTool("leaf", leaf, x)))).length,
        0,
      );
    const system = hyperSystem({ name: "fan", concurrency: 2, hyperfunctions: [] }, (_: number) => fan());
    expect(await system.evaluate(data, itself)).toBe(4);
    expect(most).toBe(2);
  });

  it.each([[0], [-1], [1.5], [NaN]])("cannot be %p", (concurrency) => {
    expect(() => hyperSystem({ name: "bad", concurrency }, async () => 1)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  });
});
