/** Budgets, places among concurrent calls, rate limits and retries wait for each other, and never in a circle. */
import { describe, expect, it } from "@jest/globals";
import {
  Budget,
  callModel,
  example,
  hyperfunction,
  HyperfuncError,
  hyperSystem,
  isHyperfuncError,
  perExample,
  type BudgetLimits,
  type HyperSystem,
  type LanguageModel,
  type ModelRequest,
} from "@hyperfunc/core";
import { scriptedModel } from "@hyperfunc/core/testing";
import { walker } from "../../core/test/walker.js";
import {
  languageModel,
  memoryCache,
  RateLimiter,
  withBudget,
  withCache,
  withFallbacks,
  withRateLimit,
  withRetry,
  wrapModel,
} from "../src/index.js";
import { ChatServer, fails, says } from "./chat-server.js";

const REQUEST: ModelRequest = { messages: [{ role: "user", content: "Capital of France?" }], maxTokens: 20 };
const SMALL = { inputTokens: 5, outputTokens: 1, totalTokens: 6 };
const failure = (status: number): Error => Object.assign(new Error(`status ${status}`), { status });
const any = perExample(() => 1);
const examples = (count: number) => Array.from({ length: count }, (_, index) => example(String(index), ""));

function asking(model: LanguageModel, concurrency: number): HyperSystem<string, string> {
  const ask = hyperfunction({ name: "ask", prompt: "?" }, (question: string, { prompt }) =>
    callModel(model, { messages: [{ role: "user", content: prompt + question }], maxTokens: 20 }),
  );
  const optimizer = walker({ steps: 2, population: 4 });
  return hyperSystem({ name: "asking", hyperfunctions: [ask], concurrency, optimizer }, (question: string) =>
    ask(question).then(({ content }) => content),
  );
}

/** How a search under a budget ends. */
async function ended(model: LanguageModel, concurrency: number, budget: BudgetLimits): Promise<string> {
  try {
    return (await asking(model, concurrency).optimize(examples(8), any, { budget })).stopReason;
  } catch (error) {
    if (isHyperfuncError(error)) return error.code;
    throw error;
  }
}

/** Room for one call at its bound: every other waits for it. */
const TIGHT = { maxTokens: 450 };

describe.each([1, 2, 4])("a tight budget at concurrency %i", (concurrency) => {
  it("comes to an end with a rate limit", async () => {
    const limiter = new RateLimiter({ requestsPerSecond: 40 });
    const inner = scriptedModel(() => ({ content: "x", delayMs: 2, usage: SMALL }));
    expect(await ended(wrapModel(inner, [withRateLimit(limiter)]), concurrency, TIGHT)).toBe("budget");
    expect(limiter.state).toMatchObject({ inFlight: 0, waiting: 0 });
  });

  it("comes to an end with refusals", async () => {
    let calls = 0;
    const inner = scriptedModel(() => {
      const refused = new HyperfuncError("INFRASTRUCTURE", "429", {
        retryable: true,
        details: { status: 429, retryAfterMs: 20 },
      });
      return calls++ % 4 === 1 ? refused : { content: "x", delayMs: 2, usage: SMALL };
    });
    expect(await ended(wrapModel(inner, [withRateLimit()]), concurrency, TIGHT)).toBe("budget");
  });

  it("comes to an end with a cache, fallbacks and retries", async () => {
    let calls = 0;
    const flaky = scriptedModel(() =>
      calls++ % 3 === 0 ? failure(503) : { content: "x", delayMs: 2, usage: SMALL },
    );
    const other = scriptedModel(() => ({ content: "y", delayMs: 2, usage: SMALL }));
    const layers = [withFallbacks([other]), withCache(), withRetry({ baseMs: 1, maxMs: 2 }), withRateLimit()];
    const same: LanguageModel = wrapModel(flaky, layers);
    const end = await ended(
      {
        ...same,
        generate: (request, options) => same.generate({ ...request, messages: REQUEST.messages }, options),
      },
      concurrency,
      TIGHT,
    );
    expect(["finished", "budget"]).toContain(end);
  });
});

it("an abort between the line and a place among concurrent calls gives the ticket back", async () => {
  const limiter = new RateLimiter({ maxConcurrent: 1 });
  const model = wrapModel(
    scriptedModel(() => ({ content: "x", delayMs: 20 })),
    [withRateLimit(limiter)],
  );
  const first = model.generate(REQUEST);
  const pause = async <T>(wait: () => Promise<T>): Promise<T> => {
    await wait();
    throw new HyperfuncError("ABORTED", "Aborted while waiting for a place.");
  };
  const second = model.generate(REQUEST, { pause });
  await first;
  await expect(second).rejects.toThrow("Aborted while waiting");
  expect(limiter.state).toMatchObject({ inFlight: 0, waiting: 0 });
  expect((await model.generate(REQUEST)).content).toBe("x");
});

