/** Real models of the AI SDK, of two versions of its specification, against a server on loopback. */
import { afterEach, describe, expect, it } from "@jest/globals";
import { Budget, type ModelChunk, type ModelRequest } from "@hyperfunc/core";
import { createOpenAICompatible as createV2 } from "ai-sdk-v2";
import { createOpenAICompatible as createV3 } from "ai-sdk-v3";
import { z } from "zod";
import { fromAiSdk, llmCompletion, withBudget, wrapModel, type AiSdkModel } from "../src/index.js";
import { ChatServer, delta, fails, says, streams, type Answer } from "./chat-server.js";

let server: ChatServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const REQUEST: ModelRequest = { messages: [{ role: "user", content: "Capital of France?" }] };

describe.each([
  ["v2", createV2],
  ["v3", createV3],
])("a model of specification %s", (version, create) => {
  async function modelOf(...answers: Answer[]): Promise<AiSdkModel> {
    server = await ChatServer.start(...answers);
    const provider = create({
      name: "loopback",
      baseURL: server.baseUrl,
      apiKey: "k",
      supportsStructuredOutputs: true,
    });
    return provider("some-model");
  }
  const sent = (): Readonly<Record<string, unknown>> => server?.seen.at(-1)?.body ?? {};

  it("is what it says", async () => {
    expect((await modelOf()).specificationVersion).toBe(version);
  });

  it("answers, with parameters, images, tools and their results passed on", async () => {
    const call = { id: "a", type: "function", function: { name: "look", arguments: '{"at":1}' } };
    const model = fromAiSdk(
      await modelOf(says(null, { finishReason: "tool_calls", message: { tool_calls: [call] } })),
    );
    const response = await model.generate({
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "What is it?" },
            { type: "image", url: "data:image/png;base64,AAAA" },
          ],
        },
        { role: "assistant", content: "", toolCalls: [{ id: "x", name: "look", arguments: '{"at":0}' }] },
        { role: "tool", content: "nothing", toolCallId: "x" },
      ],
      tools: [{ name: "look", description: "Looks.", parameters: { type: "object", properties: {} } }],
      toolChoice: { name: "look" },
      temperature: 0.3,
      topP: 0.9,
      maxTokens: 40,
      seed: 3,
      stop: ["END"],
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
    });
    expect(response).toMatchObject({
      finishReason: "tool-calls",
      usage: { inputTokens: 7, outputTokens: 3, totalTokens: 10 },
      toolCalls: [{ id: "a", name: "look", arguments: '{"at":1}' }],
    });
    expect(sent()).toMatchObject({
      model: "some-model",
      temperature: 0.3,
      top_p: 0.9,
      max_tokens: 40,
      seed: 3,
      stop: ["END"],
      presence_penalty: 0.1,
      frequency_penalty: 0.2,
      tool_choice: { type: "function", function: { name: "look" } },
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          ],
        },
        { role: "assistant", tool_calls: [{ id: "x", function: { name: "look", arguments: '{"at":0}' } }] },
        { role: "tool", tool_call_id: "x", content: "nothing" },
      ],
    });
  });

  it("keeps to a schema", async () => {
    const model = fromAiSdk(await modelOf(says('{"city":"Paris"}')));
    const { parsed } = await llmCompletion({
      model,
      prompt: "Capital of France?",
      schema: z.object({ city: z.string() }),
    });
    expect(parsed).toEqual({ city: "Paris" });
    expect(sent()["response_format"]).toMatchObject({ type: "json_schema" });
  });

  it("streams", async () => {
    const usage = { choices: [], usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 } };
    const model = fromAiSdk(
      await modelOf(streams([delta("Pa"), delta("ris"), delta(undefined, "stop"), usage])),
    );
    const chunks: ModelChunk[] = [];
    for await (const chunk of model.stream?.(REQUEST) ?? []) chunks.push(chunk);
    expect(chunks.slice(0, 2)).toEqual([
      { type: "text", text: "Pa" },
      { type: "text", text: "ris" },
    ]);
    expect(chunks.at(-1)).toMatchObject({
      response: { content: "Paris", finishReason: "stop", usage: { inputTokens: 7, outputTokens: 2 } },
    });
  });

  it.each([
    [429, true, true],
    [400, false, false],
    [500, true, true],
  ])("fails with status %i as other models do", async (status, retryable, infrastructure) => {
    const model = fromAiSdk(await modelOf(fails(status, "No.", { "retry-after": "2" })));
    await expect(model.generate(REQUEST)).rejects.toMatchObject({
      code: "INFRASTRUCTURE",
      retryable,
      infrastructure,
      details: { status, retryAfterMs: 2000 },
    });
  });

  it("stops at an abort", async () => {
    const model = fromAiSdk(await modelOf(() => undefined));
    const call = model.generate(REQUEST, { signal: AbortSignal.timeout(30) });
    await expect(call).rejects.toMatchObject({ code: "ABORTED" });
  });
});

