import { describe, expect, it } from "@jest/globals";
import {
  Budget,
  callModel,
  example,
  hyperfunction,
  hyperSystem,
  isHyperfuncError,
  perExample,
  type LanguageModel,
  type ModelChunk,
  type ModelRequest,
} from "@hyperfunc/core";
import { languageModelContract, scriptedModel, type ReplyFunction } from "@hyperfunc/core/testing";
import { walker } from "../../core/test/walker.js";
import {
  memoryCache,
  UsageMeter,
  withBudget,
  withCache,
  withFallbacks,
  withRateLimit,
  withRetry,
  withUsage,
  wrapModel,
  type ModelMiddleware,
} from "../src/index.js";

const REQUEST: ModelRequest = { messages: [{ role: "user", content: "Capital of France?" }], maxTokens: 20 };
const QUICK = { baseMs: 1, maxMs: 2 };
const failure = (status: number): Error => Object.assign(new Error(`status ${status}`), { status });

async function read(model: LanguageModel, request = REQUEST): Promise<ModelChunk[]> {
  const chunks: ModelChunk[] = [];
  for await (const chunk of model.stream?.(request) ?? []) chunks.push(chunk);
  return chunks;
}

describe("wrapModel", () => {
  it("puts the first layer outermost, for answers and streams", async () => {
    const seen: string[] = [];
    const layer = (name: string): ModelMiddleware =>
      async function* (call, next) {
        seen.push(`${name}>`);
        yield* next(call);
        seen.push(`<${name}`);
      };
    const model = wrapModel(scriptedModel(["a", "b"]), [layer("1"), layer("2")]);
    await model.generate(REQUEST);
    await read(model);
    expect(seen).toEqual(["1>", "2>", "<2", "<1", "1>", "2>", "<2", "<1"]);
  });

  it("keeps what the model says of itself", () => {
    const inner = scriptedModel([], { maxOutputTokens: 7, costUsd: () => 3, provider: "p", modelId: "m" });
    const model = wrapModel(inner, [withRetry(), withCache(), withRateLimit()]);
    expect(model).toMatchObject({ provider: "p", modelId: "m", maxOutputTokens: 7 });
    expect(model.costUsd?.({ inputTokens: 0, outputTokens: 0, totalTokens: 0 })).toBe(3);
  });

  it("gives the text of a model without streams at once", async () => {
    const { stream: _stream, ...plain } = scriptedModel(["Paris"]);
    expect((await read(wrapModel(plain, [withRetry()]))).map(({ type }) => type)).toEqual(["text", "finish"]);
  });

  const layers = (): ModelMiddleware[] => [
    withBudget({ maxCalls: 100 }),
    withUsage(new UsageMeter()),
    withFallbacks([scriptedModel(() => "other")]),
    withRetry(QUICK),
    withRateLimit(),
  ];
  const make = (): LanguageModel =>
    wrapModel(
      scriptedModel(() => "yes", { delayMs: 5 }),
      layers(),
    );
  for (const { name, run } of languageModelContract(make)) it(`of all layers ${name}`, run);
});

