/** Budgets are kept to the unit under concurrency and retries, whatever the calls really cost. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  callModel,
  callTool,
  example,
  hyperfunction,
  hyperSystem,
  perExample,
  type BudgetLimits,
  type LanguageModel,
  type ModelResponse,
  type OptimizeResult,
} from "@hyperfunc/core";
import { manualClock, scriptedModel, type ReplyFunction, type ScriptedModel } from "@hyperfunc/core/testing";
import { walker } from "../../test/walker.js";

const price = { costUsd: ({ totalTokens }: { totalTokens: number }) => totalTokens * 1e-3 };
const any = perExample(() => 1);

interface Spending {
  readonly model: ScriptedModel;
  readonly spent: { calls: number; tokens: number; usd: number };
}

/** A model with answers of unequal length, some of them refused, that keeps its own books. */
function booked(failEvery: number): Spending {
  const spent = { calls: 0, tokens: 0, usd: 0 };
  const reply: ReplyFunction = async (_, index) => {
    spent.calls += 1;
    for (let turn = 0; turn < index % 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (failEvery > 0 && index % failEvery === failEvery - 1)
      return Object.assign(new Error("busy"), { status: 429 });
    const outputTokens = 1 + (index % 20);
    spent.tokens += 10 + outputTokens;
    spent.usd += (10 + outputTokens) * 1e-3;
    return { content: "ok", usage: { inputTokens: 10, outputTokens, totalTokens: 10 + outputTokens } };
  };
  return { model: scriptedModel(reply, price), spent };
}

async function search(model: ScriptedModel, budget: BudgetLimits, concurrency = 64): Promise<OptimizeResult> {
  const clock = manualClock();
  const ask = hyperfunction({ name: "ask", prompt: "?", retries: 2 }, async (text: string, { prompt }) => {
    const request = { messages: [{ role: "user" as const, content: prompt + text }], maxTokens: 20 };
    return (await callModel(model, request)).content;
  });
  const system = hyperSystem(
    {
      name: "spending",
      hyperfunctions: [ask],
      clock,
      concurrency,
      optimizer: walker({ steps: 50, population: 16 }),
    },
    (text: string) => ask(text),
  );
  const data = Array.from({ length: 4 }, (_, index) => example(String(index), ""));
  const searching = system.optimize(data, any, { budget });
  let searched = false;
  void searching.then(
    () => (searched = true),
    () => (searched = true),
  );
  while (!searched) await clock.runAll();
  return searching;
}

describe("a budget under 64 concurrent calls with retries", () => {
  const limits = fc.integer({ min: 12, max: 120 });

  it("is never overdrawn: calls", async () => {
    await fc.assert(
      fc.asyncProperty(limits, fc.nat(7), async (maxCalls, failEvery) => {
        const { model, spent } = booked(failEvery === 1 ? 0 : failEvery);
        await search(model, { maxCalls }).catch(() => undefined);
        expect(spent.calls).toBeLessThanOrEqual(maxCalls);
      }),
      { numRuns: 12 },
    );
  });

  it.each(["maxTokens", "maxUsd"] as const)("is never overdrawn: %s", async (limit) => {
    await fc.assert(
      fc.asyncProperty(limits, fc.nat(7), async (hundreds, failEvery) => {
        const { model, spent } = booked(failEvery === 1 ? 0 : failEvery);
        const budget = limit === "maxTokens" ? { maxTokens: hundreds * 100 } : { maxUsd: hundreds / 10 };
        await search(model, budget).catch(() => undefined);
        expect(spent.tokens).toBeLessThanOrEqual(hundreds * 100);
        expect(spent.usd).toBeLessThanOrEqual(hundreds / 10 + 1e-9);
      }),
      { numRuns: 12 },
    );
  });

  it.each([
    ["tokens", { maxTokens: 4000 }],
    ["money", { maxUsd: 4 }],
    ["calls", { maxCalls: 150 }],
    ["runs", { maxRuns: 150 }],
  ])("ends the search when %s are used up, and leaves enough to measure the result", async (_, budget) => {
    for (const concurrency of [1, 4, 64]) {
      const { model } = booked(0);
      const result = await search(model, budget, concurrency);
      expect(result.stopReason).toBe("budget");
      expect(result.finalScore).toBe(1);
      expect(result.warnings).toEqual([]);
    }
  });

  it("is used up to the last calls that fit, though bounds are far above costs", async () => {
    const { model, spent } = booked(0);
    await search(model, { maxTokens: 4000 });
    expect(spent.tokens).toBeGreaterThan(3000);
  });
});

describe("a budget that cannot be kept", () => {
  const ask = (model: ScriptedModel, maxTokens?: number): Promise<OptimizeResult> => {
    const system = hyperSystem({ name: "asking", optimizer: walker({ steps: 1 }) }, async (text: string) => {
      const messages = [{ role: "user" as const, content: text }];
      return (await callModel(model, { messages, ...(maxTokens === undefined ? {} : { maxTokens }) }))
        .content;
    });
    return system.optimize([example("?", "")], any, { budget: { maxTokens: 1e6, maxUsd: 100 } });
  };

  it.each([
    ["no output limit", undefined, price],
    ["no price", 10, {}],
  ])("is refused before anything is spent: %s", async (_, maxTokens, options) => {
    const model = scriptedModel(() => "ok", options);
    await expect(ask(model, maxTokens)).rejects.toMatchObject({ code: "BUDGET_UNBOUNDED" });
    expect(model.requests).toHaveLength(0);
  });

  it("is accepted with the model's own output limit", async () => {
    const model = scriptedModel(() => "ok", { ...price, maxOutputTokens: 50 });
    expect((await ask(model)).stopReason).toBe("finished");
  });

  it("is refused when it is too small for the first and the last measurement", async () => {
    const system = hyperSystem({ name: "tools", optimizer: walker({ steps: 1 }) }, (x: number) =>
      callTool("t", () => x, x),
    );
    const data = [example(1, 0), example(2, 0)];
    for (const budget of [{ maxRuns: 2 }, { maxRuns: 5 }, { maxCalls: 1 }, { maxCalls: 5 }]) {
      await expect(system.optimize(data, any, { budget })).rejects.toMatchObject({
        code: "BUDGET_EXHAUSTED",
      });
    }
    await expect(system.optimize(data, any, { budget: { maxRuns: 6, maxCalls: 6 } })).resolves.toBeDefined();
  });

  it.each([{ maxRuns: 0 }, { maxCalls: -1 }, { maxUsd: NaN }, { maxEuros: 1 }])(
    "is refused: %p",
    async (budget) => {
      const system = hyperSystem({ name: "any", optimizer: walker({ steps: 1 }) }, async () => 1);
      await expect(system.optimize([example(undefined, 0)], any, { budget })).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
      });
    },
  );
});

