/** Calls of models and tools under a run: failures, usage, effects, secrets. */
import { getMaxListeners } from "node:events";
import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import {
  callModel,
  callTool,
  example,
  hyperfunction,
  hyperSystem,
  isHyperfuncError,
  perExample,
  type HyperSystem,
  type LanguageModel,
  type ModelRequest,
} from "@hyperfunc/core";
import { manualClock, scriptedModel, type ScriptedModel } from "@hyperfunc/core/testing";
import { walker } from "../../test/walker.js";

const request = (content: string, maxTokens?: number): ModelRequest => ({
  messages: [{ role: "user", content }],
  ...(maxTokens === undefined ? {} : { maxTokens }),
});
const withStatus = (status: number, message = "refused"): Error =>
  Object.assign(new Error(message), { status });
const asking = (model: ScriptedModel, retries = 0, clock = manualClock()): HyperSystem<string, string> => {
  const ask = hyperfunction(
    { name: "ask", retries },
    async (text: string) => (await callModel(model, request(text))).content,
  );
  return hyperSystem({ name: "asking", hyperfunctions: [ask], clock }, (text: string) => ask(text));
};
const data = [example("a", "A"), example("b", "B")];
const exact = perExample((output: string, expected: string) => (output === expected ? 1 : 0));

describe("outside any run", () => {
  it("callModel and callTool just call", async () => {
    const model = scriptedModel(["hi"]);
    expect((await callModel(model, request("?"))).content).toBe("hi");
    expect(await callTool("double", (x: number) => 2 * x, 4)).toBe(8);
    const signal = AbortSignal.abort();
    await expect(callModel(model, request("?"), { signal })).rejects.toMatchObject({ code: "ABORTED" });
  });
});

describe("a failing model", () => {
  it.each([
    [429, true, true],
    [408, true, true],
    [500, true, true],
    [503, true, true],
    [401, false, true],
    [404, false, true],
    [400, false, false],
    [422, false, false],
  ])("with status %i: retryable %p, infrastructure %p", async (status, retryable, infrastructure) => {
    const failed = asking(scriptedModel([withStatus(status)])).run("?");
    await expect(failed).rejects.toMatchObject({
      code: "INFRASTRUCTURE",
      retryable,
      infrastructure,
      details: { status },
      message: `scripted/model failed with status ${status}: refused`,
    });
  });

  it("without a status is a failure of transport", async () => {
    await expect(asking(scriptedModel([new TypeError("fetch failed")])).run("?")).rejects.toMatchObject({
      code: "INFRASTRUCTURE",
      retryable: true,
      infrastructure: true,
      cause: { name: "TypeError", message: "fetch failed" },
    });
  });

  it("keeps what caused it", async () => {
    const cause = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    const failed = asking(scriptedModel([new TypeError("fetch failed", { cause })])).run("?");
    await expect(failed).rejects.toMatchObject({
      cause: { name: "TypeError", cause: { message: "connect", code: "ECONNREFUSED" } },
    });
  });

  it.each([429, 503])("never becomes a score in a storm of %i, retries or not", async (status) => {
    for (const retries of [0, 2]) {
      const clock = manualClock();
      const storm = scriptedModel((_, index) => (index % 3 === 0 ? "A" : withStatus(status)));
      const system = asking(storm, retries, clock);
      const many = Array.from({ length: 30 }, (_, index) => example(String(index), "A"));
      const onError = (): { score: number } => ({ score: 1 });
      const measuring = system.evaluateDetailed(many, exact, { onError });
      await clock.runAll();
      const { score, missing, failures } = await measuring;
      expect(score).toBeUndefined();
      expect(missing).toBeGreaterThan(0);
      expect(failures.every(({ kind }) => kind === "infrastructure")).toBe(true);
    }
  });

  it("is overcome by retries", async () => {
    const clock = manualClock();
    const model = scriptedModel([withStatus(429), withStatus(503), "A"]);
    const measuring = asking(model, 2, clock).evaluate([example("a", "A")], exact);
    await clock.runAll();
    expect(await measuring).toBe(1);
  });

  it("that finds the request invalid is a failure of the program", async () => {
    const system = asking(scriptedModel((_, index) => (index === 0 ? withStatus(400) : "B")));
    const onError = (): { score: number } => ({ score: -1 });
    expect(await system.evaluate(data, exact, { onError })).toBe(0);
  });
});

describe("an answer that the program cannot use", () => {
  it("is asked for again, and not given a second time", async () => {
    const model = scriptedModel(["not a number", "7"]);
    const parse = hyperfunction({ name: "parse", retries: 1 }, async (text: string) => {
      const value = Number((await callModel(model, request(text))).content);
      if (Number.isNaN(value)) throw new Error("not a number");
      return value;
    });
    const clock = manualClock();
    const system = hyperSystem({ name: "parsing", clock }, (text: string) => parse(text));
    const measuring = system.evaluate(
      [example("?", 7)],
      perExample((output: number) => output),
    );
    await clock.runAll();
    expect(await measuring).toBe(7);
  });
});

