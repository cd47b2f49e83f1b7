import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { createRng } from "../rng/rng.js";
import { manualClock } from "../testing/manual-clock.js";
import { TraceRecorder } from "./trace-recorder.js";
import type { Trace, TraceNode } from "./trace.js";

/** A class instance, as tensors are. */
class Tensor {
  readonly dtype = "float32";
  constructor(readonly shape: readonly number[]) {}
}

/** One run whose calls are recorded. */
function run(inputs?: unknown) {
  const recorder = new TraceRecorder({ input: inputs });
  async function call<Output>(
    name: string,
    input: unknown,
    body: (inside: number) => Output | Promise<Output>,
    parent?: number,
    kind: TraceNode["kind"] = "hyperfunction",
  ): Promise<Output> {
    const node = recorder.start({ name, input, parent, kind });
    try {
      const output = await body(node);
      recorder.finish(node, output);
      return output;
    } catch (error) {
      recorder.fail(node, error);
      throw error;
    }
  }
  return { recorder, call };
}

const names = (stages: TraceNode[][]): string[][] => stages.map((stage) => stage.map(({ name }) => name));

/** Edges as `from -kind-> to`, by name. */
function edges({ nodes, edges }: Trace): string[] {
  return edges.map(({ from, to, kind }) => `${nodes[from]?.name} -${kind}-> ${nodes[to]?.name}`).sort();
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("identity", () => {
  it("puts independent calls into one stage and their reader into the next", async () => {
    const x = new Tensor([2]);
    const { recorder, call } = run({ x });
    const [a, b] = await Promise.all([
      call("a", { x }, () => new Tensor([1])),
      call("b", { x }, () => new Tensor([1])),
    ]);
    await call("c", { a, b }, () => new Tensor([1]));
    const trace = recorder.trace();
    expect(edges(trace)).toEqual(["a -identity-> c", "b -identity-> c"]);
    expect(names(trace.stages())).toEqual([["a", "b"], ["c"]]);
  });

  it("sees through awaits in sequence: what does not depend shares a stage", async () => {
    const x = new Tensor([2]);
    const { recorder, call } = run({ x });
    const a = await call("a", { x }, () => new Tensor([1]));
    await call("b", { x }, () => new Tensor([1]));
    await call("c", { a }, () => new Tensor([1]));
    expect(names(recorder.trace().stages())).toEqual([["a", "b"], ["c"]]);
  });

  it.each<[string, (value: object) => unknown]>([
    ["itself", (value) => value],
    ["in an object", (value) => ({ deep: { er: value } })],
    ["in an array", (value) => [[], [value]]],
    ["in a map", (value) => new Map([["key", value]])],
    ["as the key of a map", (value) => new Map([[value, "x"]])],
    ["in a set", (value) => new Set([value])],
    ["in an object without prototype", (value) => Object.assign(Object.create(null) as object, { value })],
  ])("finds an output %s", async (_where, wrap) => {
    const { recorder, call } = run();
    const value = await call("maker", undefined, () => new Float32Array(4));
    await call("reader", wrap(value), () => 0);
    expect(edges(recorder.trace())).toContain("maker -identity-> reader");
  });

  it("finds a part of an output", async () => {
    const { recorder, call } = run();
    const { pair } = await call("maker", undefined, () => ({ pair: [new Tensor([1]), new Tensor([2])] }));
    await call("reader", { right: pair[1] }, () => 0);
    expect(edges(recorder.trace())).toEqual(["maker -identity-> reader"]);
  });

  it("takes a value that was handed on from the last who had it", async () => {
    const { recorder, call } = run();
    const state = await call("make", undefined, () => new Tensor([1]));
    await call("change", { state }, () => state);
    await call("change again", { state }, () => ({ state }));
    await call("read", { state }, () => 0);
    expect(edges(recorder.trace())).toEqual([
      "change -identity-> change again",
      "change again -identity-> read",
      "make -identity-> change",
    ]);
  });

  it("finds what was added to the run's own list since", async () => {
    const history: unknown[] = [{ role: "user", content: "hello" }];
    const { recorder, call } = run({ history });
    await call("first", { history }, () => "yes");
    const reply = await call("second", { history }, () => new Tensor([1]));
    history.push(reply);
    await call("third", { history }, () => 0);
    expect(edges(recorder.trace())).toEqual(["second -identity-> third"]);
  });

  it("survives cycles, getters that throw, proxies that refuse, and depth", async () => {
    const { recorder, call } = run();
    const circle: { self?: unknown } = {};
    circle.self = circle;
    let read = 0;
    const trap = {
      get secret(): never {
        read++;
        throw new Error("must not be read");
      },
    };
    const refuse = (): never => {
      throw new Error("no");
    };
    const proxy = new Proxy(
      {},
      { ownKeys: refuse, getPrototypeOf: refuse, get: refuse, getOwnPropertyDescriptor: refuse },
    );
    let deep: unknown = 1;
    for (let i = 0; i < 10_000; i++) deep = [deep];
    const wide = Array.from({ length: 100_000 }, () => ({}));
    const value = await call("maker", { circle, trap }, () => [circle, trap, proxy, deep, wide]);
    await call("reader", { value }, () => 0);
    await call("other", { proxy, own: 1 }, () => 0);
    expect(edges(recorder.trace())).toContain("maker -identity-> reader");
    expect(() => recorder.trace().toJson()).not.toThrow();
    expect(read).toBe(0);
  });

  it("looks at each part once, however often it is there", async () => {
    const { recorder, call } = run();
    const part = await call("maker", undefined, () => new Tensor([1]));
    await call("other", undefined, () => 0);
    const row = Array.from({ length: 60 }, () => part);
    await call("reader", { grid: Array.from({ length: 60 }, () => row) }, () => 0);
    expect(edges(recorder.trace())).toEqual(["maker -identity-> reader"]);
  });

  it("takes for unknown what lies too deep or too far back, and falls back to order", async () => {
    const nest = (value: unknown, depth: number): unknown => (depth === 0 ? value : [nest(value, depth - 1)]);
    const wide = (value: unknown, length: number): unknown => [
      ...Array.from({ length }, () => undefined),
      ...Array.from({ length }, () => "x"),
      value,
    ];
    for (const [wrap, near, far] of [
      [nest, 8, 9],
      [wide, 1000, 3000],
    ] as const) {
      for (const [size, kind] of [
        [near, "identity"],
        [far, "order"],
      ] as const) {
        const { recorder, call } = run();
        const value = await call("maker", undefined, () => new Tensor([1]));
        await call("reader", wrap(value, size), () => 0);
        expect(edges(recorder.trace())).toEqual([`maker -${kind}-> reader`]);
      }
    }
  });
});

describe("text", () => {
  it("finds an output inside a later input", async () => {
    const { recorder, call } = run();
    const fact = await call("look up", undefined, () => "  Paris is the capital.\n");
    await call("answer", { prompt: `Context: ${fact.trim()} Question: …` }, () => 0);
    expect(edges(recorder.trace())).toEqual(["look up -text-> answer"]);
  });

  it("finds an element of an output, and the content of a model's answer", async () => {
    const { recorder, call } = run();
    const { items } = await call("list", undefined, () => ({ items: ["first thing", "second thing"] }));
    const reply = await call(
      "ask",
      items[1],
      () => ({ content: "an answer", usage: { totalTokens: 3 } }),
      undefined,
      "model",
    );
    await call("use", [`> ${reply.content}`], () => 0);
    expect(edges(recorder.trace())).toEqual(["ask -text-> use", "list -text-> ask"]);
  });

  it("attributes a quotation to whoever quoted it", async () => {
    const { recorder, call } = run();
    const short = await call("short", undefined, () => "long enough");
    const long = await call("long", { short }, () => `quoting: ${short}`);
    await call("reader", { text: `${long}!` }, () => 0);
    expect(edges(recorder.trace())).toEqual(["long -text-> reader", "short -text-> long"]);
  });

  it("leaves short strings to the order of events", async () => {
    const { recorder, call } = run();
    const label = await call("classify", undefined, () => "yes");
    await call("route", { label }, () => 0);
    expect(edges(recorder.trace())).toEqual(["classify -order-> route"]);
  });

  it("traces an error's message into the prompt that repairs it", async () => {
    const { recorder, call } = run();
    const failing = call("parse", undefined, () => Promise.reject(new Error("unexpected token at 7")));
    const message = await failing.catch((error: Error) => error.message);
    await call("repair", { prompt: `It failed: ${message}` }, () => 0);
    const trace = recorder.trace();
    expect(edges(trace)).toEqual(["parse -text-> repair"]);
    expect(trace.nodes[0]).toMatchObject({ state: "failed", error: { message: "unexpected token at 7" } });
  });
});

describe("order", () => {
  it("is the fallback for numbers, booleans, null and fresh objects", async () => {
    for (const derive of [
      (n: number) => n,
      (n: number) => n > 1,
      () => null,
      () => new Tensor([1]),
      () => [[]],
    ]) {
      const { recorder, call } = run();
      const n = await call("count", undefined, () => 3);
      await call("use", { value: derive(n) }, () => 0);
      expect(edges(recorder.trace())).toEqual(["count -order-> use"]);
    }
  });

  it("is not needed for what the run was given, and for nothing", async () => {
    const inputs = { features: [1, 2, 3], question: "How long is it?", image: new Tensor([2]) };
    const { recorder, call } = run(inputs);
    await call("a", { features: inputs.features }, () => 1);
    await call("b", { question: inputs.question, image: inputs.image }, () => 2);
    await call("c", undefined, () => 3);
    await call("d", {}, () => 4);
    await call("e", { optional: undefined }, () => 5);
    expect(edges(recorder.trace())).toEqual([]);
    expect(names(recorder.trace().stages())).toEqual([["a", "b", "c", "d", "e"]]);
  });

  it("is reduced: only the last in a chain, all of a fan", async () => {
    const { recorder, call } = run();
    await call("a", { n: 1 }, () => 1);
    await call("b", { n: 2 }, () => 2);
    await Promise.all(["c", "d", "e"].map((name) => call(name, { n: 3 }, () => 3)));
    await call("f", { n: 4 }, () => 4);
    const trace = recorder.trace();
    expect(edges(trace)).toEqual([
      "a -order-> b",
      "b -order-> c",
      "b -order-> d",
      "b -order-> e",
      "c -order-> f",
      "d -order-> f",
      "e -order-> f",
    ]);
    expect(names(trace.stages())).toEqual([["a"], ["b"], ["c", "d", "e"], ["f"]]);
  });

  it("adds to what is known, without repeating it", async () => {
    const { recorder, call } = run();
    const a = await call("a", undefined, () => new Tensor([1]));
    await call("b", undefined, () => 2);
    await call("c", { a, n: 2 }, () => 3);
    expect(edges(recorder.trace())).toEqual(["a -identity-> c", "b -order-> c"]);
  });

  it("does not hold for calls that overlap", async () => {
    const { recorder, call } = run();
    await Promise.all([call("slow", { n: 1 }, turn), call("fast", { n: 2 }, () => 1)]);
    expect(edges(recorder.trace())).toEqual([]);
  });

  it("holds after a failure", async () => {
    const { recorder, call } = run();
    await call("fails", { n: 1 }, () => Promise.reject(new Error("no"))).catch(() => undefined);
    await call("next", { n: 2 }, () => 0);
    expect(edges(recorder.trace())).toEqual(["fails -order-> next"]);
  });

  it("follows a loop", async () => {
    const { recorder, call } = run();
    let state = new Tensor([0]);
    for (let i = 0; i < 5; i++) state = await call(`step ${i}`, { state }, () => new Tensor([i]));
    expect(names(recorder.trace().stages())).toEqual([
      ["step 0"],
      ["step 1"],
      ["step 2"],
      ["step 3"],
      ["step 4"],
    ]);
  });
});

describe("nesting", () => {
  it("has stages inside a call, and joins siblings at the level where they are siblings", async () => {
    const { recorder, call } = run();
    const draft = await call("write", undefined, async (inside) => {
      const [a, b] = await Promise.all([
        call("research", undefined, () => new Tensor([1]), inside),
        call("outline", undefined, () => new Tensor([2]), inside),
      ]);
      return call("compose", { a, b }, () => ({ text: new Tensor([3]) }), inside);
    });
    await call("review", { draft }, (inside) =>
      call("score", { text: draft.text }, () => 1, inside, "model"),
    );
    const trace = recorder.trace();
    expect(edges(trace)).toEqual([
      "outline -identity-> compose",
      "research -identity-> compose",
      "write -identity-> review",
    ]);
    expect(names(trace.stages())).toEqual([["write"], ["review"]]);
    expect(names(trace.stages(0))).toEqual([["research", "outline"], ["compose"]]);
    expect(names(trace.stages(4))).toEqual([["score"]]);
    expect(trace.nodes.map(({ parent }) => parent)).toEqual([undefined, 0, 0, 0, undefined, 4]);
  });

  it("knows what the enclosing call was given", async () => {
    const { recorder, call } = run();
    const options = { depth: 3 };
    await call("outer", { options }, async (inside) => {
      await call("one", { options }, () => 1, inside);
      await call("two", { options }, () => 2, inside);
      await call("three", { depth: options.depth }, () => 3, inside);
    });
    expect(edges(recorder.trace())).toEqual(["one -order-> three", "two -order-> three"]);
  });

  it("follows recursion", async () => {
    const { recorder, call } = run();
    const visit = (depth: number, parent?: number): Promise<Tensor> =>
      call(
        `visit ${depth}`,
        { tree: new Tensor([depth]) },
        async (inside) => {
          if (depth === 0) return new Tensor([0]);
          const left = await visit(depth - 1, inside);
          return call(`merge ${depth}`, { left }, () => new Tensor([depth]), inside);
        },
        parent,
      );
    const root = await visit(3);
    await call("use", { root }, () => 0);
    const trace = recorder.trace();
    expect(names(trace.stages())).toEqual([["visit 3"], ["use"]]);
    for (const { id, name } of trace.nodes.filter(({ name }) => /^visit [1-3]/.test(name))) {
      const depth = Number(name.slice(-1));
      expect(names(trace.stages(id))).toEqual([[`visit ${depth - 1}`], [`merge ${depth}`]]);
    }
  });

  it("joins the nested calls where the enclosing ones overlap", async () => {
    const { recorder, call } = run();
    let give: (value: Tensor) => void = () => undefined;
    const given = new Promise<Tensor>((resolve) => (give = resolve));
    await Promise.all([
      call("reader", undefined, async (inside) => {
        const value = await given;
        await call("inner reader", { value }, () => 0, inside);
      }),
      call("maker", undefined, async (inside) => {
        give(await call("inner maker", undefined, () => new Tensor([1]), inside));
        await turn();
      }),
    ]);
    const trace = recorder.trace();
    expect(edges(trace)).toEqual(["inner maker -identity-> inner reader"]);
    expect(names(trace.stages())).toEqual([["reader", "maker"]]);
    expect(names(trace.stages(0))).toEqual([["inner reader"]]);
  });

  it("joins an overlapping reader to the outermost call that returned the value", async () => {
    const { recorder, call } = run();
    let give: (value: Tensor) => void = () => undefined;
    const given = new Promise<Tensor>((resolve) => (give = resolve));
    const reader = call("reader", undefined, async (inside) => {
      const value = await given;
      await call("inner reader", { value }, () => 0, inside);
    });
    give(
      await call("maker", undefined, (inside) =>
        call("inner maker", undefined, () => new Tensor([1]), inside),
      ),
    );
    await reader;
    expect(edges(recorder.trace())).toEqual(["maker -identity-> inner reader"]);
  });

  it("says nothing about a call and what it encloses", async () => {
    const { recorder, call } = run();
    await call("outer", undefined, async (inside) => {
      const value = await call("inner", undefined, () => new Tensor([1]), inside);
      return value;
    });
    const late = run();
    const [outer, output] = [late.recorder.start({ name: "outer", input: undefined }), new Tensor([1])];
    late.recorder.finish(outer, output);
    late.recorder.start({ name: "began after its caller had ended", input: output, parent: outer });
    for (const trace of [recorder.trace(), late.recorder.trace()]) expect(edges(trace)).toEqual([]);
  });
});

describe("recording", () => {
  it("keeps concurrent runs apart", async () => {
    const shared = new Tensor([1]);
    const runs = Array.from({ length: 5 }, () => run());
    await Promise.all(
      runs.map(async ({ call }) => {
        await call("a", undefined, () => shared);
        await turn();
        await call("b", { shared }, () => 0);
      }),
    );
    for (const { recorder } of runs) expect(edges(recorder.trace())).toEqual(["a -identity-> b"]);
  });

  it("tells times by the given clock, and keeps values as they are", async () => {
    const clock = manualClock(1000);
    const recorder = new TraceRecorder({ clock });
    const input = { x: 1 };
    const node = recorder.start({ name: "a", kind: "tool", input });
    await clock.advance(25);
    const running = recorder.trace();
    recorder.finish(node, input);
    expect(running.nodes[0]).toMatchObject({ startedAt: 1000, endedAt: undefined, state: "running" });
    const [finished] = recorder.trace().nodes;
    expect(finished).toMatchObject({
      id: 0,
      kind: "tool",
      startedAt: 1000,
      endedAt: 1025,
      state: "finished",
    });
    expect(finished?.input).toBe(input);
    expect(finished?.output).toBe(input);
  });

  it("counts only the first ending of a call, and ignores calls it does not know", () => {
    const recorder = new TraceRecorder();
    const node = recorder.start({ name: "a", input: undefined });
    recorder.fail(node, "timeout");
    recorder.finish(node, "late");
    recorder.finish(99, "never began");
    expect(recorder.trace().nodes).toMatchObject([{ state: "failed", error: "timeout", output: undefined }]);
  });

  it("refuses stages of a call that is not there", () => {
    expect(() => new TraceRecorder().trace().stages(3)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  });

  it("never loses a dependency: any real one is a path in the graph", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const rng = createRng(seed);
        const { recorder, call } = run();
        const real: [from: string, to: string][] = [];
        const outputs = new Map<string, { value: unknown }>();
        const makers: (() => unknown)[] = [
          () => new Tensor([1]),
          () => rng.int(0, 2),
          () => ({ list: [new Float32Array(2), "a text long enough"] }),
          () => `some text ${rng.int(0, 3)}`,
          () => "no",
          () => ({ n: 1 }),
        ];
        for (let wave = 0; wave < 6; wave++) {
          const known = [...outputs.keys()];
          await Promise.all(
            Array.from({ length: rng.int(1, 3) }, async (_, index) => {
              const name = `${wave}.${index}`;
              const sources = rng.shuffle(known).slice(0, rng.int(0, 2));
              const input = Object.fromEntries(sources.map((source) => [source, outputs.get(source)?.value]));
              for (const source of sources) real.push([source, name]);
              const make = rng.choice(makers);
              const pass = sources[0] !== undefined && rng.uniform() < 0.2;
              const value = await call(name, input, async () => {
                for (let wait = rng.int(0, 2); wait > 0; wait--) await turn();
                return pass ? outputs.get(sources[0] ?? "")?.value : make();
              });
              outputs.set(name, { value });
            }),
          );
        }
        const trace = recorder.trace();
        const stageOf = new Map(
          trace.stages().flatMap((stage, index) => stage.map(({ name }) => [name, index] as const)),
        );
        for (const [from, to] of real) expect(stageOf.get(from)).toBeLessThan(stageOf.get(to) ?? -1);
        for (const { from, to } of trace.edges) {
          expect(trace.nodes[from]?.endedAt).toBeLessThanOrEqual(trace.nodes[to]?.startedAt ?? -1);
        }
      }),
      { numRuns: 200 },
    );
  });
});
