import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it, jest } from "@jest/globals";
import {
  callModel,
  callTool,
  example,
  hyperfunction,
  hyperSystem,
  NoOpSystemOptimizer,
  perExample,
  type Middleware,
  type ObservedEvent,
  type ObservedOutcome,
  type Observer,
  type Plugin,
  type PluginHost,
} from "@hyperfunc/core";
import { scriptedModel } from "@hyperfunc/core/testing";

const plugin = (name: string, setup: (host: PluginHost) => void | (() => void)): Plugin => ({ name, setup });
const observing = (observer: Observer): Plugin => plugin("observing", (host) => void host.observe(observer));
const using = (name: string, middleware: Middleware): Plugin =>
  plugin(name, (host) => void host.use(middleware));

const inner = hyperfunction({ name: "inner" }, (x: number) => x + 1);
const outer = hyperfunction({ name: "outer" }, async (x: number) => 2 * (await inner(x)));
const nested = (...plugins: Plugin[]) => hyperSystem({ name: "nested", plugins }, (x: number) => outer(x));

describe("middleware", () => {
  const noting = (log: string[], name: string): Plugin =>
    using(name, async (call, next) => {
      log.push(`${name} > ${call.hyperfunction.name}`);
      const output = await next(call);
      log.push(`${name} < ${call.hyperfunction.name}`);
      return output;
    });

  it("wraps every call, the first plugin outermost", async () => {
    const log: string[] = [];
    await nested(noting(log, "a"), noting(log, "b")).run(1);
    expect(log).toEqual([
      "a > outer",
      "b > outer",
      "a > inner",
      "b > inner",
      "b < inner",
      "a < inner",
      "b < outer",
      "a < outer",
    ]);
  });

  it("may change input and output", async () => {
    const shift: Middleware = async (call, next) =>
      Number(await next({ ...call, input: Number(call.input) + 10 })) + 100;
    expect(await nested(using("shift", shift)).run(1)).toBe(2 * (1 + 10 + 10 + 1 + 100) + 100);
  });

  it("stays outside retries and sees calls, not attempts", async () => {
    let calls = 0;
    let attempts = 0;
    const flaky = hyperfunction({ name: "flaky", retries: 1 }, () => {
      attempts += 1;
      if (attempts === 1) throw new Error("once");
      return attempts;
    });
    const count: Middleware = (call, next) => {
      calls += 1;
      return next(call);
    };
    const clock = {
      now: () => 0,
      setTimer: (callback: () => void) => (setImmediate(callback), () => undefined),
    };
    const system = hyperSystem({ name: "retried", plugins: [using("count", count)], clock }, () => flaky());
    expect(await system.run(undefined)).toBe(2);
    expect(calls).toBe(1);
  });

  it("is not part of other systems", async () => {
    const log: string[] = [];
    await nested(noting(log, "a")).run(1);
    const before = log.length;
    await nested().run(1);
    expect(log).toHaveLength(before);
  });
});

