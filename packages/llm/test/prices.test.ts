import { afterEach, describe, expect, it } from "@jest/globals";
import type { Usage } from "@hyperfunc/core";
import { languageModel, llmCompletion } from "../src/index.js";
import { ChatServer, says } from "./chat-server.js";

const MILLION: Usage = { inputTokens: 1e6, outputTokens: 1e6, totalTokens: 2e6 };

let server: ChatServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe("prices", () => {
  it.each([
    ["openai/gpt-4o-mini", 0.15 + 0.6],
    ["anthropic/claude-3-haiku-20240307", 0.25 + 1.25],
    ["groq/llama-3.3-70b-versatile", 0.59 + 0.79],
    ["openrouter/openai/gpt-4o-mini", 0.15 + 0.6],
    ["azure/gpt-4o-mini", 0.15 + 0.6],
    ["ollama/llama3", 0],
  ])("of %s are %d dollars for a million tokens each way", (name, usd) => {
    expect(languageModel(name).costUsd?.(MILLION)).toBeCloseTo(usd, 6);
  });

  it("count cached input at its own price", () => {
    const model = languageModel("openai/gpt-4o-mini");
    expect(model.costUsd?.({ ...MILLION, cachedInputTokens: 1e6 })).toBeCloseTo(0.075 + 0.6, 6);
  });

  it("take no more for cached than there was input", () => {
    const usage = { inputTokens: 10, outputTokens: 1, totalTokens: 11, cachedInputTokens: 5000 };
    const price = { inputPerMillion: 3, outputPerMillion: 1, cachedInputPerMillion: 1 };
    expect(languageModel("openai/x", { price }).costUsd?.(usage)).toBeCloseTo(11e-6, 12);
    expect(languageModel("openai/gpt-4o-mini").costUsd?.(usage)).toBeGreaterThan(0);
  });

  it.each(["openai/my-own-finetune", "litellm_proxy/gpt-4o", "friendliai/x"])("of %s are unknown", (name) => {
    expect(languageModel(name).costUsd?.(MILLION)).toBeUndefined();
  });

  it("are the user's where he says them", () => {
    const price = { inputPerMillion: 1, outputPerMillion: 2, cachedInputPerMillion: 0.5 };
    const model = languageModel("openai/my-own-finetune", { price });
    expect(model.costUsd?.({ ...MILLION, cachedInputTokens: 5e5 })).toBeCloseTo(0.5 + 0.25 + 2, 12);
    expect(() => languageModel("openai/x", { price: { ...price, inputPerMillion: -1 } })).toThrow(
      "price.inputPerMillion must be US dollars per million tokens, got -1",
    );
  });

  it("stand on the answer", async () => {
    server = await ChatServer.start(says("Paris"));
    const options = { apiKey: "k", baseUrl: server.baseUrl };
    const known = await llmCompletion({ model: languageModel("openai/gpt-4o-mini", options), prompt: "?" });
    expect(known.costUsd).toBeCloseTo((7 * 0.15 + 3 * 0.6) / 1e6, 15);
    const unknown = await llmCompletion({ model: languageModel("custom-model", options), prompt: "?" });
    expect(unknown.costUsd).toBeUndefined();
  });

  it("make a money budget refuse to start where they are unknown, with the remedy", async () => {
    server = await ChatServer.start(says("Paris"));
    const options = { apiKey: "k", baseUrl: server.baseUrl, budget: { maxUsd: 1 }, maxOutputTokens: 100 };
    const asked = { prompt: "?", maxTokens: 10 };
    const unknown = llmCompletion({ model: languageModel("custom-model", options), ...asked });
    await expect(unknown).rejects.toMatchObject({ code: "BUDGET_UNBOUNDED" });
    await expect(unknown).rejects.toThrow("price");
    expect(server.seen).toHaveLength(0);
    const price = { inputPerMillion: 1, outputPerMillion: 1 };
    const told = languageModel("custom-model", { ...options, price });
    expect((await llmCompletion({ model: told, ...asked })).content).toBe("Paris");
  });
});
