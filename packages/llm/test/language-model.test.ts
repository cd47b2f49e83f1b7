/** The client against a real HTTP server on loopback. */
import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  Budget,
  resolveModel,
  type LanguageModel,
  type ModelChunk,
  type ModelRequest,
} from "@hyperfunc/core";
import { languageModelContract } from "@hyperfunc/core/testing";
import { languageModel, type LanguageModelOptions } from "../src/index.js";
import { ChatServer, delta, fails, json, says, streams, type Answer } from "./chat-server.js";

const REQUEST: ModelRequest = { messages: [{ role: "user", content: "Capital of France?" }] };
const KEY = "my-very-own-key-0123456789";

let server: ChatServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(...answers: Answer[]): Promise<ChatServer> {
  return (server = await ChatServer.start(...answers));
}

async function modelOf(
  answers: readonly Answer[],
  name = "openai/gpt-4o-mini",
  options: LanguageModelOptions = {},
): Promise<LanguageModel> {
  const { baseUrl } = await serve(...answers);
  return languageModel(name, { baseUrl, apiKey: KEY, retries: 0, rateLimit: false, ...options });
}

const sent = (): Readonly<Record<string, unknown>> => server?.seen.at(-1)?.body ?? {};

describe("generate", () => {
  it("asks the endpoint, and reads content, usage, finish reason and model", async () => {
    const model = await modelOf([says("Paris")]);
    const response = await model.generate({
      ...REQUEST,
      temperature: 0.2,
      topP: 0.9,
      maxTokens: 50,
      seed: 1,
    });
    expect(response).toMatchObject({
      content: "Paris",
      usage: { inputTokens: 7, outputTokens: 3, totalTokens: 10 },
      finishReason: "stop",
      model: "served-model",
    });
    expect(server?.seen[0]?.path).toBe("/v1/chat/completions");
    expect(server?.seen[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(sent()).toEqual({
      model: "gpt-4o-mini",
      messages: [{ role: "user", content: "Capital of France?" }],
      temperature: 0.2,
      top_p: 0.9,
      max_completion_tokens: 50,
      seed: 1,
      stream: false,
    });
  });

  it("sends conversations, images and tools as the protocol wants them", async () => {
    const model = await modelOf([
      says(null, {
        finishReason: "tool_calls",
        message: { tool_calls: [{ id: "a", type: "function", function: { name: "look", arguments: "{}" } }] },
      }),
    ]);
    const response = await model.generate({
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "What?" },
            { type: "image", url: "data:image/png;base64,AA", detail: "low" },
          ],
        },
        { role: "assistant", content: "", toolCalls: [{ id: "x", name: "look", arguments: "{}" }] },
        { role: "tool", content: "a cat", toolCallId: "x" },
      ],
      tools: [{ name: "look", parameters: { type: "object" } }],
      toolChoice: { name: "look" },
    });
    expect(response).toMatchObject({
      content: "",
      finishReason: "tool-calls",
      toolCalls: [{ id: "a", name: "look", arguments: "{}" }],
    });
    expect(sent()).toMatchObject({
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "What?" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AA", detail: "low" } },
          ],
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "x", type: "function", function: { name: "look", arguments: "{}" } }],
        },
        { role: "tool", content: "a cat", tool_call_id: "x" },
      ],
      tools: [{ type: "function", function: { name: "look", parameters: { type: "object" } } }],
      tool_choice: { type: "function", function: { name: "look" } },
    });
  });

  it("does not send what a model refuses", async () => {
    const model = await modelOf([says("42")], "openai/o3-mini");
    await model.generate({ ...REQUEST, temperature: 0.5, topP: 0.5, stop: ["\n"], maxTokens: 9 });
    expect(sent()).not.toHaveProperty("temperature");
    expect(sent()).not.toHaveProperty("top_p");
    expect(sent()).not.toHaveProperty("stop");
    expect(sent()).toMatchObject({ max_completion_tokens: 9 });
    expect(model.maxOutputTokens).toBe(100_000);
  });

  it("charges a byte each where the server counts nothing", async () => {
    const model = await modelOf([says("Paris", { usage: undefined })]);
    const { usage } = await model.generate(REQUEST);
    expect(usage).toEqual({ inputTokens: 22, outputTokens: 5, totalTokens: 27 });
  });

  it.each([
    [{}],
    [{ prompt_tokens: 7, completion_tokens: null }],
    [{ prompt_tokens: 7, completion_tokens: 1.5 }],
    [{ prompt_tokens: -1, completion_tokens: 3 }],
    [null],
  ])("keeps an answer whose usage says nothing: %j", async (usage) => {
    const model = await modelOf([says("Paris", { usage })], "openai/gpt-4o-mini", { retries: 1 });
    expect(await model.generate(REQUEST)).toMatchObject({ content: "Paris", usage: { totalTokens: 27 } });
    expect(server?.seen).toHaveLength(1);
  });

  it("keeps counts beside an odd detail", async () => {
    const details = { prompt_tokens_details: { cached_tokens: -1 } };
    const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, ...details };
    const model = await modelOf([says("Paris", { usage })]);
    expect((await model.generate(REQUEST)).usage).toEqual({
      inputTokens: 10,
      outputTokens: 5,
      totalTokens: 15,
    });
  });

  it("charges thinking that is counted in the total alone as output", async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 1015 };
    const price = { inputPerMillion: 1, outputPerMillion: 10 };
    const model = await modelOf([says("Paris", { usage })], "gemini/gemini-2.5-pro", { price });
    const response = await model.generate(REQUEST);
    expect(response.usage).toEqual({ inputTokens: 10, outputTokens: 1005, totalTokens: 1015 });
    expect(response.costUsd).toBeCloseTo((10 + 1005 * 10) / 1e6, 12);
  });

  it("refuses provider options that the request decides", async () => {
    const model = await modelOf([says("Paris")]);
    const request = { ...REQUEST, providerOptions: { model: "other" } };
    await expect(model.generate(request)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(server?.seen).toHaveLength(0);
    await model.generate({ ...REQUEST, providerOptions: { reasoning_effort: "low" } });
    expect(sent()).toMatchObject({ reasoning_effort: "low" });
  });

  it("is known by name everywhere", () => {
    expect(resolveModel("groq/llama-3.1-8b-instant")).toMatchObject({
      provider: "groq",
      modelId: "llama-3.1-8b-instant",
    });
  });
});

