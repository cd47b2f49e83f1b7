import { afterEach, describe, expect, it } from "@jest/globals";
import {
  example,
  HyperfuncError,
  hyperSystem,
  perExample,
  type LanguageModel,
  type ModelRequest,
} from "@hyperfunc/core";
import { manualClock, scriptedModel } from "@hyperfunc/core/testing";
import {
  languageModel,
  llmCompletion,
  RateLimiter,
  type RateLimitOptions,
  withRateLimit,
  withRetry,
  wrapModel,
} from "../src/index.js";
import { untilMs } from "../src/limits/duration.js";
import { limitObservations } from "../src/limits/limit-headers.js";
import { ObservedLimit } from "../src/limits/observed-limit.js";
import { Pauses } from "../src/limits/pauses.js";
import { sharedLimiter } from "../src/limits/shared-limiter.js";
import { ChatServer, delta, fails, says, streams } from "./chat-server.js";
import { LimitedServer, type Limits } from "./limited-server.js";

const REQUEST: ModelRequest = { messages: [{ role: "user", content: "Capital of France?" }] };
const NOW = Date.parse("2026-01-01T00:00:00Z");

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve<Server extends { close(): Promise<void> }>(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  open.push(server);
  return server;
}

describe("headers", () => {
  it.each([
    ["1s", 1000],
    ["120ms", 120],
    ["6m0s", 360_000],
    ["1m30s", 90_000],
    ["1h0m2.397s", 3_602_397],
    ["2m59.56s", 179_560],
    ["6m", 360_000],
    ["1h30m", 5_400_000],
    ["0.5", 500],
    ["17", 17_000],
    [String(NOW / 1000 + 30), 30_000],
    [String(NOW + 250), 250],
    ["2026-01-01T00:00:10Z", 10_000],
    ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
    ["2025-12-31T23:59:00Z", 0],
    ["soon", undefined],
    ["", undefined],
  ])("%p is %p ms away", (text, expected) => {
    const ms = untilMs(text, NOW);
    if (expected === undefined) expect(ms).toBeUndefined();
    else expect(ms).toBeCloseTo(expected, 6);
  });

  it("of OpenAI's kind", () => {
    const headers = {
      "x-ratelimit-limit-requests": "500",
      "x-ratelimit-remaining-requests": "499",
      "x-ratelimit-reset-requests": "120ms",
      "x-ratelimit-limit-tokens": "30000",
      "x-ratelimit-remaining-tokens": "29000",
      "x-ratelimit-reset-tokens": "2s",
    };
    expect(limitObservations(headers, NOW)).toEqual([
      { name: "requests", limit: 500, remaining: 499, resetMs: 120 },
      { name: "tokens", limit: 30_000, remaining: 29_000, resetMs: 2000 },
    ]);
  });

  it("by the server's clock where that is far from this one", () => {
    const headers = {
      "anthropic-ratelimit-requests-limit": "50",
      "anthropic-ratelimit-requests-remaining": "0",
      "anthropic-ratelimit-requests-reset": new Date(NOW + 610_000).toISOString(),
    };
    const ahead = { ...headers, date: new Date(NOW + 600_000).toUTCString() };
    expect(limitObservations(ahead, NOW)).toMatchObject([{ resetMs: 10_000 }]);
    const near = { ...headers, date: new Date(NOW + 1000).toUTCString() };
    expect(limitObservations(near, NOW)).toMatchObject([{ resetMs: 610_000 }]);
  });

  it("of Anthropic's kind", () => {
    const headers = {
      "anthropic-ratelimit-input-tokens-limit": "40000",
      "anthropic-ratelimit-input-tokens-remaining": "0",
      "anthropic-ratelimit-input-tokens-reset": "2026-01-01T00:00:07Z",
    };
    expect(limitObservations(headers, NOW)).toEqual([
      { name: "input-tokens", limit: 40_000, remaining: 0, resetMs: 7000 },
    ]);
  });

  it("of other kinds, and with what is no number left out", () => {
    expect(limitObservations({ "x-ratelimit-remaining": "3", "x-ratelimit-reset": "9" }, NOW)).toEqual([
      { name: "requests", limit: undefined, remaining: 3, resetMs: 9000 },
    ]);
    expect(limitObservations({ "x-ratelimit-remaining-requests-day": "7" }, NOW)).toEqual([
      { name: "requests-day", limit: undefined, remaining: 7, resetMs: undefined },
    ]);
    expect(
      limitObservations({ "x-ratelimit-remaining-requests": "many", "x-ratelimit-limit-x": "1" }),
    ).toEqual([]);
  });
});

