/** Traces of whole programs: what `HyperSystem.trace` shows of concurrency, nesting, recursion and failure. */
import { describe, expect, it } from "@jest/globals";
import {
  callModel,
  callTool,
  hyperfunction,
  HyperSystem,
  hyperSystem,
  LMParam,
  type Trace,
} from "@hyperfunc/core";
import { manualClock, scriptedModel } from "@hyperfunc/core/testing";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const stagesOf = (trace: Trace, parent?: number): string[][] =>
  trace.stages(parent).map((stage) => stage.map((node) => node.name));
const edgesOf = ({ nodes, edges }: Trace): string[] =>
  edges.map(({ from, to, kind }) => `${nodes[from]?.name} ${kind} ${nodes[to]?.name}`);

const make = hyperfunction({ name: "make" }, async (x: number) => {
  await turn();
  return { value: x };
});
const join = hyperfunction({ name: "join" }, (parts: unknown) => ({ joined: parts }));
const length = hyperfunction({ name: "length" }, (text: string) => text.length);

describe("stages", () => {
  const stepA = hyperfunction(
    { name: "step_a", hpType: LMParam, optimizeHparams: true },
    (x: number) => x + 1,
  );
  const stepB = hyperfunction(
    { name: "step_b", hpType: LMParam, optimizeHparams: true },
    (x: number) => x * 2,
  );
  const stepC = hyperfunction(
    { name: "step_c", hpType: LMParam, optimizeHparams: true },
    ({ a, b }: { a: number; b: number }) => a + b,
  );
  class ParallelSystem extends HyperSystem<{ x: number }, number> {
    async run({ x }: { x: number }): Promise<number> {
      const [a, b] = await Promise.all([stepA(x), stepB(x)]);
      return stepC({ a, b });
    }
  }

  it("put independent calls together and what needs both after them, for numbers too", async () => {
    const { trace, output } = await new ParallelSystem().trace({ x: 5 });
    expect(output).toBe(16);
    expect(stagesOf(trace)).toEqual([["step_a", "step_b"], ["step_c"]]);
    expect(edgesOf(trace)).toEqual(["step_a order step_c", "step_b order step_c"]);
  });

  it("follow objects rather than the order of calls", async () => {
    const system = hyperSystem({ name: "objects" }, async (x: number) => {
      const [a, b] = [await make(x), await make(x + 1)];
      return join({ left: [a], right: new Map([["b", b]]) });
    });
    const { trace } = await system.trace(1);
    expect(stagesOf(trace).at(-1)).toEqual(["join"]);
    expect(edgesOf(trace).slice(-2)).toEqual(["make identity join", "make identity join"]);
  });

  it("see which of several results was used", async () => {
    const system = hyperSystem({ name: "used" }, async (x: number) => {
      const made = await Promise.all([make(x), make(x), make(x)]);
      return join([made[1]]);
    });
    const { trace } = await system.trace(1);
    expect(trace.edges).toEqual([{ from: 1, to: 3, kind: "identity" }]);
  });

  it("follow texts into templates", async () => {
    const say = hyperfunction({ name: "say" }, (word: string) => `a long answer about ${word}`);
    const system = hyperSystem({ name: "texts" }, async (word: string) =>
      length(`Judge: ${await say(word)}!`),
    );
    const { trace } = await system.trace("cats");
    expect(edgesOf(trace)).toEqual(["say text length"]);
  });

  it("chain loops that hand values on, and flatten loops that do not", async () => {
    const chain = hyperSystem({ name: "chain" }, async (n: number) => {
      let last: unknown;
      for (let i = 0; i < n; i++) last = await join({ last });
      return last;
    });
    expect(stagesOf((await chain.trace(3)).trace)).toEqual([["join"], ["join"], ["join"]]);
    const flat = hyperSystem({ name: "flat" }, (n: number) =>
      Promise.all(Array.from({ length: n }, (_, i) => make(i))),
    );
    expect(stagesOf((await flat.trace(3)).trace)).toEqual([["make", "make", "make"]]);
  });
});