describe("structured output", () => {
  const schema = {
    name: "Answer",
    jsonSchema: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    },
  };
  const strict = {
    type: "json_schema",
    json_schema: { name: "Answer", schema: schema.jsonSchema, strict: true },
  };

  it("asks natively and decodes the answer", async () => {
    const model = await modelOf([says('{"city":"Paris"}')]);
    const response = await model.generate({ ...REQUEST, schema });
    expect(response.parsed).toEqual({ city: "Paris" });
    expect(sent()).toMatchObject({ response_format: strict });
  });

  it("goes a rung down where the server refuses, and stays there", async () => {
    const refusal = fails(400, "'response_format' of type 'json_schema' is not supported with this model.");
    const model = await modelOf([refusal, says('```json\n{"city":"Paris"}\n```')]);
    expect((await model.generate({ ...REQUEST, schema })).parsed).toEqual({ city: "Paris" });
    await model.generate({ ...REQUEST, schema });
    const formats = server?.seen.map(({ body }) => body["response_format"]);
    expect(formats).toEqual([strict, { type: "json_object" }, { type: "json_object" }]);
    expect(JSON.stringify(sent()["messages"])).toContain("JSON Schema");
  });

  it("counts what was refused as a call", async () => {
    const refusal = fails(400, "'response_format' of type 'json_schema' is not supported with this model.");
    const budget = new Budget({ maxCalls: 5, maxTokens: 5000 });
    const model = await modelOf([refusal, says('{"city":"Paris"}')], "openai/gpt-4o-mini", { budget });
    await model.generate({ ...REQUEST, schema, maxTokens: 50 });
    expect(budget.spent).toMatchObject({ calls: 2, tokens: 10 });
  });

  it("goes down for one schema alone where the server finds fault with it", async () => {
    const refusal = fails(400, "Invalid schema for response_format 'Answer': schema must be an object.");
    const model = await modelOf([refusal, says("1"), says('{"city":"Paris"}')]);
    await model.generate({ ...REQUEST, schema: { jsonSchema: { type: "number" } } });
    await model.generate({ ...REQUEST, schema });
    expect(server?.seen.map(({ body }) => body["response_format"])).toMatchObject([
      { type: "json_schema" },
      { type: "json_object" },
      strict,
    ]);
  });

  it("goes down one rung for all calls that were under way together", async () => {
    const refuses: Answer = (request, response) => {
      const format = request.body["response_format"] as { type: string } | undefined;
      const answer =
        format?.type === "json_schema" ? fails(400, "No json_schema here.") : says('{"city":"Paris"}');
      return answer(request, response);
    };
    const model = await modelOf([refuses]);
    await Promise.all(Array.from({ length: 4 }, () => model.generate({ ...REQUEST, schema })));
    await model.generate({ ...REQUEST, schema });
    expect(sent()).toMatchObject({ response_format: { type: "json_object" } });
  });

  it("leaves parsed out where the answer does not fit", async () => {
    const parse = (): never => {
      throw new Error("city is missing");
    };
    const model = await modelOf([says("{}")]);
    expect(await model.generate({ ...REQUEST, schema: { ...schema, parse } })).not.toHaveProperty("parsed");
  });
});