describe("a limiter", () => {
  const cost = { requests: 1, inputTokens: 100, outputTokens: 100 };

  it("starts eight calls at once, and one more with every answer", async () => {
    const limiter = new RateLimiter({ clock: manualClock() });
    const first = Array.from({ length: 8 }, () => limiter.tryEnter(cost));
    expect(first.every((ticket) => ticket !== undefined)).toBe(true);
    expect(limiter.tryEnter(cost)).toBeUndefined();
    const waiting = [limiter.enter(cost), limiter.enter(cost)];
    first[0]?.answered([], cost);
    first[0]?.release();
    await Promise.all(waiting);
    expect(limiter.state).toMatchObject({ inFlight: 9, waiting: 0 });
  });

  it("keeps to limits told, in any stretch of their time", async () => {
    const clock = manualClock();
    const limiter = new RateLimiter({ clock, requestsPerSecond: 2 });
    const entered: number[] = [];
    const calls = Array.from({ length: 5 }, async () => {
      const ticket = await limiter.enter(cost);
      entered.push(clock.now());
      ticket.release();
    });
    await clock.runAll();
    await Promise.all(calls);
    expect(entered).toEqual([0, 0, 1000, 1000, 2000]);
  });

  it("counts tokens, and lets a call larger than the limit pass alone", async () => {
    const clock = manualClock();
    const limiter = new RateLimiter({ clock, tokensPerMinute: 300 });
    const entered: number[] = [];
    const calls = [200, 200, 1000].map(async (inputTokens) => {
      (await limiter.enter({ requests: 1, inputTokens, outputTokens: 0 })).release();
      entered.push(clock.now());
    });
    await clock.runAll();
    await Promise.all(calls);
    expect(entered).toEqual([0, 60_000, 120_000]);
  });

  it("follows what answers say, counting calls in flight", async () => {
    const clock = manualClock();
    const limiter = new RateLimiter({ clock });
    const first = await limiter.enter(cost);
    const second = await limiter.enter(cost);
    first.answered([{ name: "requests", limit: 10, remaining: 3, resetMs: 7000 }], cost);
    first.release();
    expect(limiter.state.remaining).toEqual({ requests: 2 });
    second.answered([{ name: "requests", limit: 10, remaining: 2, resetMs: 8000 }], cost);
    second.release();
    await limiter.enter(cost);
    await limiter.enter(cost);
    const third = limiter.enter(cost);
    expect(limiter.state.waiting).toBe(1);
    await clock.advance(900); // one comes back every second
    expect(limiter.state.waiting).toBe(1);
    await clock.advance(200);
    await third;
  });

  it("obeys a pause that the server asks for", async () => {
    const clock = manualClock();
    const limiter = new RateLimiter({ clock });
    const ticket = await limiter.enter(cost);
    ticket.refused([], 5000);
    ticket.release();
    const next = limiter.enter(cost);
    await clock.advance(4999);
    expect(limiter.state).toMatchObject({ waiting: 1, pausedForMs: 1 });
    await clock.advance(1);
    await next;
  });

  it("serves in the order of arrival, also who comes again", async () => {
    const clock = manualClock();
    const limiter = new RateLimiter({ clock, maxConcurrent: 1 });
    const [early, late] = [limiter.arrive(), limiter.arrive()];
    const ticket = await limiter.enter(cost);
    const served: string[] = [];
    const enter = async (name: string, arrival: number): Promise<void> => {
      const own = await limiter.enter(cost, { arrival });
      served.push(name);
      own.release();
    };
    const all = [enter("new", limiter.arrive()), enter("late", late), enter("early", early)];
    ticket.release();
    await Promise.all(all);
    expect(served).toEqual(["early", "late", "new"]);
  });

  it("does not take an old answer for news", async () => {
    const clock = manualClock();
    const limiter = new RateLimiter({ clock });
    const slow = await limiter.enter(cost);
    for (let sent = 2; sent <= 90; sent++) {
      const ticket = await limiter.enter(cost);
      await clock.advance(10);
      ticket.answered(
        [{ name: "requests", limit: 100, remaining: 100 - sent, resetMs: 60_000 - 10 * sent }],
        cost,
      );
      ticket.release();
    }
    const before = limiter.state.remaining["requests"];
    slow.answered([{ name: "requests", limit: 100, remaining: 99, resetMs: 60_000 }], cost);
    slow.release();
    expect(limiter.state.remaining["requests"]).toBeLessThanOrEqual((before ?? 0) + 1);
  });

  it("keeps less than one request a second", async () => {
    const clock = manualClock();
    const limiter = new RateLimiter({ clock, requestsPerSecond: 0.5 });
    const entered: number[] = [];
    const calls = Array.from({ length: 3 }, async () => {
      (await limiter.enter(cost)).release();
      entered.push(clock.now());
    });
    await clock.runAll();
    await Promise.all(calls);
    expect(entered).toEqual([0, 2000, 4000]);
  });

  it("takes a limit for a bucket when there is to be something long before all is", () => {
    const told = { name: "requests", limit: 100, remaining: 0, resetMs: 100_000 };
    const limit = new ObservedLimit(told, 0, 0);
    limit.refused(500, 0);
    expect(limit.waitMs(1, 0)).toBeLessThan(1100);
    limit.refused(undefined, 0);
    expect(limit.waitMs(1, 0)).toBeGreaterThan(100_000);
  });

  it("gives a call up that is refused again and again, while others are answered", async () => {
    const clock = manualClock();
    const limiter = new RateLimiter({ clock });
    const other = await limiter.enter(cost);
    other.release();
    const large = scriptedModel(
      () => new HyperfuncError("INFRASTRUCTURE", "no", { retryable: true, details: { status: 429 } }),
    );
    let over = false;
    const lost = wrapModel(large, [withRateLimit(limiter)])
      .generate(REQUEST)
      .catch((error: unknown) => String(error))
      .finally(() => (over = true));
    for (; !over && clock.now() < 1_000_000; await clock.advance(1000)) other.answered([], cost);
    expect(await lost).toContain("No more waiting: it has done nothing else for long");
    expect(large.requests).toHaveLength(20);
  });

  it("gives a call up at once that is larger than the server's limit", async () => {
    const headers = { "x-ratelimit-limit-tokens": "1000", "x-ratelimit-remaining-tokens": "1000" };
    const server = await serve(ChatServer.start(fails(429, "Request too large", headers)));
    const model = languageModel("openai/gpt-4o", { apiKey: "large", baseUrl: server.baseUrl });
    const messages = [{ role: "user" as const, content: "word ".repeat(2000) }];
    await expect(model.generate({ messages })).rejects.toThrow(
      /needs about \d+ tokens, and the limit is 1000/,
    );
    expect(server.seen).toHaveLength(1);
  });

  it.each([
    [{ "x-ratelimit-remaining-tokens": "0" }],
    [{ "x-ratelimit-limit-tokens": "0", "x-ratelimit-remaining-tokens": "0" }],
    [{ "x-ratelimit-limit-tokens": "250", "x-ratelimit-remaining-tokens": "0" }],
  ])("does not take a limit that is not told, or nearly enough, for one: %j", async (headers) => {
    const reset = { "x-ratelimit-reset-tokens": "20ms" };
    const server = await serve(ChatServer.start(fails(429, "No.", { ...headers, ...reset }), says("x")));
    const apiKey = JSON.stringify(headers);
    const model = languageModel("openai/gpt-4o", { apiKey, baseUrl: server.baseUrl });
    expect((await model.generate(REQUEST)).content).toBe("x");
  });

  describe("that is used up for longer than is waited for", () => {
    const spent = [{ name: "requests-day", limit: 50, remaining: 0, resetMs: 10 * 3_600_000 }];

    it("lets one call at a time ask the server", async () => {
      const clock = manualClock();
      const limiter = new RateLimiter({ clock, maxPauseMs: 60_000 });
      const first = await limiter.enter(cost);
      first.answered(spent, cost);
      first.release();
      const second = await limiter.enter(cost);
      const third = limiter.enter(cost);
      expect(limiter.state).toMatchObject({ inFlight: 1, waiting: 1 });
      second.release();
      (await third).release();
    });

    const headers = {
      "x-ratelimit-limit-requests": "10000",
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-requests": "24h0m0s",
    };

    it("believes a server that says when to come back", async () => {
      const server = await serve(
        ChatServer.start(fails(429, "per day", { ...headers, "retry-after-ms": "100" }), says("Paris")),
      );
      const model = languageModel("openai/gpt-4o", { apiKey: "daily", baseUrl: server.baseUrl });
      expect((await model.generate(REQUEST)).content).toBe("Paris");
    });

    it("fails at once where it does not, and says for what", async () => {
      const server = await serve(ChatServer.start(fails(429, "per day", headers)));
      const model = languageModel("openai/gpt-4o", { apiKey: "used up", baseUrl: server.baseUrl });
      await expect(model.generate(REQUEST)).rejects.toThrow("limit of requests is used up for another 86400");
      expect(server.seen).toHaveLength(1);
    });

    it("follows a bucket that gives one back now and then", async () => {
      let [level, at] = [0, performance.now()];
      const server = await serve(
        ChatServer.start((seen, response) => {
          const now = performance.now();
          level = Math.min(10_000, level + (now - at) / 50);
          at = now;
          const taken = level >= 1;
          if (taken) level--;
          const told = {
            ...headers,
            "x-ratelimit-remaining-requests": String(Math.floor(level)),
            "x-ratelimit-reset-requests": `${((10_000 - level) * 0.05).toFixed(3)}s`,
          };
          for (const [name, value] of Object.entries(told)) response.setHeader(name, value);
          const later = { "retry-after-ms": String(Math.ceil((1 - level) * 50)) };
          return (taken ? says("x") : fails(429, "per day", later))(seen, response);
        }),
      );
      const model = languageModel("openai/gpt-4o", { apiKey: "bucket", baseUrl: server.baseUrl });
      const calls = Array.from({ length: 20 }, (_, rollout) => model.generate({ ...REQUEST, rollout }));
      expect((await Promise.allSettled(calls)).filter(({ status }) => status === "rejected")).toEqual([]);
    });
  });

  it("pauses after a refusal whose headers say that all is there again", async () => {
    const clock = manualClock();
    let sent = 0;
    const details = {
      status: 429,
      limitHeaders: { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "0s" },
    };
    const model = scriptedModel(() => {
      sent++;
      return new HyperfuncError("INFRASTRUCTURE", "429", { retryable: true, details });
    });
    const limiter = new RateLimiter({ clock });
    const call = wrapModel(model, [withRateLimit(limiter)])
      .generate(REQUEST)
      .catch(() => "lost");
    await clock.advance(400);
    expect(sent).toBe(1);
    await clock.runAll();
    expect(await call).toBe("lost");
    expect(sent).toBe(8);
  });

  it("learns nothing from calls one after the other about calls at once", async () => {
    const limiter = new RateLimiter({ clock: manualClock() });
    for (let call = 0; call < 20; call++) {
      const ticket = await limiter.enter(cost);
      ticket.answered([], cost);
      ticket.release();
    }
    expect(Array.from({ length: 30 }, () => limiter.tryEnter(cost)).filter(Boolean)).toHaveLength(8);
  });

  it("pauses for half a second again after a refusal that followed an answer", async () => {
    const clock = manualClock();
    const limiter = new RateLimiter({ clock });
    const refused = async (): Promise<number> => {
      const ticket = await limiter.enter(cost);
      ticket.refused([], undefined);
      ticket.release();
      const { pausedForMs } = limiter.state;
      await clock.advance(pausedForMs);
      return pausedForMs;
    };
    expect([await refused(), await refused(), await refused()]).toEqual([500, 1000, 2000]);
    const ticket = await limiter.enter(cost);
    ticket.answered([], cost);
    ticket.release();
    expect(await refused()).toBe(500);
  });

  it("counts a call that failed as seen by the server", async () => {
    const clock = manualClock();
    const limiter = new RateLimiter({ clock });
    const first = await limiter.enter(cost);
    first.answered([{ name: "requests", limit: 10, remaining: 9, resetMs: 1000 }], cost);
    first.release();
    (await limiter.enter(cost)).release();
    await clock.advance(5000);
    expect(limiter.state.remaining).toEqual({ requests: 10 });
  });

  it("holds the line when a server that is busy says for how long", async () => {
    const clock = manualClock();
    const limiter = new RateLimiter({ clock });
    const details = { status: 503, retryAfterMs: 4000 };
    const busy = scriptedModel([new HyperfuncError("INFRASTRUCTURE", "503", { retryable: true, details })]);
    await expect(wrapModel(busy, [withRateLimit(limiter)]).generate(REQUEST)).rejects.toThrow("503");
    expect(limiter.state.pausedForMs).toBe(4000);
  });

  it("gives a place in the line up on abort, and the next one moves up", async () => {
    const clock = manualClock();
    const limiter = new RateLimiter({ clock, maxConcurrent: 1 });
    const ticket = await limiter.enter(cost);
    const interruption = new AbortController();
    const given = limiter.enter(cost, { signal: interruption.signal });
    const next = limiter.enter(cost);
    interruption.abort();
    await expect(given).rejects.toMatchObject({ code: "ABORTED" });
    ticket.release();
    (await next).release();
    expect(limiter.state).toMatchObject({ inFlight: 0, waiting: 0 });
    expect(clock.pending).toBe(0);
  });

  it("expects nothing of usage that is none", async () => {
    const limiter = new RateLimiter({ tokensPerMinute: 1000 });
    const usage = { inputTokens: -100_000, outputTokens: 1, totalTokens: -99_999 };
    const model = wrapModel(
      scriptedModel(() => ({ content: "x", usage })),
      [withRateLimit(limiter)],
    );
    for (let call = 0; call < 3; call++) await model.generate(REQUEST);
    expect(limiter.state.remaining["tokens-minute"]).toBeLessThan(1000);
  });

  it("does not take an image for a long text", async () => {
    const limiter = new RateLimiter({ tokensPerMinute: 10_000 });
    const left: (number | undefined)[] = [];
    const model = scriptedModel(() => {
      left.push(limiter.state.remaining["tokens-minute"]);
      return "a cat";
    });
    const image = { type: "image" as const, url: `data:image/png;base64,${"A".repeat(1_000_000)}` };
    const messages = [{ role: "user" as const, content: [image] }];
    await wrapModel(model, [withRateLimit(limiter)]).generate({ messages });
    expect(left[0]).toBeGreaterThan(8000);
  });

  it("refuses what is no limit", () => {
    expect(() => new RateLimiter({ requestsPerMinute: 0 })).toThrow(
      "requestsPerMinute must be a positive number",
    );
  });
});