it("an aborted evaluation leaves nothing in the line", async () => {
  const limiter = new RateLimiter({ requestsPerSecond: 20 });
  const inner = scriptedModel((_, index) => ({ content: "x", delayMs: index < 20 ? 1 : 200 }));
  const system = asking(wrapModel(inner, [withRateLimit(limiter)]), 1);
  const aborted = system.evaluate(examples(60), any, { signal: AbortSignal.timeout(1150) });
  await expect(aborted).rejects.toMatchObject({ code: "ABORTED" });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(limiter.state).toMatchObject({ inFlight: 0, waiting: 0 });
});

it("several calls at once inside one have one place together, and give it back", async () => {
  const part = wrapModel(
    scriptedModel(() => ({ content: "x", delayMs: 5 })),
    [withRateLimit({ requestsPerSecond: 4 })],
  );
  const ensemble: LanguageModel = {
    provider: "own",
    modelId: "ensemble",
    generate: async (request, options) => {
      const [first] = await Promise.all([1, 2, 3, 4, 5, 6].map(() => part.generate(request, options)));
      if (first === undefined) throw new Error("no answer");
      return first;
    },
  };
  expect(await asking(ensemble, 1).evaluate(examples(2), any)).toBe(1);
});

it("a budget around a model and its fallback books a call once", async () => {
  const budget = new Budget({ maxTokens: 200 });
  const other = wrapModel(
    scriptedModel(() => ({ content: "ok", usage: SMALL })),
    [withBudget(budget)],
  );
  const model = wrapModel(
    scriptedModel(() => failure(503)),
    [withBudget(budget), withFallbacks([other])],
  );
  expect((await model.generate(REQUEST)).content).toBe("ok");
  expect(budget.spent).toMatchObject({ calls: 2, tokens: 6 });
  expect(budget.reserved.tokens).toBe(0);
});

it.each([
  { inputTokens: 1, outputTokens: 0.5, totalTokens: 1.5 },
  { inputTokens: NaN, outputTokens: 1, totalTokens: NaN },
  { inputTokens: -1, outputTokens: 0, totalTokens: -1 },
])("figures that are none book the bound, and keep the answer: %j", async (usage) => {
  const budget = new Budget({ maxTokens: 1000 });
  const inner = scriptedModel(() => ({ content: "paid", usage }));
  const limiter = new RateLimiter({ tokensPerMinute: 1000 });
  const model = wrapModel(inner, [withBudget(budget), withRateLimit(limiter)]);
  expect((await model.generate(REQUEST)).content).toBe("paid");
  expect(budget.reserved.tokens).toBe(0);
  expect(budget.spent.tokens).toBeGreaterThan(20);
  expect(limiter.state.remaining["tokens-minute"]).toBeGreaterThan(0);
});

it("no more calls are under way than there are places, whoever waited for a limit", async () => {
  let [now, most] = [0, 0];
  const inner = scriptedModel(async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 60));
    now--;
    return "x";
  });
  const model = wrapModel(inner, [withRateLimit({ requestsPerSecond: 10 })]);
  await asking(model, 2).evaluate(examples(18), any);
  expect(most).toBe(2);
});

it("a call that waits for its next attempt does not keep its place", async () => {
  const order: string[] = [];
  const inner = scriptedModel(({ messages }, index) => {
    order.push(JSON.stringify(messages[0]?.content));
    const busy = { retryable: true, details: { status: 503, retryAfterMs: 100 } };
    return index === 0 ? new HyperfuncError("INFRASTRUCTURE", "busy", busy) : "x";
  });
  const model = wrapModel(inner, [withRetry({ baseMs: 1 })]);
  await asking(model, 1).evaluate(examples(2), any);
  expect(order).toEqual(['"?0"', '"?1"', '"?0"']);
});

it("a call that waits for an equal one does not keep the place that this one needs", async () => {
  const model = wrapModel(
    scriptedModel(() => "x"),
    [withCache(), withRateLimit({ requestsPerSecond: 2 })],
  );
  let asked = 0;
  const same: LanguageModel = {
    ...model,
    generate: (request, options) => {
      // Three questions for all, so that most calls wait for an equal one.
      const messages = [{ role: "user" as const, content: `question ${asked++ % 3}` }];
      return model.generate({ ...request, messages }, options);
    },
  };
  expect(await asking(same, 1).evaluate(examples(8), any)).toBe(1);
});