describe("usage", () => {
  it("adds up tokens, money and calls, failed ones included", async () => {
    const model = scriptedModel(
      (_, index) =>
        index === 1
          ? withStatus(429)
          : { content: "A", usage: { inputTokens: 5, outputTokens: 2, totalTokens: 7 } },
      { costUsd: ({ totalTokens }) => totalTokens * 0.01 },
    );
    const clock = manualClock();
    const measuring = asking(model, 1, clock).evaluateDetailed(data, exact);
    await clock.runAll();
    const { usage } = await measuring;
    expect(usage).toMatchObject({
      calls: 3,
      inputTokens: 10,
      outputTokens: 4,
      totalTokens: 14,
      replayedCalls: 0,
    });
    expect(usage.costUsd).toBeCloseTo(0.14, 12);
  });

  it("counts tools", async () => {
    const system = hyperSystem({ name: "tools" }, (x: number) => callTool("t", (y: number) => y, x));
    const { usage } = await system.evaluateDetailed(
      [example(1, 1), example(2, 2)],
      perExample(() => 1),
    );
    expect(usage.calls).toBe(3);
  });

  it("does not pay for the probe's calls a second time", async () => {
    const model = scriptedModel(() => "A");
    const ask = hyperfunction(
      { name: "ask" },
      async (text: string) => (await callModel(model, request(text))).content,
    );
    const system = hyperSystem(
      { name: "probed" },
      async (text: string) => (await ask(text)) + (await ask(text)),
    );
    const { usage } = await system.evaluateDetailed(data, exact);
    expect(model.requests).toHaveLength(4);
    expect(usage).toMatchObject({ calls: 4, replayedCalls: 0 });
  });

  it("of judges is counted and limited like the program's, and belongs to no hyperfunction of the program", async () => {
    const model = scriptedModel(() => ({ content: "0.5", delayMs: 1 }));
    let most = 0;
    const verdict = hyperfunction({ name: "verdict" }, async (text: string) => {
      const reply = callModel(model, request(text));
      most = Math.max(most, model.inFlight);
      return Number((await reply).content);
    });
    const system = hyperSystem(
      { name: "judged", concurrency: 2, hyperfunctions: [] },
      async (text: string) => text,
    );
    const many = Array.from({ length: 8 }, (_, index) => example(String(index), ""));
    const { score, usage } = await system.evaluateDetailed(
      many,
      perExample((output: string) => verdict(output)),
    );
    expect([score, usage.calls]).toEqual([0.5, 8]);
    expect(most).toBeLessThanOrEqual(2);
    expect(system.hyperfunctions).toEqual([]);
  });
});

describe("tools", () => {
  it("take any input, and their failures are the program's", async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const system = hyperSystem({ name: "tools" }, (_: number) =>
      callTool("t", (given: object) => Object.keys(given), circle),
    );
    expect(
      await system.evaluate(
        [example(1, 0)],
        perExample((keys: string[]) => keys.length),
      ),
    ).toBe(1);
    const failing = hyperSystem({ name: "failing", hyperfunctions: [] }, (_: number) =>
      callTool(
        "t",
        (): number => {
          throw new Error("broken");
        },
        1,
      ),
    );
    expect(
      await failing.evaluate(
        [example(1, 0)],
        perExample((output: number) => output),
        { onError: () => ({ score: -1 }) },
      ),
    ).toBe(-1);
  });

  it("find the signal of their call", async () => {
    const abort = new AbortController();
    const system = hyperSystem({ name: "tools" }, (_: number) =>
      callTool("t", (_input: number, { signal }) => (abort.abort(), signal?.aborted), 1, {
        signal: abort.signal,
      }),
    );
    expect(await system.run(1)).toBe(true);
  });
});