const LIMITS: Limits = {
  requestsPerSecond: 20,
  tokensPerMinute: 10_000,
  refill: "bucket",
  headers: "openai",
  retryAfter: "seconds",
  tokensPerCall: 150,
};

/** 64 calls at once; gives what was refused and how long it took. */
async function storm(limits: Limits): Promise<{ lost: number; refused: number; ms: number }> {
  const server = await serve(LimitedServer.start(limits));
  const model = languageModel("openai/gpt-4o-mini", { apiKey: "k", baseUrl: server.baseUrl });
  const start = performance.now();
  const answers = await Promise.allSettled(
    Array.from({ length: 64 }, (_, index) =>
      model.generate({ messages: [{ role: "user", content: `${"x".repeat(100)}${index}` }] }),
    ),
  );
  const ms = performance.now() - start;
  const lost = answers.filter((answer) => answer.status === "rejected").length;
  return { lost, refused: server.refused, ms };
}

describe("64 calls at once against 20 requests a second and 10,000 tokens a minute", () => {
  /** Without any delay on the way: a bucket gives 20 at once and 20 a second, a window 20 at the start of each second. */
  const SHORTEST_MS = { bucket: (64 - 20) * 50, window: 3000, sliding: 3000 };

  it.each([
    ["bucket", "openai"],
    ["bucket", "anthropic"],
    ["window", "openai"],
  ] as const)(
    "takes hardly longer than a %s allows, told by headers of the kind of %s",
    async (refill, headers) => {
      let best = Infinity;
      // A busy machine delays, which says nothing of the limiter: the best of three counts.
      for (let run = 0; run < 3 && best > 1.15; run++) {
        const { lost, refused, ms } = await storm({ ...LIMITS, refill, headers });
        expect({ lost, refused: refused <= 3 }).toEqual({ lost: 0, refused: true });
        best = Math.min(best, ms / SHORTEST_MS[refill]);
      }
      expect(best).toBeLessThan(1.15);
    },
  );

  it.each([
    ["sliding", "openai", "none"],
    ["bucket", "none", "seconds"],
    ["window", "none", "exact"],
    ["sliding", "none", "none"],
  ] as const)(
    "loses none under a %s limit with headers of %s and retry-after %s",
    async (refill, headers, retryAfter) => {
      expect((await storm({ ...LIMITS, refill, headers, retryAfter })).lost).toBe(0);
    },
  );

  it("never makes a refusal a score", async () => {
    const server = await serve(LimitedServer.start({ ...LIMITS, headers: "none" }));
    const model = languageModel("openai/gpt-4o-mini", { apiKey: "k", baseUrl: server.baseUrl });
    const system = hyperSystem({ name: "storm", concurrency: 64 }, async (question: string) => {
      return (await llmCompletion({ model, prompt: question })).content;
    });
    const examples = Array.from({ length: 64 }, (_, index) => example(`question ${index}`, "ok"));
    const exact = perExample((output: string, expected: string) => (output === expected ? 1 : 0));
    const result = await system.evaluateDetailed(examples, exact);
    expect(result).toMatchObject({ score: 1, failures: [], usage: { calls: 64 + server.refused } });
    expect(server.refused).toBeGreaterThan(0);
  });
});