it("a call that waits for an equal one does not keep the budget that its next attempt needs", async () => {
  const bound = 100 + 20; // one message, and maxTokens
  const inner = scriptedModel((_, index) =>
    index === 0 ? { error: new Error("lost"), delayMs: 20 } : { content: "x", usage: SMALL },
  );
  const budget = new Budget({ maxTokens: 2 * bound + 10 });
  const model = wrapModel(inner, [withBudget(budget), withCache(), withRetry({ baseMs: 1 })]);
  const ends = await Promise.allSettled([model.generate(REQUEST), model.generate(REQUEST)]);
  expect(ends[1]?.status).toBe("fulfilled");
  expect(budget.reserved.tokens).toBe(0);
});

describe("a model that makes several calls under one reservation", () => {
  const together = (part: LanguageModel, count: number): LanguageModel => ({
    provider: "own",
    modelId: "ensemble",
    generate: async (request, options) => {
      const calls = Array.from({ length: count }, () => part.generate(request, options));
      const [first] = await Promise.all(calls);
      if (first === undefined) throw new Error("no answer");
      return first;
    },
  });
  const twiceDown = (): LanguageModel =>
    scriptedModel((_, index) => (index < 2 ? failure(503) : { content: "x", usage: SMALL }));

  it("books their attempts one after the other", async () => {
    const budget = new Budget({ maxTokens: 1000 });
    const part = wrapModel(twiceDown(), [withRetry({ baseMs: 0 })]);
    await wrapModel(together(part, 2), [withBudget(budget)]).generate(REQUEST);
    expect(budget.reserved.tokens).toBe(0);
    expect(budget.spent.calls).toBe(3);
  });

  it("comes to an end under a tight budget", async () => {
    const other = scriptedModel(() => ({ content: "y", usage: SMALL }));
    const part = wrapModel(twiceDown(), [withFallbacks([other])]);
    expect(await ended(together(part, 2), 2, TIGHT)).toBe("budget");
  });

  it("books each of them where the budget stands around the parts, too", async () => {
    const budget = new Budget({ maxCalls: 3 });
    const inner = scriptedModel(() => ({ content: "x", usage: SMALL }));
    const part = wrapModel(inner, [withBudget(budget)]);
    const call = wrapModel(together(part, 5), [withBudget(budget)]).generate(REQUEST);
    await expect(call).rejects.toMatchObject({ code: "BUDGET_EXHAUSTED" });
    expect(inner.requests).toHaveLength(3);
  });

  it("books once, however often the budget stands around one way down", async () => {
    const limits = { maxTokens: 150 }; // room for one call at its bound
    const budget = new Budget(limits);
    const around = (model: LanguageModel, others: LanguageModel[] = []): LanguageModel =>
      wrapModel(model, [withBudget(budget), withFallbacks(others)]);
    const down = (): LanguageModel => scriptedModel(() => failure(503));
    const up = scriptedModel(() => ({ content: "ok", usage: SMALL }));
    expect((await around(around(around(up))).generate(REQUEST)).content).toBe("ok");
    expect((await around(down(), [around(down(), [around(up)])]).generate(REQUEST)).content).toBe("ok");
    expect(budget.spent).toMatchObject({ calls: 4, tokens: 12 });
    expect(budget.reserved.tokens).toBe(0);
  });

  it("hands a booking on to one call alone", async () => {
    const inner = scriptedModel(() => ({ content: "x", usage: SMALL }));
    const budget = new Budget({ maxCalls: 1 });
    const part = wrapModel(inner, [withBudget(budget)]);
    const call = wrapModel(together(part, 2), [withBudget(budget), withBudget(budget)]).generate(REQUEST);
    await expect(call).rejects.toMatchObject({ code: "BUDGET_EXHAUSTED" });
    expect(inner.requests).toHaveLength(1);
  });

  it("keeps the booking of an attempt that is made again", async () => {
    const inner = scriptedModel((_, index) => (index === 0 ? failure(503) : { content: "x", usage: SMALL }));
    const budget = new Budget({ maxCalls: 2 });
    const part = wrapModel(inner, [withBudget(budget), withRetry({ baseMs: 0 })]);
    const inTurn: LanguageModel = {
      provider: "own",
      modelId: "in turn",
      generate: async (request, options) => {
        await part.generate(request, options);
        return part.generate(request, options);
      },
    };
    const call = wrapModel(inTurn, [withBudget(budget)]).generate(REQUEST);
    await expect(call).rejects.toMatchObject({ code: "BUDGET_EXHAUSTED" });
    expect(inner.requests).toHaveLength(2);
  });

  it("does not wait for room that it has itself", async () => {
    const budget = new Budget({ maxTokens: 150 });
    const part = wrapModel(
      scriptedModel(() => ({ content: "x", usage: SMALL })),
      [withBudget(budget)],
    );
    const call = wrapModel(together(part, 2), [withBudget(budget)]).generate(REQUEST);
    await expect(call).rejects.toMatchObject({ code: "BUDGET_EXHAUSTED" });
  });

  it("makes no attempt after its end", async () => {
    const budget = new Budget({ maxTokens: 1000 });
    const slow = wrapModel(twiceDown(), [withRetry({ baseMs: 30 })]);
    let late: Promise<unknown> = Promise.resolve();
    const hasty: LanguageModel = {
      provider: "own",
      modelId: "hasty",
      generate: (request, options) => {
        late = slow.generate(request, options).catch((error: unknown) => error);
        return Promise.reject(new Error("changed my mind"));
      },
    };
    await expect(wrapModel(hasty, [withBudget(budget)]).generate(REQUEST)).rejects.toThrow("changed my mind");
    expect(await late).toMatchObject({ code: "ABORTED" });
    expect(budget.reserved.tokens).toBe(0);
  });
});