describe("failures", () => {
  it.each([
    [503, 503, true],
    ["402", 402, false],
    ["insufficient_quota", 429, false],
    ["overloaded", undefined, true],
  ])("reads what a gateway answers with status 200, code %j", async (code, status, retryable) => {
    const error = { code, message: `No, ${KEY} is busy.` };
    const model = await modelOf([json(200, { error }), streams([{ error }])]);
    const whole = await model.generate(REQUEST).catch((failure: unknown) => failure);
    const stream = model.stream?.(REQUEST)[Symbol.asyncIterator]();
    const streamed = await stream?.next().catch((failure: unknown) => failure);
    for (const failure of [whole, streamed]) {
      expect(failure).toMatchObject({ retryable, details: status === undefined ? {} : { status } });
      expect(String(failure)).toContain("No, [redacted] is busy.");
    }
  });

  it.each(["error", "insufficient_system_resource"])("takes no answer that ends with %s", async (reason) => {
    const model = await modelOf([
      says("Par", { finishReason: reason }),
      streams([delta("Par"), delta(undefined, reason)]),
    ]);
    const failure = { code: "INFRASTRUCTURE", retryable: true };
    await expect(model.generate(REQUEST)).rejects.toMatchObject(failure);
    await expect(
      (async () => {
        for await (const _ of model.stream?.(REQUEST) ?? []);
      })(),
    ).rejects.toMatchObject(failure);
  });

  it("shows no part of a secret header, nor a key that headers of limits quote", async () => {
    const token = "internal-token-123";
    const quotes: Answer = (request, response) => {
      response.setHeader("x-ratelimit-policy", `per ${KEY}`);
      return says("Paris")(request, response);
    };
    const headers = { "x-gateway-auth": `Token ${token}`, "x-title": "My assistant is unknown" };
    const model = await modelOf([fails(401, `${token} is unknown`), quotes], "openai/gpt-4o-mini", {
      headers,
    });
    await expect(model.generate(REQUEST)).rejects.toThrow("[redacted] is unknown");
    expect((await model.generate(REQUEST)).limitHeaders).toMatchObject({
      "x-ratelimit-policy": "per [redacted]",
    });
  });

  it("takes a long page of nothing in no time", async () => {
    const page: Answer = (_, response) => {
      response.writeHead(502, { "content-type": "text/html" });
      response.end(`<html>${" ".repeat(60_000)}</html>`);
    };
    const model = await modelOf([page]);
    const start = performance.now();
    await expect(model.generate(REQUEST)).rejects.toMatchObject({ details: { status: 502 } });
    expect(performance.now() - start).toBeLessThan(1500);
  });

  it.each([
    [400, false, false],
    [401, false, true],
    [404, false, true],
    [408, true, true],
    [422, false, false],
    [429, true, true],
    [500, true, true],
    [503, true, true],
  ])("status %i: retryable %s, infrastructure %s", async (status, retryable, infrastructure) => {
    const model = await modelOf([fails(status, "No.")]);
    await expect(model.generate(REQUEST)).rejects.toMatchObject({
      code: "INFRASTRUCTURE",
      retryable,
      infrastructure,
      details: { status },
    });
    expect(server?.seen).toHaveLength(1); // nothing retries on its own
  });

  it("shows no key, nor a secret header, wherever a server quotes it, nor in the model itself", async () => {
    const canary = "canary-key-0123456789";
    const headers = { "x-secret": "canary-header-0123" };
    const quoting: Answer = (_, response) => {
      response.writeHead(401, { "content-type": "application/json", "x-ratelimit-limit-requests": canary });
      const error = { message: `bad ${canary} and canary-header-0123`, code: `bad_${canary}`, type: canary };
      response.end(JSON.stringify({ error }));
    };
    for (const options of [{}, { retries: 1, rateLimit: true }] as const) {
      const model = await modelOf([quoting], "openai/gpt-4o", { apiKey: canary, headers, ...options });
      const error: unknown = await model.generate(REQUEST).catch((failure: unknown) => failure);
      const deep = { depth: 9, showHidden: true, getters: true };
      const everything = [
        inspect(error, deep),
        JSON.stringify(error),
        inspect(model, deep),
        JSON.stringify(model),
      ];
      expect(everything.join("\n")).toContain("status 401");
      expect(everything.join("\n")).not.toContain("canary");
      await server?.close();
    }
  });

  it("does not let provider options raise the limit that budgets count on", async () => {
    const model = await modelOf([says("x")]);
    const call = model.generate({
      ...REQUEST,
      maxTokens: 10,
      providerOptions: { max_completion_tokens: 100_000 },
    });
    await expect(call).rejects.toThrow('providerOptions must not set "max_completion_tokens"');
  });

  it("takes an empty key for none", async () => {
    const call = languageModel("groq/llama3", { apiKey: "" }).generate(REQUEST);
    await expect(call).rejects.toThrow("GROQ_API_KEY");
  });

  it.each([
    [{ "retry-after": "2" }, 2000],
    [{ "retry-after-ms": "150", "retry-after": "2" }, 150],
    [{ "retry-after-ms": "", "retry-after": "2" }, 2000],
  ])("passes on when to come back: %j", async (headers, retryAfterMs) => {
    const model = await modelOf([fails(429, "Slow down.", headers)]);
    await expect(model.generate(REQUEST)).rejects.toMatchObject({ details: { retryAfterMs } });
  });

  it.each(["Incorrect API key provided: ", "Who is "])("never quotes the key: %s", async (words) => {
    const model = await modelOf([fails(401, `${words}${KEY}?`)]);
    const error: unknown = await model.generate(REQUEST).catch((reason: unknown) => reason);
    const shown = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String((error as Error).stack);
    expect((error as Error).message).toContain("[redacted]");
    expect(shown).not.toContain(KEY);
  });

  it.each<[string, Answer]>([
    ["no JSON", (_, response) => response.writeHead(200, { "content-type": "application/json" }).end("{")],
    ["another shape", json(200, { hello: "world" })],
    ["no choices", json(200, { choices: [] })],
    ["a broken connection", (_, response) => response.destroy()],
  ])("is retryable after %s", async (_, answer) => {
    const model = await modelOf([answer]);
    await expect(model.generate(REQUEST)).rejects.toMatchObject({ code: "INFRASTRUCTURE", retryable: true });
  });

  it("tells a provider nothing of the user's accounts elsewhere", async () => {
    const variables = { OPENAI_ORG_ID: "org-secret", OPENAI_PROJECT_ID: "proj-secret" };
    Object.assign(process.env, variables);
    try {
      const model = await modelOf([says("Paris")], "groq/llama3");
      await model.generate(REQUEST);
      expect(JSON.stringify(server?.seen[0]?.headers)).not.toContain("secret");
      await languageModel("openai/gpt-4o", { baseUrl: server?.baseUrl, apiKey: KEY }).generate(REQUEST);
      expect(server?.seen[1]?.headers["openai-organization"]).toBe("org-secret");
    } finally {
      for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
    }
  });

  it("closes a stream that does not open in time", async () => {
    let closed: (() => void) | undefined;
    const isClosed = new Promise<void>((resolve) => (closed = resolve));
    const model = await modelOf([(_, response) => response.on("close", () => closed?.())], "openai/gpt-4o", {
      timeoutMs: 50,
    });
    const first = (async () => {
      for await (const chunk of model.stream?.(REQUEST) ?? []) return chunk;
      return undefined;
    })();
    await expect(first).rejects.toMatchObject({ code: "TIMEOUT" });
    await isClosed;
  });

  it("gives up on a server that hangs", async () => {
    const model = await modelOf([() => undefined], "openai/gpt-4o-mini", { timeoutMs: 50 });
    await expect(model.generate(REQUEST)).rejects.toMatchObject({ code: "TIMEOUT", retryable: true });
  });

  it("says which variable would hold the missing key", async () => {
    const before = process.env["GROQ_API_KEY"];
    delete process.env["GROQ_API_KEY"];
    const call = languageModel("groq/llama3").generate(REQUEST);
    await expect(call).rejects.toThrow("groq/llama3 needs a key: set GROQ_API_KEY, or pass apiKey.");
    if (before !== undefined) process.env["GROQ_API_KEY"] = before;
  });

  it.each([0, -1, NaN, Infinity])("refuses timeoutMs %p before anything is sent", (timeoutMs) => {
    expect(() => languageModel("openai/x", { timeoutMs })).toThrow("timeoutMs must be positive milliseconds");
  });

  it("names near providers", () => {
    expect(() => languageModel("opnai/gpt-4o")).toThrow('Did you mean "openai/…"');
    expect(() => languageModel("nowhere-at-all/x")).toThrow("registerProvider");
  });
});