describe("a refused call", () => {
  it("fails with the server's words when it is to come back too late, or is out of credit", async () => {
    const server = await serve(ChatServer.start(fails(429, "Daily limit.", { "retry-after": "3600" })));
    const model = languageModel("openai/gpt-4o", { apiKey: "k", baseUrl: server.baseUrl, retries: 0 });
    await expect(model.generate(REQUEST)).rejects.toThrow("Daily limit.");
    expect(server.seen).toHaveLength(1);

    const broke = scriptedModel([Object.assign(new Error("no credit"), { status: 402 })]);
    await expect(wrapModel(broke, [withRateLimit()]).generate(REQUEST)).rejects.toThrow("no credit");
  });

  it("does not hold up another endpoint, nor a place among concurrent calls", async () => {
    const busy = await serve(ChatServer.start(fails(429, "Later.", { "retry-after": "1" }), says("slow")));
    const free = await serve(ChatServer.start(says("fast")));
    const at = (baseUrl: string): ReturnType<typeof languageModel> =>
      languageModel("openai/gpt-4o", { apiKey: "k", baseUrl });
    const order: string[] = [];
    const system = hyperSystem({ name: "two", concurrency: 1 }, async (url: string) => {
      order.push((await llmCompletion({ model: at(url), prompt: "?" })).content);
      return "";
    });
    await system.evaluate(
      [free, busy, free].map(({ baseUrl }) => example(baseUrl, "")),
      perExample(() => 1),
    );
    expect(order.slice(-3)).toEqual(["fast", "fast", "slow"]);
  });

  it("is streamed again", async () => {
    const server = await serve(
      ChatServer.start(
        fails(429, "Later.", { "retry-after-ms": "20" }),
        streams([delta("Pa"), delta("ris"), delta(undefined, "stop")]),
      ),
    );
    const model = languageModel("openai/gpt-4o", { apiKey: "k", baseUrl: server.baseUrl, retries: 0 });
    const texts: string[] = [];
    for await (const chunk of model.stream?.(REQUEST) ?? [])
      if (chunk.type === "text") texts.push(chunk.text);
    expect(texts).toEqual(["Pa", "ris"]);
    expect(server.seen).toHaveLength(2);
  });
});