describe("a budget and a stream", () => {
  const model = (limits: BudgetLimits): LanguageModel =>
    wrapModel(
      scriptedModel(() => ({ content: "one two", usage: SMALL })),
      [withBudget(limits)],
    );

  it("do not let the reader's own call wait for the stream", async () => {
    const both = model({ maxTokens: 200 });
    for await (const chunk of both.stream?.(REQUEST) ?? []) {
      if (chunk.type === "finish") continue;
      await expect(both.generate(REQUEST)).rejects.toMatchObject({ code: "BUDGET_EXHAUSTED" });
    }
    expect((await both.generate(REQUEST)).content).toBe("one two");
  });

  it("let others wait for a stream that has not begun", async () => {
    const inner = scriptedModel((_, index) => (index === 0 ? failure(503) : { content: "x", usage: SMALL }));
    const budget = new Budget({ maxTokens: 150 });
    const both = wrapModel(inner, [withBudget(budget), withRetry({ baseMs: 50 })]);
    const stream = both.stream?.(REQUEST)[Symbol.asyncIterator]();
    const first = stream?.next();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const other = both.generate(REQUEST);
    await first;
    await expect(other).rejects.toMatchObject({ code: "BUDGET_EXHAUSTED" });
    await stream?.return?.(undefined);
    expect(budget.reserved.tokens).toBe(0);
  });

  it("book what broke off after its first piece at the bound, whatever its status", async () => {
    const budget = new Budget({ maxTokens: 1000 });
    const breaking: LanguageModel = {
      ...scriptedModel([]),
      async *stream() {
        yield { type: "text", text: "Pa" };
        await Promise.resolve();
        throw failure(529);
      },
    };
    const read = async (): Promise<void> => {
      for await (const _ of wrapModel(breaking, [withBudget(budget)]).stream?.(REQUEST) ?? []);
    };
    await expect(read()).rejects.toThrow("529");
    expect(budget.spent.tokens).toBeGreaterThan(100);
  });
});

it("a call that can never fit does not wait for those in flight", async () => {
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const slow = scriptedModel(() => answered.then(() => ({ content: "x", usage: SMALL })));
  const model = wrapModel(slow, [withBudget({ maxTokens: 200 })]);
  const first = model.generate(REQUEST);
  await expect(model.generate({ ...REQUEST, maxTokens: 500 })).rejects.toMatchObject({
    code: "BUDGET_EXHAUSTED",
  });
  answer();
  await first;
});