describe("withRetry", () => {
  it("repeats what may pass, and no more often than told", async () => {
    const flaky = scriptedModel([failure(500), failure(429), "Paris"]);
    expect((await wrapModel(flaky, [withRetry(QUICK)]).generate(REQUEST)).content).toBe("Paris");
    const dead = scriptedModel(() => failure(500));
    await expect(
      wrapModel(dead, [withRetry({ ...QUICK, retries: 3 })]).generate(REQUEST),
    ).rejects.toMatchObject({
      details: { status: 500 },
    });
    expect(dead.requests).toHaveLength(4);
  });

  it("does not repeat a request that is refused for what it is", async () => {
    const model = scriptedModel(() => failure(400));
    await expect(wrapModel(model, [withRetry(QUICK)]).generate(REQUEST)).rejects.toMatchObject({
      details: { status: 400 },
    });
    expect(model.requests).toHaveLength(1);
  });

  it("leaves it to one layer: a hyperfunction's retries, or the outer of two", async () => {
    const model = scriptedModel(() => failure(500));
    const wrapped = wrapModel(model, [
      withRetry({ ...QUICK, retries: 5 }),
      withRetry({ ...QUICK, retries: 5 }),
    ]);
    await expect(wrapped.generate(REQUEST)).rejects.toThrow();
    expect(model.requests).toHaveLength(6);
    const ask = hyperfunction({ name: "ask", retries: 1 }, () => callModel(wrapped, REQUEST));
    await expect(ask()).rejects.toThrow();
    expect(model.requests).toHaveLength(6 + 2);
  });

  it("repeats a stream until its first piece, not after", async () => {
    let attempts = 0;
    const broken: LanguageModel = {
      ...scriptedModel([]),
      async *stream() {
        attempts++;
        await Promise.resolve();
        if (attempts === 1) throw failure(503);
        yield { type: "text", text: "Pa" };
        throw failure(503);
      },
    };
    const texts: string[] = [];
    await expect(
      (async () => {
        for await (const chunk of wrapModel(broken, [withRetry(QUICK)]).stream?.(REQUEST) ?? []) {
          if (chunk.type === "text") texts.push(chunk.text);
        }
      })(),
    ).rejects.toThrow("status 503");
    expect({ attempts, texts }).toEqual({ attempts: 2, texts: ["Pa"] });
  });

  it.each([NaN, -1, 1.5, "2"])("refuses retries %p", (retries) => {
    expect(() => withRetry({ retries: retries as number })).toThrow("retries must be a whole number from 0");
  });

  it("stops at an abort", async () => {
    const interruption = new AbortController();
    const model = scriptedModel(() => failure(500));
    const call = wrapModel(model, [withRetry({ baseMs: 60_000 })]).generate(REQUEST, {
      signal: interruption.signal,
    });
    setTimeout(() => interruption.abort(), 10);
    await expect(call).rejects.toMatchObject({ code: "ABORTED" });
  });
});

describe("withFallbacks", () => {
  it("asks the next model, and says which answered", async () => {
    const down = scriptedModel(() => failure(503), { modelId: "down" });
    const other = scriptedModel(["Paris"], { modelId: "other" });
    const model = wrapModel(down, [withFallbacks([other])]);
    expect(await model.generate(REQUEST)).toMatchObject({ content: "Paris", model: "scripted/other" });
    expect(model.modelId).toBe("down");
  });

  it.each([401, 404, 429, 500])("after status %i", async (status) => {
    const model = wrapModel(
      scriptedModel(() => failure(status)),
      [withFallbacks([scriptedModel(["Paris"])])],
    );
    expect((await model.generate(REQUEST)).content).toBe("Paris");
  });

  it("not when the request itself is refused, nor after an abort", async () => {
    const other = scriptedModel(() => "Paris");
    const refused = wrapModel(
      scriptedModel(() => failure(400)),
      [withFallbacks([other])],
    );
    await expect(refused.generate(REQUEST)).rejects.toMatchObject({ details: { status: 400 } });
    const slow = wrapModel(
      scriptedModel(() => ({ content: "", delayMs: 1000 })),
      [withFallbacks([other])],
    );
    await expect(slow.generate(REQUEST, { signal: AbortSignal.timeout(5) })).rejects.toMatchObject({
      code: "ABORTED",
    });
    expect(other.requests).toHaveLength(0);
  });

  it("says the last failure when all fail", async () => {
    const model = wrapModel(
      scriptedModel(() => failure(500)),
      [withFallbacks([scriptedModel(() => failure(503))])],
    );
    await expect(model.generate(REQUEST)).rejects.toMatchObject({ details: { status: 503 } });
  });

  it("asks no model for more than it can answer, and says what went wrong with all", async () => {
    const other = scriptedModel([failure(502)], { maxOutputTokens: 100 });
    const model = wrapModel(
      scriptedModel(() => failure(503), { maxOutputTokens: 1000 }),
      [withFallbacks([other])],
    );
    const call = model.generate({ ...REQUEST, maxTokens: 500 });
    await expect(call).rejects.toThrow(/status 502.*Before it: .*status 503/);
    expect(other.requests[0]?.maxTokens).toBe(100);
  });

  it("knows unknown names before anything is sent", () => {
    expect(() => withFallbacks(["opnai/gpt-4o"])).toThrow('Did you mean "openai/…"');
  });

  it("counts for budgets as the dearest of its models, none of which may answer more than said", async () => {
    const price = (usd: number) => (): number => usd;
    const cheap = scriptedModel(() => failure(500), { maxOutputTokens: 100, costUsd: price(1) });
    const dear = scriptedModel(["Paris"], { maxOutputTokens: 500, costUsd: price(2) });
    const model = wrapModel(cheap, [withFallbacks([dear])]);
    expect(model.maxOutputTokens).toBe(100);
    expect(model.costUsd?.({ inputTokens: 0, outputTokens: 0, totalTokens: 0 })).toBe(2);
    await model.generate({ messages: REQUEST.messages });
    expect(dear.requests[0]?.maxTokens).toBe(100);
    const unknown = wrapModel(cheap, [withFallbacks([scriptedModel([])])]);
    expect(unknown.maxOutputTokens).toBeUndefined();
    expect(unknown.costUsd?.({ inputTokens: 0, outputTokens: 0, totalTokens: 0 })).toBeUndefined();
  });
});