describe("a server that says nothing of its limits", () => {
  const refusal = (retryAfterMs?: number): HyperfuncError =>
    new HyperfuncError("INFRASTRUCTURE", "429", {
      retryable: true,
      details: { status: 429, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    });
  const answer = {
    content: "x",
    usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
    finishReason: "stop",
    model: "m",
  } as const;

  /** Calls one after the other, then `clients` at once; how many of these were lost. */
  async function lostOf(
    serve: (now: () => number, nap: (ms: number) => Promise<void>) => Promise<typeof answer>,
    before: number,
    clients: number,
  ): Promise<number> {
    const clock = manualClock();
    const nap = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimer(() => resolve(), ms));
    const server: LanguageModel = { provider: "p", modelId: "m", generate: () => serve(clock.now, nap) };
    const model = wrapModel(server, [withRateLimit(new RateLimiter({ clock }))]);
    const settled = async (count: number): Promise<PromiseSettledResult<unknown>[]> => {
      const all = Promise.allSettled(Array.from({ length: count }, () => model.generate(REQUEST)));
      let done = false;
      void all.then(() => (done = true));
      while (!done) await clock.advance(1000);
      return all;
    };
    for (let call = 0; call < before; call++) await settled(1);
    return (await settled(clients)).filter(({ status }) => status === "rejected").length;
  }

  it.each([
    [4, 300, 300, 64],
    [2, 2000, 0, 64],
    [1, 3000, 200, 16],
    [2, 120_000, 0, 12],
  ])(
    "loses none where it takes %i at once, of %i ms each, after %i calls",
    async (atOnce, ms, before, clients) => {
      let active = 0;
      const lost = await lostOf(
        async (_, nap) => {
          if (active >= atOnce) throw await nap(20).then(() => refusal());
          active++;
          await nap(ms);
          active--;
          return answer;
        },
        before,
        clients,
      );
      expect(lost).toBe(0);
    },
  );

  it.each([
    [20, 1, 30],
    [20, 64, 64],
    [60, 16, 200],
  ])(
    "loses none where it takes %i in each minute, from %i clients, of %i calls",
    async (limit, clients, calls) => {
      const clock = manualClock();
      let [window, used] = [-1, 0];
      const server: LanguageModel = {
        provider: "p",
        modelId: "m",
        generate: async () => {
          const now = Math.floor(clock.now() / 60_000);
          if (now !== window) [window, used] = [now, 0];
          await new Promise<void>((resolve) => clock.setTimer(() => resolve(), 20));
          if (used++ >= limit) throw refusal();
          return answer;
        },
      };
      const model = wrapModel(server, [withRateLimit(new RateLimiter({ clock }))]);
      let [lost, left, done] = [0, calls, false];
      const client = async (): Promise<void> => {
        while (left-- > 0) await model.generate(REQUEST).catch(() => lost++);
      };
      void Promise.all(Array.from({ length: clients }, client)).then(() => (done = true));
      while (!done) await clock.advance(250);
      expect(lost).toBe(0);
    },
  );

  it.each([1, 5])("loses none where it takes %i a second and says retry-after alone", async (rate) => {
    let times: number[] = [];
    const lost = await lostOf(
      async (now, nap) => {
        times = times.filter((time) => time > now() - 1000);
        if (times.length >= rate) throw await nap(20).then(() => refusal(1000));
        times.push(now());
        await nap(200);
        return answer;
      },
      100,
      64,
    );
    expect(lost).toBe(0);
  });
});