it("what fits to the unit is waited for", async () => {
  // 0.3 − 0.1 is less than 0.2 in floating point.
  const price = { costUsd: ({ inputTokens }: { inputTokens: number }) => (inputTokens === 1 ? 0.1 : 0.2) };
  const answer = { content: "x", usage: { inputTokens: 1, outputTokens: 0, totalTokens: 1 } };
  const refused = { error: failure(400), delayMs: 5 };
  const inner = { ...scriptedModel((_, index) => (index === 1 ? refused : answer)), ...price };
  const model = wrapModel(inner, [withBudget({ maxUsd: 0.3 })]);
  await model.generate(REQUEST);
  const ends = await Promise.allSettled([model.generate(REQUEST), model.generate(REQUEST)]);
  expect(ends.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
});

it("provider options count", async () => {
  const model = wrapModel(scriptedModel(["x"]), [withBudget({ maxTokens: 500 })]);
  const providerOptions = { tools: [{ description: "word ".repeat(100) }] };
  await expect(model.generate({ ...REQUEST, providerOptions })).rejects.toMatchObject({
    code: "BUDGET_EXHAUSTED",
  });
});

it("two models of one endpoint with the same limits wait in one line", async () => {
  const server = await ChatServer.start(says("x"));
  const ask = (): Promise<unknown> =>
    languageModel("openai/gpt-4o", {
      apiKey: "same",
      baseUrl: server.baseUrl,
      rateLimit: { requestsPerSecond: 3 },
    }).generate(REQUEST);
  const start = performance.now();
  await Promise.all([ask(), ask(), ask(), ask()]);
  expect(performance.now() - start).toBeGreaterThan(950);
  await server.close();
});

it("a fallback does not wait in the line of the first model's limiter", async () => {
  const [down, up] = [
    await ChatServer.start(fails(503, "down", { "retry-after": "30" })),
    await ChatServer.start(says("up")),
  ];
  process.env["OLLAMA_API_BASE"] = up.baseUrl;
  const options = { apiKey: "k", baseUrl: down.baseUrl, retries: 0, rateLimit: new RateLimiter() };
  const model = languageModel("openai/gpt-4o", { ...options, fallbacks: ["ollama/x"] });
  expect((await model.generate(REQUEST)).content).toBe("up");
  delete process.env["OLLAMA_API_BASE"];
  await Promise.all([down.close(), up.close()]);
});

it("a budget around another counts every attempt below, too", async () => {
  const outer = new Budget({ maxCalls: 10 });
  const inner = scriptedModel([failure(503), failure(503), "x"]);
  const model = wrapModel(inner, [withBudget(outer), withBudget({ maxCalls: 10 }), withRetry({ baseMs: 1 })]);
  await model.generate(REQUEST);
  expect(outer.spent.calls).toBe(3);
});

it.each([
  [503, 6],
  [504, 6 + 100],
])("an attempt that ended with status %i is booked with %i tokens at least", async (status, least) => {
  const budget = new Budget({ maxTokens: 10_000 });
  const inner = scriptedModel([failure(status), { content: "x", usage: SMALL }]);
  await wrapModel(inner, [withBudget(budget), withRetry({ baseMs: 1 })]).generate(REQUEST);
  expect(budget.spent.tokens).toBeGreaterThanOrEqual(least);
  expect(budget.spent.tokens).toBeLessThan(least + 100);
});

it("a stream that is left early ends what it came from", async () => {
  let closed = 0;
  const source: LanguageModel = {
    ...scriptedModel([]),
    async *stream() {
      try {
        await Promise.resolve();
        for (;;) yield { type: "text", text: "on and on " };
      } finally {
        closed++;
      }
    },
  };
  const model = wrapModel(source, [withFallbacks([]), withRetry(), withRateLimit()]);
  for await (const _ of model.stream?.(REQUEST) ?? []) break;
  expect(closed).toBe(1);
});

it("named fallbacks share the cache, and lines are by key", async () => {
  const [down, up] = [await ChatServer.start(fails(404, "gone")), await ChatServer.start(says("Paris"))];
  process.env["OLLAMA_API_BASE"] = up.baseUrl;
  const options = { apiKey: "k", baseUrl: down.baseUrl, fallbacks: ["ollama/x"], cache: memoryCache() };
  for (let time = 0; time < 3; time++) await languageModel("openai/gpt-4o", options).generate(REQUEST);
  expect([down.seen.length, up.seen.length]).toEqual([3, 1]);
  delete process.env["OLLAMA_API_BASE"];
  await Promise.all([down.close(), up.close()]);

  const busy = await ChatServer.start(fails(429, "Later.", { "retry-after": "30" }), says("x"));
  const of = (apiKey: string): LanguageModel =>
    languageModel("openai/gpt-4o", { apiKey, baseUrl: busy.baseUrl });
  const interruption = new AbortController();
  const held = of("one").generate(REQUEST, { signal: interruption.signal });
  while (busy.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect((await of("two").generate(REQUEST)).content).toBe("x");
  interruption.abort();
  await expect(held).rejects.toMatchObject({ code: "ABORTED" });
  await busy.close();
});
