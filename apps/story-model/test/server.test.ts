/** The protocol, through the same client that talks to hosted models. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type LanguageModel, type ModelChunk, type ModelRequest } from "@hyperfunc/core";
import { languageModelContract } from "@hyperfunc/core/testing";
import { languageModel, llmCompletion } from "@hyperfunc/llm";
import { loadStoryModel } from "../src/model-files.js";
import { StoryServer } from "../src/server.js";
import { withStoryModel } from "./with-story-model.js";

withStoryModel("the story server", () => {
  let server: StoryServer;
  let model: LanguageModel;
  beforeAll(async () => {
    server = await StoryServer.start(loadStoryModel());
    model = languageModel("stories260K", { baseUrl: server.baseUrl });
  });
  afterAll(async () => {
    await server.close();
  });

  const ask = (more: Omit<ModelRequest, "messages"> = {}, content = "Once upon a time"): ModelRequest => ({
    messages: [
      { role: "system", content: "This is for larger models." },
      { role: "user", content },
    ],
    maxTokens: 20,
    ...more,
  });

  async function post(body: string, path = "/chat/completions"): Promise<{ status: number; error: unknown }> {
    const reply = await fetch(`${server.baseUrl}${path}`, { method: "POST", body });
    const { error } = (await reply.json()) as { error: unknown };
    return { status: reply.status, error };
  }

  describe("keeps the contract of LanguageModel", () => {
    const late = (): LanguageModel => ({
      provider: model.provider,
      modelId: model.modelId,
      generate: (request, options) => model.generate(request, options),
    });
    for (const { name, run } of languageModelContract(late)) it(name, run);
  });

  it("continues the user's text, counts the tokens and says how it ended", async () => {
    const response = await model.generate(ask({ temperature: 0 }));
    expect(response).toMatchObject({
      content: ", there was a little girl named Lily. She loved to play outsid",
      finishReason: "length",
      model: "stories260K",
      usage: { inputTokens: 5, outputTokens: 20, totalTokens: 25 },
    });
    const whole = await model.generate(ask({ temperature: 0, maxTokens: 500 }));
    expect(whole.finishReason).toBe("stop");
    expect(whole.usage.outputTokens).toBeLessThan(500);
  });

  it("honours temperature, topP, stop strings and penalties", async () => {
    const text = async (more: Omit<ModelRequest, "messages">): Promise<string> =>
      (await model.generate(ask({ seed: 3, temperature: 0, ...more }))).content;
    const greedy = await text({});
    expect(await text({ temperature: 2 })).not.toBe(greedy);
    expect(await text({ temperature: 2, topP: 0 })).toBe(greedy);
    expect(await text({ stop: [" girl"] })).toBe(", there was a little");
    expect(await text({ presencePenalty: 2, maxTokens: 60 })).not.toBe(await text({ maxTokens: 60 }));
    expect(await text({ frequencyPenalty: -2, maxTokens: 60 })).toMatch(/(.+)\1\1/); // what was said is said again
  });

  it("writes the same for the same seed, something else for another, and anything without one", async () => {
    const texts = await Promise.all(
      [7, 7, 8, undefined, undefined].map(
        async (seed) => (await model.generate(ask({ temperature: 1, seed }))).content,
      ),
    );
    expect(texts[1]).toBe(texts[0]);
    expect(new Set(texts).size).toBe(4);
  });

  it("takes the sampling parameters of a hyperfunction", async () => {
    const hp = { temperature: 0, topP: 1, presencePenalty: 0, frequencyPenalty: 0 };
    const { content } = await llmCompletion({ model, prompt: "Once upon a time", hp, maxTokens: 4 });
    expect(content).toBe(", there was a");
  });

  it("streams the same text piece by piece, with usage at the end", async () => {
    const request = ask({ temperature: 1, seed: 5, stop: ["zebra"] });
    const chunks: ModelChunk[] = [];
    for await (const chunk of model.stream?.(request) ?? []) chunks.push(chunk);
    const { raw: _, ...whole } = await model.generate(request);
    const pieces = chunks.flatMap((chunk) => (chunk.type === "text" ? [chunk.text] : []));
    expect(pieces.length).toBeGreaterThan(5);
    expect(pieces.join("")).toBe(whole.content);
    expect(chunks.at(-1)).toEqual({ type: "finish", response: whole });
  });

  it("answers short requests while it writes long ones", async () => {
    const finished: string[] = [];
    const asked = (name: string, maxTokens: number): Promise<unknown> =>
      model.generate(ask({ temperature: 1, seed: 0, maxTokens })).then(() => finished.push(name));
    await Promise.all([asked("long", 200), asked("short", 5)]);
    expect(finished).toEqual(["short", "long"]);
  });

  it("stops writing when nobody listens any more", async () => {
    const before = server.counts.completionTokens;
    const interruption = new AbortController();
    const stream = model.stream?.(ask({ temperature: 1, seed: 0, maxTokens: 400 }), {
      signal: interruption.signal,
    });
    await expect(
      (async () => {
        for await (const _ of stream ?? []) interruption.abort();
      })(),
    ).rejects.toMatchObject({ code: "ABORTED" });
    while (server.counts.open > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(server.counts.completionTokens - before).toBeLessThan(100);
  });

  it("refuses what is out of range or too long, as a failure of the program that no other attempt mends", async () => {
    for (const request of [ask({ temperature: 3 }), ask({}, "la ".repeat(600))]) {
      await expect(model.generate(request)).rejects.toMatchObject({
        retryable: false,
        infrastructure: false,
        details: { status: 400, type: "invalid_request_error" },
      });
    }
  });

  it("answers with an error that names the field", async () => {
    const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: "One day" }], top_p: 1.1 });
    const error = { message: expect.stringContaining("from 0 to 1"), type: "invalid_request_error" };
    expect(await post(body)).toEqual({ status: 400, error: { ...error, param: "top_p", code: null } });
  });

  it("knows no other address", async () => {
    expect(await post("{}", "/completions")).toMatchObject({ status: 404 });
  });
});