it("a retry layer around does not begin anew what was refused too often, or for too long", async () => {
  const refused = (retryAfterMs: number): LanguageModel & { readonly requests: readonly ModelRequest[] } =>
    scriptedModel(
      () =>
        new HyperfuncError("INFRASTRUCTURE", "429", {
          retryable: true,
          details: { status: 429, retryAfterMs },
        }),
    );
  const [often, long] = [refused(1), refused(500)];
  const clock = manualClock();
  const limiter = new RateLimiter({ clock });
  const lost = wrapModel(often, [withRetry({ baseMs: 1 }), withRateLimit(limiter)]).generate(REQUEST);
  await Promise.all([expect(lost).rejects.toThrow("it has done nothing else for long"), clock.runAll()]);
  expect(often.requests.length).toBeLessThan(15);
  expect(clock.now()).toBeLessThan(70_000);
  const limited = wrapModel(long, [withRetry({ baseMs: 1 }), withRateLimit({ maxPauseMs: 100 })]);
  await expect(limited.generate(REQUEST)).rejects.toThrow(
    "asks for a pause of 500 ms, and maxPauseMs is 100",
  );
  expect(long.requests).toHaveLength(1);
});

it("a process knows a thousand lines, those that were used last", () => {
  const of = (apiKey: string): RateLimiter => sharedLimiter("m", { baseUrl: "http://lines", apiKey }, {});
  const [first, second] = [of("first"), of("second")];
  for (let key = 0; key < 998; key++) of(String(key));
  expect(of("first")).toBe(first);
  of("one more");
  expect(of("first")).toBe(first);
  expect(of("second")).not.toBe(second);
});