describe("observers", () => {
  it("see runs, hyperfunctions, models and tools, each with its place and outcome", async () => {
    const model = scriptedModel(["Paris"]);
    const ask = hyperfunction({ name: "ask" }, async (text: string) => {
      const { content } = await callModel(model, { messages: [{ role: "user", content: text }] });
      return callTool("length", (word: string) => word.length, content);
    });
    const seen: string[] = [];
    const observer: Observer = {
      onStart: ({ kind, name, path, members }) => void seen.push(`> ${kind} ${name} ${path} ${members}`),
      onEnd: ({ name }, outcome) =>
        void seen.push(`< ${name} ${outcome.ok ? JSON.stringify(outcome.output) : "failed"}`),
    };
    const system = hyperSystem({ name: "asking", plugins: [observing(observer)] }, (text: string) =>
      ask(text),
    );
    await system.run("?");
    expect(seen.map((line) => line.replace(/\{.*\}/, "{…}"))).toEqual([
      "> run asking  1",
      "> hyperfunction ask /ask#0 1",
      "> model scripted/model /ask#0/model:scripted/model#0 1",
      "< scripted/model {…}",
      "> tool length /ask#0/tool:length#0 1",
      "< length 5",
      "< ask 5",
      "< asking 5",
    ]);
  });

  it.each([{ mode: "loop" as const }, { chunk: 1 }])(
    "are told candidate and example: %p",
    async (options) => {
      const seen: unknown[] = [];
      const onStart = ({ candidate, exampleKey }: ObservedEvent): void =>
        void seen.push([candidate, exampleKey]);
      const system = hyperSystem(
        { name: "s", plugins: [observing({ onStart })], hyperfunctions: [] },
        async (x: number) => x,
      );
      await system.evaluatePopulation(
        [{}, {}],
        [example(1, 0, "a"), example(2, 0)],
        perExample(() => 1),
        options,
      );
      expect(seen).toEqual([
        [0, "a"],
        [0, 1],
        [1, "a"],
        [1, 1],
      ]);
    },
  );

  it("see failures, and the failure goes on", async () => {
    const outcomes: ObservedOutcome[] = [];
    const failing = hyperfunction({ name: "failing" }, (): number => {
      throw new RangeError("no");
    });
    const observer = { onEnd: (_: ObservedEvent, outcome: ObservedOutcome) => void outcomes.push(outcome) };
    const system = hyperSystem({ name: "s", plugins: [observing(observer)] }, () => failing());
    await expect(system.run(undefined)).rejects.toThrow(RangeError);
    expect(outcomes).toEqual([
      { ok: false, error: expect.any(RangeError), elapsedMs: expect.any(Number) },
      { ok: false, error: expect.any(RangeError), elapsedMs: expect.any(Number) },
    ]);
  });

  it("nest what they wrap, through every await", async () => {
    const spans = new AsyncLocalStorage<string>();
    const parents: string[] = [];
    const around: Observer["around"] = ({ name }, execute) => {
      parents.push(`${spans.getStore() ?? "-"} > ${name}`);
      return spans.run(name, execute);
    };
    await nested(observing({ around })).run(1);
    expect(parents).toEqual(["- > nested", "nested > outer", "outer > inner"]);
  });

  it("wrap each other in the order of the plugins", async () => {
    const log: string[] = [];
    const layer = (name: string): Plugin =>
      plugin(name, (host) => {
        host.observe({ around: (_, execute) => (log.push(name), execute()) });
      });
    await hyperSystem({ name: "s", plugins: [layer("a"), layer("b")] }, async () => 1).run(undefined);
    expect(log).toEqual(["a", "b"]);
  });

  const throwing = (): never => {
    throw new Error("observer's own");
  };
  const broken: readonly [string, Observer][] = [
    ["throws in onStart", { onStart: throwing }],
    ["throws in onEnd", { onEnd: throwing }],
    ["throws in around", { around: throwing }],
    ["throws in around after the call", { around: async (_, execute) => (await execute(), throwing()) }],
    ["never calls execute", { around: async () => undefined as never }],
    ["calls execute twice", { around: (_, execute) => (void execute(), execute()) }],
    ["changes the output", { around: async (_, execute) => (await execute(), "changed") as never }],
    ["swallows the failure", { around: (_, execute) => execute().catch(() => "swallowed" as never) }],
  ];
  it.each(broken)("change nothing about a call: one that %s", async (_, observer) => {
    const warn = jest.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    let calls = 0;
    const counted = hyperfunction({ name: "counted" }, async (x: number) => {
      calls += 1;
      if (x < 0) throw new RangeError("mine");
      return x;
    });
    const system = hyperSystem({ name: "s", plugins: [observing(observer)] }, (x: number) => counted(x));
    expect(await system.run(5)).toBe(5);
    await expect(system.run(-1)).rejects.toThrow("mine");
    expect(calls).toBe(2);
    const warnings = warn.mock.calls.map(([message]) => String(message));
    warn.mockRestore();
    expect(warnings.every((message) => message.includes("observer's own"))).toBe(true);
  });

  it("that fail become a warning of the result", async () => {
    const system = hyperSystem(
      {
        name: "s",
        plugins: [observing({ onStart: throwing })],
        hyperfunctions: [],
        optimizer: new NoOpSystemOptimizer(),
      },
      async (x: number) => x,
    );
    const { warnings } = await system.optimize(
      [example(1, 0)],
      perExample(() => 1),
    );
    expect(warnings[0]).toBe('An observer failed on "s": Error: observer\'s own');
  });
});

describe("plugins", () => {
  it("must have different names", () => {
    const twice = plugin("twice", () => undefined);
    expect(() => nested(twice, twice)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    expect(() => nested(twice, twice)).toThrow('Plugin "twice" is given twice');
  });

  it("are undone in reverse order, once, and for calls to come", async () => {
    const log: string[] = [];
    const layered = (name: string): Plugin =>
      plugin(name, (host) => {
        host.use((call, next) => (log.push(name), next(call)));
        host.observe({ onStart: ({ kind }) => void log.push(`${name} ${kind}`) });
        return () => void log.push(`undo ${name}`);
      });
    const system = nested(layered("a"), layered("b"));
    await system.run(1);
    log.length = 0;
    system.dispose();
    system.dispose();
    expect(log).toEqual(["undo b", "undo a"]);
    expect(await system.run(1)).toBe(4);
    expect(log).toHaveLength(2);
  });

  it("are undone when a later one cannot be set up", () => {
    const undone = jest.fn();
    const failing = plugin("failing", () => {
      throw new Error("no disk");
    });
    expect(() =>
      nested(
        plugin("first", () => undone),
        failing,
      ),
    ).toThrow("no disk");
    expect(undone).toHaveBeenCalledTimes(1);
  });

  it("provide the optimizer of systems that name none", async () => {
    const named = (name: string): NoOpSystemOptimizer => Object.assign(new NoOpSystemOptimizer(), { name });
    const ran: string[] = [];
    const counting = (name: string): NoOpSystemOptimizer => {
      const optimizer = named(name);
      const { optimize } = optimizer;
      return Object.assign(optimizer, { optimize: () => (ran.push(name), optimize.call(optimizer)) });
    };
    const providing = plugin("providing", (host) => void host.provideOptimizer(counting("provided")));
    const run = async (x: number): Promise<number> => x;
    const base = { name: "s", plugins: [providing], hyperfunctions: [] };
    await hyperSystem(base, run).optimize(
      [example(1, 0)],
      perExample(() => 1),
    );
    await hyperSystem({ ...base, optimizer: counting("own") }, run).optimize(
      [example(1, 0)],
      perExample(() => 1),
    );
    expect(ran).toEqual(["provided", "own"]);
  });
});