describe("stream", () => {
  const collect = async (model: LanguageModel): Promise<ModelChunk[]> => {
    const chunks: ModelChunk[] = [];
    for await (const chunk of model.stream?.(REQUEST) ?? []) chunks.push(chunk);
    return chunks;
  };

  it("gives text as it comes and the whole answer at the end", async () => {
    const usage = { choices: [], usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 } };
    const model = await modelOf([streams([delta("Pa"), delta("ris"), delta(undefined, "stop"), usage])]);
    const chunks = await collect(model);
    expect(chunks.slice(0, 2)).toEqual([
      { type: "text", text: "Pa" },
      { type: "text", text: "ris" },
    ]);
    expect(chunks[2]).toMatchObject({
      type: "finish",
      response: { content: "Paris", finishReason: "stop", usage: { totalTokens: 7 }, model: "served-model" },
    });
    expect(sent()).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  it("joins the pieces of tool calls", async () => {
    const piece = (part: object): unknown => ({
      choices: [{ index: 0, delta: { tool_calls: [{ index: 0, ...part }] }, finish_reason: null }],
    });
    const model = await modelOf([
      streams([
        piece({ id: "a", function: { name: "look", arguments: '{"at"' } }),
        piece({ function: { arguments: ":1}" } }),
        delta(undefined, "tool_calls"),
      ]),
    ]);
    expect((await collect(model)).at(-1)).toMatchObject({
      response: { toolCalls: [{ id: "a", name: "look", arguments: '{"at":1}' }], finishReason: "tool-calls" },
    });
  });

  it("fails, retryably, when the stream ends before the answer", async () => {
    const model = await modelOf([streams([delta("Pa")])]);
    await expect(collect(model)).rejects.toMatchObject({ code: "INFRASTRUCTURE", retryable: true });
  });

  it("gives up on a stream that stops in the middle", async () => {
    const stops: Answer = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: ${JSON.stringify(delta("Pa"))}\n\n`);
    };
    const model = await modelOf([stops], "openai/gpt-4o-mini", { timeoutMs: 50 });
    await expect(collect(model)).rejects.toMatchObject({ code: "TIMEOUT", retryable: true });
  }, 5000);

  it("fails, retryably, when the connection breaks", async () => {
    const model = await modelOf([streams([delta("Pa")], { done: false })]);
    await expect(collect(model)).rejects.toMatchObject({ code: "INFRASTRUCTURE", retryable: true });
  });
});

describe("the contract of LanguageModel", () => {
  const slow: Answer = async (request, response) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    await says("yes")(request, response);
  };
  for (const index of languageModelContract(() => languageModel("openai/x")).keys()) {
    const name = languageModelContract(() => languageModel("openai/x"))[index]?.name ?? "";
    it(name, async () => {
      const model = await modelOf([slow]);
      await languageModelContract(() => model)[index]?.run();
    });
  }
});