describe("figures that are none", () => {
  const ask = (usage: object | null, more: object = {}) => {
    const answer = { content: "x", usage, finishReason: "stop", model: "own" } as ModelResponse;
    const model: LanguageModel = {
      provider: "own",
      modelId: "own",
      generate: () => Promise.resolve(answer),
      ...more,
    };
    const call = hyperfunction({ name: "ask", prompt: "?" }, (question: string, { prompt }) =>
      callModel(model, { messages: [{ role: "user", content: prompt + question }], maxTokens: 20 }),
    );
    const optimizer = walker({ steps: 2, population: 4 });
    return hyperSystem(
      { name: "asking", hyperfunctions: [call], concurrency: 2, optimizer },
      (question: string) => call(question).then(({ content }) => content),
    );
  };
  const many = Array.from({ length: 8 }, (_, index) => example(String(index), ""));

  it.each([
    [{ inputTokens: NaN, outputTokens: 1, totalTokens: NaN }],
    [{ inputTokens: 1, outputTokens: 0.5, totalTokens: 1.5 }],
    [null],
  ])("are reported and booked as the bound: %j", async (usage) => {
    const { usage: total } = await ask(usage).evaluateDetailed(many, any);
    expect(total.totalTokens).toBeGreaterThan(8 * 20);
    expect(Number.isSafeInteger(total.totalTokens)).toBe(true);
  });

  it("leave no reservation behind where there is not even an answer", async () => {
    const nothing = { generate: () => Promise.resolve(undefined) };
    const search = ask(null, nothing).optimize(many, any, { budget: { maxTokens: 450 } });
    await expect(search).rejects.toMatchObject({ code: "INFRASTRUCTURE" });
  });

  it("do not stop a search: a price that throws is none", async () => {
    const costUsd = ({ inputTokens }: { inputTokens: number }): number => {
      if (inputTokens === 5) throw new Error("no price");
      return 0.001;
    };
    const usage = { inputTokens: 5, outputTokens: 1, totalTokens: 6 };
    const { stopReason } = await ask(usage, { costUsd }).optimize(many, any, { budget: { maxTokens: 450 } });
    expect(stopReason).toBe("budget");
  });
});