describe("withUsage", () => {
  it("adds up by model, with what failed, what was cached and what has no price", async () => {
    const meter = new UsageMeter();
    const usage = { inputTokens: 10, outputTokens: 2, totalTokens: 12 };
    const cache = withCache(memoryCache());
    const priced = wrapModel(
      scriptedModel(() => ({ content: "a", usage }), { modelId: "priced", costUsd: () => 0.5 }),
      [withUsage(meter), cache],
    );
    const free = wrapModel(scriptedModel([{ content: "b", usage }, failure(500)], { modelId: "unpriced" }), [
      withUsage(meter),
    ]);
    await priced.generate(REQUEST);
    await priced.generate(REQUEST);
    await read(free);
    await expect(free.generate(REQUEST)).rejects.toThrow();
    expect(meter.byModel["scripted/priced"]).toMatchObject({
      calls: 2,
      cachedCalls: 1,
      totalTokens: 12,
      costUsd: 0.5,
    });
    expect(meter.byModel["scripted/unpriced"]).toMatchObject({ calls: 1, failedCalls: 1, unpricedCalls: 1 });
    expect(meter.total).toMatchObject({
      calls: 3,
      inputTokens: 20,
      outputTokens: 4,
      totalTokens: 24,
      costUsd: 0.5,
    });
  });
});