describe("an API key", () => {
  const canary = "canary-4f9d1c7be2a84d0c";
  const secret = `sk-${canary}`;

  it("in a provider's error is found in no byte of traces and messages", async () => {
    const quoted = [
      Object.assign(new Error(`Incorrect API key provided: ${canary}`), { status: 401 }),
      Object.assign(new Error(`denied for ${secret}`), {
        request: { headers: { authorization: `Bearer ${canary}` } },
      }),
      Object.assign(new Error("denied"), {
        status: 403,
        headers: { "x-api-key": canary },
        cause: new Error(secret),
      }),
      new Error(`GET https://user:${canary}@host/v1 failed, Authorization: Bearer ${canary}`),
    ];
    const model = scriptedModel(quoted);
    const messages: string[] = [];
    const system = hyperSystem({ name: "denied" }, async (times: number) => {
      for (let time = 0; time < times; time++) {
        await callModel(model, request("?")).catch((error: unknown) => {
          expect(isHyperfuncError(error, "INFRASTRUCTURE")).toBe(true);
          messages.push(String(error), JSON.stringify(error), inspect(error, { depth: 9 }));
        });
      }
      return "done";
    });
    const { trace } = await system.trace(quoted.length);
    expect(trace.nodes).toHaveLength(quoted.length);
    expect(JSON.stringify(trace.toJson()) + trace.toMermaid() + messages.join()).not.toContain(canary);
  });

  it("under a telling name in an input or output is not shown", async () => {
    const login = hyperfunction({ name: "login" }, (_: { apiKey: string }) => ({
      authorization: `Bearer ${canary}`,
    }));
    const system = hyperSystem({ name: "login" }, (_: number) => login({ apiKey: canary }));
    expect(JSON.stringify((await system.trace(1)).trace.toJson())).not.toContain(canary);
  });

  it("is in no failure of an evaluation and in no saved state", async () => {
    const model = scriptedModel(() =>
      Object.assign(new Error(`bad key ${secret}`), { headers: { authorization: secret } }),
    );
    const system = asking(model);
    const { failures } = await system.evaluateDetailed(data, exact);
    expect(failures).toHaveLength(2);
    expect(JSON.stringify([failures, system.exportState()])).not.toContain(canary);
    await expect(system.evaluate(data, exact)).rejects.not.toThrow(canary);
  });
});

describe("a model that makes several attempts", () => {
  const busy = withStatus(503);

  it("is told when somebody around repeats what fails", async () => {
    const seen: unknown[] = [];
    const inner = scriptedModel(() => "x");
    const model: LanguageModel = {
      ...inner,
      generate: (asked, options) => {
        seen.push(options?.retried);
        return inner.generate(asked, options);
      },
    };
    const ask = (retries: number): HyperSystem<number, string> => {
      const inside = hyperfunction({ name: "inside" }, () => callModel(model, request("?")));
      const outside = hyperfunction({ name: "outside", retries }, async () => (await inside()).content);
      return hyperSystem({ name: "told", hyperfunctions: [outside, inside] }, (_: number) => outside());
    };
    await ask(0).run(1);
    await ask(2).run(1);
    expect(seen).toEqual([false, true]);
  });

  it("has every attempt counted, and none for which there is no room", async () => {
    let attempts = 0;
    const model: LanguageModel = {
      provider: "own",
      modelId: "stubborn",
      generate: async (_, { onRetry } = {}) => {
        for (;;) {
          attempts++;
          await onRetry?.(busy);
        }
      },
    };
    const ask = hyperfunction(
      { name: "ask", prompt: "?" },
      async (_: number) => (await callModel(model, request("?"))).content,
    );
    const optimizer = walker({ steps: 2 });
    const system = hyperSystem({ name: "stubborn", hyperfunctions: [ask], optimizer }, (input: number) =>
      ask(input),
    );
    const searching = system.optimize([example(1, "")], exact, { budget: { maxCalls: 50 } });
    await expect(searching).rejects.toMatchObject({ code: "BUDGET_EXHAUSTED" });
    expect(attempts).toBe(50);
  });

  it("within another call does not wait for a budget that this one holds", async () => {
    const inner = scriptedModel(() => "x");
    const outer: LanguageModel = {
      ...scriptedModel([]),
      modelId: "outer",
      generate: (asked) => callModel(inner, asked),
    };
    const ask = hyperfunction(
      { name: "ask", prompt: "?" },
      async (_: number) => (await callModel(outer, request("?", 100))).content,
    );
    const optimizer = walker({ steps: 1 });
    const system = hyperSystem({ name: "nested", hyperfunctions: [ask], optimizer }, (input: number) =>
      ask(input),
    );
    const searching = system.optimize([example(1, "x")], exact, { budget: { maxTokens: 250 } });
    await expect(searching).rejects.toMatchObject({ code: "BUDGET_EXHAUSTED" });
  });

  it("gives its place among concurrent calls back while it waits", async () => {
    const clock = manualClock();
    const order: string[] = [];
    const inner = scriptedModel(() => "x");
    const model: LanguageModel = {
      ...inner,
      generate: async (asked, options) => {
        const [{ content: text } = { content: "" }] = asked.messages;
        if (text === "slow")
          await options?.pause?.(() => new Promise((resolve) => clock.setTimer(() => resolve(0), 1000)));
        order.push(text as string);
        return inner.generate(asked, options);
      },
    };
    const system = hyperSystem(
      { name: "places", concurrency: 1, clock },
      async (text: string) => (await callModel(model, request(text))).content,
    );
    const evaluating = system.evaluateDetailed(
      ["quick", "slow", "quick"].map((text) => example(text, "x")),
      exact,
    );
    let done = false;
    void evaluating.finally(() => (done = true));
    while (!done) await clock.runAll();
    expect(order.slice(-2)).toEqual(["quick", "slow"]);
  });
});

it("any number of calls may listen to the signal of a call that nobody can abort", async () => {
  const ask = hyperfunction({ name: "ask" }, (_: number, { signal }) => getMaxListeners(signal));
  expect(await ask(1)).toBe(Infinity);
});