it("a server that names a time of milliseconds for ever is asked less and less", async () => {
  const clock = manualClock();
  const limitHeaders = {
    "x-ratelimit-limit-requests": "100",
    "x-ratelimit-remaining-requests": "0",
    "x-ratelimit-reset-requests": "20ms",
  };
  const never = scriptedModel(
    () =>
      new HyperfuncError("INFRASTRUCTURE", "429", {
        retryable: true,
        details: { status: 429, limitHeaders },
      }),
  );
  const model = wrapModel(never, [withRateLimit({ clock })]);
  const all = Promise.allSettled(Array.from({ length: 50 }, () => model.generate(REQUEST)));
  await Promise.all([all, clock.runAll()]);
  expect(clock.now()).toBeLessThan(200_000);
  expect(never.requests.length).toBeLessThan(50 * 15);
});

it("a server is not given up while it has a call in hand", async () => {
  const clock = manualClock();
  const pauses = new Pauses(300_000, clock);
  const refuse = async (busy: boolean): Promise<boolean> => {
    pauses.refused(10_000, busy);
    await clock.advance(10_000);
    return pauses.over;
  };
  for (let refusal = 0; refusal < 9; refusal++) expect(await refuse(true)).toBe(false);
  expect(await refuse(false)).toBe(true);
  pauses.answered();
  expect(pauses.over).toBe(false);
});