/** A model with answers of unequal length, some refused and some lost on the way, that keeps its own books. */
function booked(): { model: LanguageModel; spent: { calls: number; tokens: number; usd: number } } {
  const spent = { calls: 0, tokens: 0, usd: 0 };
  const reply: ReplyFunction = async (_, index) => {
    spent.calls++;
    for (let turn = 0; turn < index % 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (index % 7 === 3) return failure(429);
    const outputTokens = 1 + (index % 20);
    spent.tokens += 10 + outputTokens;
    spent.usd += (10 + outputTokens) * 1e-3;
    // Lost on the way back, so the server counts it and nobody here learns how much.
    if (index % 11 === 5) return new Error("connection reset");
    return {
      content: "o ".repeat(outputTokens),
      usage: { inputTokens: 10, outputTokens, totalTokens: 10 + outputTokens },
    };
  };
  return { model: scriptedModel(reply, { costUsd: ({ totalTokens }) => totalTokens * 1e-3 }), spent };
}

describe("a budget under 64 concurrent calls, with retries and streams", () => {
  it.each([{ maxCalls: 40 }, { maxTokens: 3000 }, { maxUsd: 3 }])(
    "is never overdrawn: %j",
    async (limits) => {
      const { model, spent } = booked();
      const budget = new Budget(limits);
      const limited = wrapModel(model, [withBudget(budget), withRetry({ ...QUICK, retries: 3 })]);
      const half = { ...REQUEST, messages: [{ role: "user" as const, content: "?" }] };
      const calls = Array.from({ length: 200 }, async (_, index) => {
        if (index % 3 === 0) return limited.generate(half);
        for await (const chunk of limited.stream?.(half) ?? [])
          if (index % 3 === 1 && chunk.type === "text") break;
        return undefined;
      });
      const ends = await Promise.allSettled(calls);
      expect(ends.some(({ status }) => status === "fulfilled")).toBe(true);
      expect(ends.some((end) => end.status === "rejected" && String(end.reason).includes("exhausted"))).toBe(
        true,
      );
      const {
        maxCalls = Infinity,
        maxTokens = Infinity,
        maxUsd = Infinity,
      } = limits as Record<string, number>;
      expect(spent.calls).toBeLessThanOrEqual(maxCalls);
      expect(spent.tokens).toBeLessThanOrEqual(maxTokens);
      expect(spent.usd).toBeLessThanOrEqual(maxUsd + 1e-9);
      expect(budget.reserved).toEqual({ calls: 0, runs: 0, tokens: 0, usd: 0 });
    },
  );

  it("is never overdrawn inside a run, where the model repeats attempts by itself", async () => {
    for (const budget of [{ maxCalls: 30 }, { maxTokens: 2500 }, { maxUsd: 2.5 }]) {
      const { model, spent } = booked();
      const limited = wrapModel(model, [
        withCache(),
        withFallbacks([model]),
        withRetry({ ...QUICK, retries: 3 }),
      ]);
      const ask = hyperfunction({ name: "ask", prompt: "?" }, (question: string, { prompt }) =>
        callModel(limited, { messages: [{ role: "user", content: prompt + question }], maxTokens: 20 }),
      );
      const optimizer = walker({ steps: 20, population: 16 });
      const system = hyperSystem(
        { name: "spending", hyperfunctions: [ask], concurrency: 64, optimizer },
        (question: string) => ask(question).then(({ content }) => content),
      );
      const examples = Array.from({ length: 4 }, (_, index) => example(String(index), ""));
      await system
        .optimize(
          examples,
          perExample(() => 1),
          { budget },
        )
        .catch((error: unknown) => {
          if (!isHyperfuncError(error, "BUDGET_EXHAUSTED")) throw error;
        });
      const limit = budget as { maxCalls?: number; maxTokens?: number; maxUsd?: number };
      expect(spent.calls).toBeGreaterThan(3);
      expect(spent.calls).toBeLessThanOrEqual(limit.maxCalls ?? Infinity);
      expect(spent.tokens).toBeLessThanOrEqual(limit.maxTokens ?? Infinity);
      expect(spent.usd).toBeLessThanOrEqual((limit.maxUsd ?? Infinity) + 1e-9);
    }
  });

  it("refuses what nothing bounds, before anything is sent, and says what to do", async () => {
    const unpriced = scriptedModel(() => "x");
    const money = wrapModel(unpriced, [withBudget({ maxUsd: 1 })]);
    await expect(money.generate(REQUEST)).rejects.toMatchObject({ code: "BUDGET_UNBOUNDED" });
    await expect(money.generate(REQUEST)).rejects.toThrow("price");
    const tokens = wrapModel(unpriced, [withBudget({ maxTokens: 100 })]);
    await expect(tokens.generate({ messages: REQUEST.messages })).rejects.toThrow("maxTokens");
    expect(unpriced.requests).toHaveLength(0);
  });
});