describe("fromAiSdk", () => {
  const sdk = (more: object): AiSdkModel =>
    ({ provider: "openai.chat", modelId: "gpt-4o-mini", specificationVersion: "v4", ...more }) as AiSdkModel;

  const answering = (more: object): AiSdkModel =>
    sdk({
      doGenerate: () =>
        Promise.resolve({
          content: [{ type: "text", text: "Paris" }],
          finishReason: "stop",
          usage: { inputTokens: 10, outputTokens: 5 },
          ...more,
        }),
    });

  it("charges thinking that is counted in the total alone as output", async () => {
    const usage = { inputTokens: 10, outputTokens: 5, totalTokens: 1015, reasoningTokens: 1000 };
    const response = await fromAiSdk(answering({ usage })).generate(REQUEST);
    expect(response.usage).toMatchObject({ outputTokens: 1005, totalTokens: 1015 });
  });

  it("does not charge as output what was cached beside the input", async () => {
    const usage = { inputTokens: 10, outputTokens: 5, totalTokens: 9015, cachedInputTokens: 9000 };
    const response = await fromAiSdk(answering({ usage })).generate(REQUEST);
    expect(response.usage.outputTokens).toBe(5);
  });

  it("keeps an answer whose counts are none", async () => {
    const usage = { inputTokens: 10, outputTokens: 5, cachedInputTokens: -1 };
    const response = await fromAiSdk(answering({ usage })).generate(REQUEST);
    expect(response.usage).toEqual({ inputTokens: 10, outputTokens: 5, totalTokens: 15 });
    const odd = answering({ usage: { inputTokens: -1, outputTokens: 0.5 } });
    expect((await fromAiSdk(odd).generate(REQUEST)).usage.totalTokens).toBe(27);
  });

  it("takes no answer that ends with an error", async () => {
    const model = fromAiSdk(answering({ content: [], finishReason: "error" }));
    await expect(model.generate(REQUEST)).rejects.toMatchObject({ code: "INFRASTRUCTURE", retryable: true });
  });

  it("ends calls of a model that hears nothing", async () => {
    const forever = (): Promise<never> => new Promise(() => undefined);
    const deaf = sdk({ doGenerate: forever, doStream: forever });
    const aborted = fromAiSdk(deaf).generate(REQUEST, { signal: AbortSignal.timeout(20) });
    await expect(aborted).rejects.toMatchObject({ code: "ABORTED" });
    const late = fromAiSdk(deaf, { timeoutMs: 20 });
    await expect(late.generate(REQUEST)).rejects.toMatchObject({ code: "TIMEOUT", retryable: true });
    await expect(late.stream?.(REQUEST)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "TIMEOUT",
    });
    expect(() => fromAiSdk(deaf, { timeoutMs: 0 })).toThrow("timeoutMs must be positive");
  });

  it("ends a stream that is left early, or comes to a halt", async () => {
    let cancelled = 0;
    const streaming = (pieces: number): AiSdkModel =>
      sdk({
        doStream: () => {
          let left = pieces;
          const stream = new ReadableStream({
            pull: (controller) => {
              if (left-- > 0) controller.enqueue({ type: "text-delta", delta: "on " });
              else return new Promise(() => undefined);
              return undefined;
            },
            cancel: () => void cancelled++,
          });
          return Promise.resolve({ stream });
        },
      });
    for await (const _ of fromAiSdk(streaming(9)).stream?.(REQUEST) ?? []) break;
    expect(cancelled).toBe(1);
    const halting = fromAiSdk(streaming(1), { timeoutMs: 30 });
    await expect(
      (async () => {
        for await (const _ of halting.stream?.(REQUEST) ?? []);
      })(),
    ).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  it.each([
    ["maxCompletionTokens", { openai: { maxCompletionTokens: 5000 } }],
    ["max_tokens", { bedrock: { additionalModelRequestFields: { max_tokens: 9000 } } }],
  ])("lets no provider option raise the limit that budgets count on: %s", async (name, providerOptions) => {
    const call = fromAiSdk(answering({})).generate({ ...REQUEST, providerOptions });
    await expect(call).rejects.toThrow(`must not set "${name}"`);
  });

  it("passes other limits on", async () => {
    const providerOptions = { mine: { maxInputTokens: 5000 } };
    const model = fromAiSdk(answering({}));
    expect((await model.generate({ ...REQUEST, providerOptions })).content).toBe("Paris");
  });

  it.each(["abort", "timeout"])(
    "ends the connection of a stream that stands still, at its %s",
    async (how) => {
      let connection: AbortSignal | undefined;
      const still = sdk({
        doStream: ({ abortSignal }: { abortSignal: AbortSignal }) => {
          connection = abortSignal;
          const stream = new ReadableStream({ pull: () => new Promise<void>(() => undefined) });
          return Promise.resolve({ stream });
        },
      });
      const signal = how === "abort" ? AbortSignal.timeout(20) : undefined;
      const model = fromAiSdk(still, how === "abort" ? {} : { timeoutMs: 20 });
      const first = model.stream?.(REQUEST, { signal })[Symbol.asyncIterator]().next();
      await expect(first).rejects.toMatchObject({ code: how === "abort" ? "ABORTED" : "TIMEOUT" });
      expect(connection?.aborted).toBe(true);
    },
  );

  it("reads counts and reasons of specification 4", async () => {
    const result = {
      content: [
        { type: "reasoning", text: "hm" },
        { type: "text", text: "Paris" },
      ],
      finishReason: { unified: "length", raw: "max_tokens" },
      usage: {
        inputTokens: { total: 9, noCache: 4, cacheRead: 5, cacheWrite: 0 },
        outputTokens: { total: 4, text: 1, reasoning: 3 },
      },
      warnings: [],
    };
    let asked: unknown;
    const model = fromAiSdk(
      sdk({
        doGenerate: (options: unknown) => {
          asked = options;
          return Promise.resolve(result);
        },
      }),
    );
    const image = { type: "image" as const, url: "data:image/png;base64,AAAA" };
    const response = await model.generate({ messages: [{ role: "user", content: [image] }] });
    expect(response).toMatchObject({
      content: "Paris",
      finishReason: "length",
      usage: { inputTokens: 9, outputTokens: 4, totalTokens: 13, cachedInputTokens: 5, reasoningTokens: 3 },
    });
    expect(response.costUsd).toBeGreaterThan(0);
    expect(asked).toMatchObject({
      prompt: [{ content: [{ type: "file", mediaType: "image/png", data: { type: "data", data: "AAAA" } }] }],
    });
  });

  const sdkResult = {
    content: [{ type: "text", text: "hi" }],
    finishReason: "stop",
    usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
    response: { headers: { "x-ratelimit-remaining-requests": "5" } },
  };

  it("leaves out what the model refuses, and hands limits on", async () => {
    const asked: unknown[] = [];
    const doGenerate = (options: unknown): Promise<unknown> => {
      asked.push(options);
      return Promise.resolve(sdkResult);
    };
    const model = fromAiSdk(sdk({ doGenerate }), { unsupported: ["temperature"] });
    const { limitHeaders } = await model.generate({ ...REQUEST, temperature: 0.5, topP: 0.5 });
    expect(limitHeaders).toEqual({ "x-ratelimit-remaining-requests": "5" });
    expect(asked[0]).not.toHaveProperty("temperature");
    expect(asked[0]).toHaveProperty("topP", 0.5);
  });

  const failing = (error: object): ReturnType<typeof fromAiSdk> =>
    fromAiSdk(sdk({ doGenerate: () => Promise.reject(Object.assign(new Error("boom"), error)) }));

  it.each<[object, object]>([
    [
      { statusCode: 503, responseHeaders: { "x-bad": "a\nb", "retry-after": "1" } },
      { retryable: true, details: { status: 503, retryAfterMs: 1000 } },
    ],
    [
      { statusCode: 429, data: { error: { code: "insufficient_quota" } } },
      { retryable: false, details: { status: 429 } },
    ],
    [{ statusCode: 200 }, { retryable: true, details: {} }],
  ])("reads the failure %j", async (error, expected) => {
    await expect(failing(error).generate(REQUEST)).rejects.toMatchObject({
      code: "INFRASTRUCTURE",
      ...expected,
    });
  });

  it("books an answer that cannot be read as paid", async () => {
    const budget = new Budget({ maxTokens: 1000 });
    const model = wrapModel(failing({ statusCode: 200 }), [withBudget(budget)]);
    await expect(model.generate({ ...REQUEST, maxTokens: 10 })).rejects.toThrow();
    expect(budget.spent.tokens).toBeGreaterThan(10);
  });

  it("tells what an error within a stream says, and of an image without an address", async () => {
    const parts = [{ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }];
    const model = fromAiSdk(
      sdk({
        doStream: () =>
          Promise.resolve({
            stream: new ReadableStream({
              start: (controller) => {
                for (const part of parts) controller.enqueue(part);
                controller.close();
              },
            }),
          }),
        doGenerate: () => Promise.resolve(sdkResult),
      }),
    );
    await expect(
      (async () => {
        for await (const chunk of model.stream?.(REQUEST) ?? []) expect(chunk).toBeUndefined();
      })(),
    ).rejects.toThrow("Overloaded");
    const relative: ModelRequest = {
      messages: [{ role: "user", content: [{ type: "image", url: "cat.png" }] }],
    };
    await expect(model.generate(relative)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  it("refuses what is no model, and an answer that is none", async () => {
    expect(() => fromAiSdk("gpt-4o" as never)).toThrow("specificationVersion v2, v3, v4, got undefined");
    expect(() => fromAiSdk(sdk({ specificationVersion: "v1" }))).toThrow("got v1");
    const model = fromAiSdk(sdk({ doGenerate: () => Promise.resolve({ text: "Paris" }) }));
    await expect(model.generate(REQUEST)).rejects.toMatchObject({ code: "INFRASTRUCTURE", retryable: true });
  });
});