it("lines are by the limits that are told", () => {
  const of = (limits: RateLimitOptions): RateLimiter =>
    sharedLimiter("m", { baseUrl: "http://limits", apiKey: "k" }, limits);
  expect(of({ maxPauseMs: undefined })).toBe(of({}));
  expect(of({ maxPauseMs: Infinity })).not.toBe(of({}));
});

it("a stream holds up no call of its reader, after a refusal", async () => {
  const server = await serve(
    ChatServer.start(
      fails(429, "Later.", { "retry-after-ms": "20" }),
      streams([delta("Pa"), delta("ris"), delta(undefined, "stop")]),
      says("inner"),
    ),
  );
  const model = languageModel("openai/gpt-4o", { apiKey: "reader", baseUrl: server.baseUrl });
  const inner: string[] = [];
  for await (const chunk of model.stream?.(REQUEST) ?? [])
    if (chunk.type === "text") inner.push((await model.generate(REQUEST)).content);
  expect(inner).toEqual(["inner", "inner"]);
});

it("a stream that is read as far as its answer leaves no ticket", async () => {
  const limiter = new RateLimiter({ maxConcurrent: 1 });
  const model = wrapModel(
    scriptedModel(() => "x"),
    [withRateLimit(limiter)],
  );
  const stream = model.stream?.(REQUEST)[Symbol.asyncIterator]();
  for (let end = false; !end;) {
    const next = await stream?.next();
    end = next?.done !== false || next.value.type === "finish";
  }
  expect(limiter.state.inFlight).toBe(0);
});

it("a stream that is refused after its first piece is not begun again", async () => {
  const refused = new HyperfuncError("INFRASTRUCTURE", "429", { retryable: true, details: { status: 429 } });
  const model: LanguageModel = {
    ...scriptedModel([]),
    async *stream() {
      yield { type: "text", text: "Pa" };
      await Promise.resolve();
      throw refused;
    },
  };
  const texts: string[] = [];
  await expect(
    (async () => {
      for await (const chunk of wrapModel(model, [withRateLimit()]).stream?.(REQUEST) ?? []) {
        if (chunk.type === "text") texts.push(chunk.text);
      }
    })(),
  ).rejects.toThrow("429");
  expect(texts).toEqual(["Pa"]);
});