describe("nodes", () => {
  it("nest calls inside calls, models and tools included", async () => {
    const model = scriptedModel(["Paris"]);
    const lookup = hyperfunction({ name: "lookup" }, async (question: string) => {
      const { content } = await callModel(model, { messages: [{ role: "user", content: question }] });
      return callTool("map", async (city: string) => (await make(city.length)).value, content);
    });
    const { trace, output } = await hyperSystem({ name: "nested" }, (text: string) => lookup(text)).trace(
      "Capital?",
    );
    expect(output).toBe(5);
    expect(trace.nodes.map(({ name, kind, parent }) => [name, kind, parent])).toEqual([
      ["lookup", "hyperfunction", undefined],
      ["scripted/model", "model", 0],
      ["map", "tool", 0],
      ["make", "hyperfunction", 2],
    ]);
    expect(stagesOf(trace, 0)).toEqual([["scripted/model"], ["map"]]);
  });

  it("show recursion as nesting", async () => {
    const countdown: (n: number) => Promise<number> = hyperfunction(
      { name: "countdown" },
      async (n: number) => (n === 0 ? 0 : 1 + (await countdown(n - 1))),
    );
    const { trace, output } = await hyperSystem({ name: "recursion" }, (n: number) => countdown(n)).trace(3);
    expect(output).toBe(3);
    expect(trace.nodes.map(({ input, parent }) => [input, parent])).toEqual([
      [3, undefined],
      [2, 0],
      [1, 1],
      [0, 2],
    ]);
  });

  it("keep inputs and outputs as they are, and time by the system's clock", async () => {
    const clock = manualClock(100);
    const input = { x: 1 };
    const same = hyperfunction({ name: "same" }, (value: { x: number }) => value);
    const { trace, output } = await hyperSystem({ name: "same", clock }, (value: { x: number }) =>
      same(value),
    ).trace(input);
    expect(output).toBe(input);
    expect(trace.nodes[0]).toMatchObject({ state: "finished", startedAt: 100, endedAt: 100 });
    expect(trace.nodes[0]?.input).toBe(input);
    expect(trace.nodes[0]?.output).toBe(input);
  });

  it("show calls that failed and were caught", async () => {
    const broken = hyperfunction({ name: "broken" }, (): number => {
      throw new RangeError("too much");
    });
    const system = hyperSystem({ name: "failing" }, async (_: undefined) =>
      broken().catch((error: Error) => length(error.message)),
    );
    const { trace, output } = await system.trace(undefined);
    expect(output).toBe(8);
    expect(trace.nodes.map(({ name, state }) => [name, state])).toEqual([
      ["broken", "failed"],
      ["length", "finished"],
    ]);
    expect(edgesOf(trace)).toEqual(["broken text length"]);
    expect(trace.toJson().nodes[0]?.error).toEqual({ name: "RangeError", message: "too much" });
  });

  it("show leaves that never got a turn as failed", async () => {
    const abort = new AbortController();
    const blocked = hyperfunction({ name: "blocked" }, (_: undefined, { signal }) => {
      const holder = callTool("holder", () => new Promise((resolve) => setImmediate(resolve)), 1);
      const waiting = callTool("waiting", () => 1, 2, { signal });
      abort.abort();
      return Promise.allSettled([holder, waiting]);
    });
    const system = hyperSystem({ name: "queue", concurrency: 1 }, (_: undefined) =>
      blocked(undefined, { signal: abort.signal }),
    );
    const { trace } = await system.trace(undefined);
    expect(trace.nodes.find(({ name }) => name === "waiting")?.state).toBe("failed");
  });

  it("are not shared between traces that run at the same time", async () => {
    const system = hyperSystem({ name: "own" }, async (x: number) => join([await make(x)]));
    const traces = await Promise.all([1, 2, 3].map((x) => system.trace(x)));
    for (const [index, { trace }] of traces.entries()) {
      expect(trace.nodes.map(({ name }) => name)).toEqual(["make", "join"]);
      expect(trace.nodes[0]?.input).toBe(index + 1);
    }
  });

  it("end with the run: an untraced run is not recorded", async () => {
    const system = hyperSystem({ name: "own" }, (x: number) => make(x));
    const [{ trace }] = await Promise.all([system.trace(1), system.run(2)]);
    expect(trace.nodes).toHaveLength(1);
  });
});

describe("a program that fails", () => {
  it("fails the trace with its own error", async () => {
    const system = hyperSystem({ name: "failing" }, async (_: number): Promise<number> => {
      throw new TypeError("mine");
    });
    await expect(system.trace(1)).rejects.toThrow(TypeError);
  });
});

describe("export", () => {
  const system = hyperSystem({ name: "export" }, async (x: number) => join([await make(x)]));

  it("gives JSON with all calls and edges", async () => {
    const json = (await system.trace(1)).trace.toJson();
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
    expect(json.nodes.map(({ name, input, output }) => [name, input, output])).toEqual([
      ["make", 1, { value: 1 }],
      ["join", [{ value: 1 }], { joined: [{ value: 1 }] }],
    ]);
    expect(json.edges).toEqual([{ from: 0, to: 1, kind: "identity" }]);
  });

  it("gives a Mermaid flowchart", async () => {
    const lines = (await system.trace(1)).trace.toMermaid().trim().split("\n");
    expect(lines).toEqual(["flowchart LR", '  n0["make"]', '  n1["join"]', "  n0 --> n1"]);
  });
});
