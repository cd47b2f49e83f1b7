import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { HyperfuncError, type LanguageModel, type ModelRequest } from "@hyperfunc/core";
import { scriptedModel } from "@hyperfunc/core/testing";
import {
  diskCache,
  languageModel,
  llmCompletion,
  memoryCache,
  withCache,
  withRetry,
  wrapModel,
} from "../src/index.js";
import { cacheKey } from "../src/cache/cache-key.js";
import { z } from "zod";
import { ChatServer, says } from "./chat-server.js";

const REQUEST: ModelRequest = {
  messages: [{ role: "user", content: "Capital of France?" }],
  temperature: 0.5,
};
const ANSWER = {
  content: "Paris",
  usage: { inputTokens: 5, outputTokens: 1, totalTokens: 6 },
  finishReason: "stop",
  model: "m",
} as const;

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hyperfunc-cache-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

let server: ChatServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe("the key", () => {
  const model = { provider: "openai", modelId: "gpt-4o" };
  const key = cacheKey(model, REQUEST);

  it("depends on the order in a schema, which models see", () => {
    const of = (names: string[]): string => {
      const properties = Object.fromEntries(names.map((name) => [name, { type: "string" }]));
      return cacheKey(model, { ...REQUEST, schema: { jsonSchema: { type: "object", properties } } });
    };
    expect(of(["reason", "answer"])).not.toBe(of(["answer", "reason"]));
    expect(of(["reason", "answer"])).toBe(of(["reason", "answer"]));
  });

  it("does not depend on the order of fields, nor on undefined ones", () => {
    const { messages, temperature } = REQUEST;
    expect(cacheKey(model, { temperature, messages, seed: undefined })).toBe(key);
  });

  it.each<[string, string]>([
    ["temperature", cacheKey(model, { ...REQUEST, temperature: 0.6 })],
    ["rollout", cacheKey(model, { ...REQUEST, rollout: 1 })],
    [
      "messages",
      cacheKey(model, { messages: [{ role: "user", content: "Capital of Spain?" }], temperature: 0.5 }),
    ],
    ["schema", cacheKey(model, { ...REQUEST, schema: { jsonSchema: { type: "object" } } })],
    ["providerOptions", cacheKey(model, { ...REQUEST, providerOptions: { logprobs: true } })],
    ["model", cacheKey({ ...model, modelId: "gpt-4o-mini" }, REQUEST)],
    ["provider", cacheKey({ ...model, provider: "azure" }, REQUEST)],
    ["scope", cacheKey(model, REQUEST, "http://localhost")],
  ])("depends on %s", (_, other) => expect(other).not.toBe(key));
});

describe("a cached model", () => {
  const cached = (
    script: Parameters<typeof scriptedModel>[0],
  ): { model: LanguageModel; calls: () => number } => {
    const inner = scriptedModel(script);
    return { model: wrapModel(inner, [withCache()]), calls: () => inner.requests.length };
  };

  it("asks once, and a hit uses nothing", async () => {
    const { model, calls } = cached(["Paris"]);
    const first = await model.generate(REQUEST);
    const second = await model.generate(REQUEST);
    expect(first.cached).toBeUndefined();
    expect(second).toMatchObject({ content: "Paris", cached: true, costUsd: 0, usage: { totalTokens: 0 } });
    expect(calls()).toBe(1);
  });

  it("asks once for equal requests at the same time", async () => {
    const { model, calls } = cached([{ content: "Paris", delayMs: 10 }]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => model.generate(REQUEST)));
    expect(answers.filter((answer) => answer.cached === true)).toHaveLength(19);
    expect(calls()).toBe(1);
  });

  it("keeps no failure, and lets those that waited ask themselves", async () => {
    const { model, calls } = cached((_, index) => (index === 0 ? new Error("down") : "Paris"));
    const answers = await Promise.allSettled([1, 2, 3].map(() => model.generate(REQUEST)));
    expect(answers.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    expect(calls()).toBe(2);
  });

  it("does not fail those that wait when the first is aborted", async () => {
    const { model } = cached((_, index) => ({ content: `answer ${index}`, delayMs: 20 }));
    const interruption = new AbortController();
    const first = model.generate(REQUEST, { signal: interruption.signal });
    const second = model.generate(REQUEST);
    setTimeout(() => interruption.abort(), 5);
    await expect(first).rejects.toMatchObject({ code: "ABORTED" });
    expect((await second).content).toBe("answer 1");
  });

  it("lets those that wait go their own way once the first has to try again", async () => {
    const busy = Object.assign(new Error("busy"), { status: 503 });
    const inner = scriptedModel((_, index) => (index === 0 ? busy : "Paris"));
    const model = wrapModel(inner, [withCache(), withRetry({ baseMs: 40 })]);
    const order: string[] = [];
    await Promise.all([
      model.generate(REQUEST).then(() => order.push("first")),
      model.generate(REQUEST).then(() => order.push("second")),
    ]);
    expect(order).toContain("second");
    expect(inner.requests.length).toBeLessThanOrEqual(3);
  });

  it("streams a hit, and remembers a stream that was read to its end alone", async () => {
    const { model, calls } = cached(["Paris is big", "Paris is big"]);
    for await (const _ of model.stream?.(REQUEST) ?? []) break;
    const texts: string[] = [];
    for (let time = 0; time < 2; time++) {
      for await (const chunk of model.stream?.(REQUEST) ?? [])
        if (chunk.type === "text") texts.push(chunk.text);
    }
    expect(texts.join("")).toBe("Paris is bigParis is big");
    expect(calls()).toBe(2);
  });

  it("answers an equal call while a stream is read", async () => {
    const { model } = cached(() => "one two three");
    const answers: string[] = [];
    for await (const chunk of model.stream?.(REQUEST) ?? []) {
      if (chunk.type === "text") answers.push((await model.generate(REQUEST)).content);
    }
    expect(answers).toEqual(["one two three", "one two three", "one two three"]);
  });

  it("keeps the answer where the cache fails, and warns once", async () => {
    const warn = jest.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const broken = {
      get: () => Promise.reject(new Error("unreadable")),
      set: () => Promise.reject(new Error("disk full")),
    };
    const model = wrapModel(scriptedModel(["paid"]), [withCache(broken)]);
    expect((await model.generate(REQUEST)).content).toBe("paid");
    expect(warn.mock.calls).toEqual([["The cache fails: Error: unreadable", "HyperfuncWarning"]]);
    warn.mockRestore();
  });

  it("is not changed by what is done to an answer", async () => {
    const toolCalls = [{ id: "a", name: "look", arguments: "{}" }];
    const { model } = cached([{ content: "", toolCalls }]);
    for (let time = 0; time < 3; time++) {
      const answer = await model.generate(REQUEST);
      expect(answer.toolCalls).toHaveLength(1);
      (answer.toolCalls as unknown[]).pop();
    }
  });

  it("of a model by name depends on the address of the environment and on how it is asked", async () => {
    const folder = join(directory, "addresses");
    const [a, b] = [
      await ChatServer.start(says("from a")),
      await ChatServer.start(says("from b"), says("again")),
    ];
    const asked = async (url: string, options: object = {}): Promise<string> => {
      process.env["OPENAI_BASE_URL"] = url;
      return (
        await languageModel("openai/gpt-4o", { apiKey: "k", cache: folder, ...options }).generate(REQUEST)
      ).content;
    };
    try {
      expect([await asked(a.baseUrl), await asked(b.baseUrl), await asked(a.baseUrl)]).toEqual([
        "from a",
        "from b",
        "from a",
      ]);
      expect(await asked(b.baseUrl, { unsupported: ["temperature"] })).toBe("again");
    } finally {
      delete process.env["OPENAI_BASE_URL"];
      await Promise.all([a.close(), b.close()]);
    }
  });

  it("decodes a hit anew", async () => {
    const { model } = cached(['{"city":"Paris"}']);
    const schema = z.object({ city: z.string().toUpperCase() });
    for (let time = 0; time < 2; time++) {
      const { parsed } = await llmCompletion({ model, prompt: "Capital of France?", schema });
      expect(parsed).toEqual({ city: "PARIS" });
    }
  });

  it("answers from memory in under 0.2 ms", async () => {
    const { model } = cached(["Paris"]);
    const long: ModelRequest = { messages: [{ role: "user", content: "word ".repeat(400) }] };
    await model.generate(long);
    const times: number[] = [];
    for (let time = 0; time < 500; time++) {
      const start = performance.now();
      await model.generate(long);
      times.push(performance.now() - start);
    }
    expect(times.sort((a, b) => a - b)[250]).toBeLessThan(0.2);
  });
});

describe("memory", () => {
  it("drops what was not used for longest", async () => {
    const cache = memoryCache({ maxEntries: 2 });
    await cache.set("a", ANSWER);
    await cache.set("b", ANSWER);
    await cache.get("a");
    await cache.set("c", ANSWER);
    expect(["a", "b", "c"].map((key) => cache.get(key) !== undefined)).toEqual([true, false, true]);
  });

  it("has room for one at least", () => {
    expect(() => memoryCache({ maxEntries: 0 })).toThrow("maxEntries must be a positive integer, got 0");
  });
});

describe("disk", () => {
  const key = "0123456789abcdef";

  it("finds again what another cache wrote, and nothing but that", async () => {
    await diskCache(directory).set(key, ANSWER);
    expect(await diskCache(directory).get(key)).toEqual(ANSWER);
    expect(await diskCache(directory).get("fedcba9876543210")).toBeUndefined();
  });

  it("stays in its directory", async () => {
    await expect(
      (async () => diskCache(join(directory, "deep")).set("../escaped", ANSWER))(),
    ).rejects.toThrow("A cache key has letters and digits alone");
  });

  it("takes a damaged entry for a missing one", async () => {
    const folder = join(directory, key.slice(0, 3));
    for (const damage of ["", "{", '{"content":1}', "null"]) {
      await writeFile(join(folder, `${key.slice(3)}.json`), damage);
      expect(await diskCache(directory).get(key)).toBeUndefined();
    }
    await diskCache(directory).set(key, ANSWER);
    expect(await diskCache(directory).get(key)).toEqual(ANSWER);
  });

  it("shows whole entries alone to those who read while others write", async () => {
    const caches = Array.from({ length: 4 }, () => diskCache(directory));
    const sizes = [1, 1000, 100_000, 10];
    let reads = 0;
    await Promise.all([
      ...caches.map(async (cache, index) => {
        for (let time = 0; time < 40; time++) {
          await cache.set("race0", { ...ANSWER, content: "x".repeat(sizes[index] ?? 1) });
        }
      }),
      (async () => {
        for (let time = 0; time < 200; time++) {
          const read = await diskCache(directory).get("race0");
          if (read === undefined) continue;
          reads++;
          expect(sizes).toContain(read.content.length);
        }
      })(),
    ]);
    expect(reads).toBeGreaterThan(0);
    const left = await readdir(join(directory, "rac"));
    expect(left).toEqual(["e0.json"]); // no drafts
  });

  it("answers all the same where it cannot write", async () => {
    const file = join(directory, "file");
    await writeFile(file, "");
    const warn = jest.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const cache = diskCache(join(directory, "gone"));
    await rm(join(directory, "gone"), { recursive: true });
    await writeFile(join(directory, "gone"), "");
    const model = wrapModel(scriptedModel(["Paris"]), [withCache(cache)]);
    expect((await model.generate(REQUEST)).content).toBe("Paris");
    expect(warn.mock.calls).toEqual([[expect.stringContaining("cannot be"), "HyperfuncWarning"]]);
    warn.mockRestore();
  });

  it("of a model by name holds neither key nor address, and answers without the server", async () => {
    const folder = join(directory, "named");
    server = await ChatServer.start(says("Paris"));
    const options = { apiKey: "canary-key-0123456789", baseUrl: server.baseUrl, cache: folder };
    await languageModel("openai/gpt-4o", options).generate(REQUEST);
    await server.close();
    const again = await languageModel("openai/gpt-4o", options).generate(REQUEST);
    expect(again).toMatchObject({ content: "Paris", cached: true });
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), "utf8")),
    );
    expect(texts).toHaveLength(1);
    const everything = [...files.map(({ name }) => name), ...texts].join("\n");
    expect(everything).not.toContain("canary");
    expect(everything).not.toContain("127.0.0.1");
  });

  it("opens as fast with many entries as with none", async () => {
    const full = join(directory, "full");
    const cache = diskCache(full);
    const keys = Array.from({ length: 2000 }, (_, index) =>
      cacheKey({ provider: "p", modelId: "m" }, { ...REQUEST, rollout: index }),
    );
    await Promise.all(keys.map(async (each) => cache.set(each, ANSWER)));
    const opened = async (folder: string): Promise<number> => {
      const start = performance.now();
      await diskCache(folder).get(keys[7] ?? "");
      return performance.now() - start;
    };
    const times = await Promise.all([opened(full), opened(join(directory, "empty"))]);
    expect(Math.max(...times)).toBeLessThan(100); // nothing is listed, whatever there is
  });
});

it("a model stays where the environment said at first, in its cache, too", async () => {
  const [a, b] = [await ChatServer.start(says("of a")), await ChatServer.start(says("of b"))];
  const cache = memoryCache();
  const options = { apiKey: "k", cache };
  const model = languageModel("ollama/x", options);
  process.env["OLLAMA_API_BASE"] = a.baseUrl;
  await model.generate(REQUEST);
  process.env["OLLAMA_API_BASE"] = b.baseUrl;
  const other = { ...REQUEST, rollout: 1 };
  expect((await model.generate(other)).content).toBe("of a");
  expect((await languageModel("ollama/x", options).generate(other)).content).toBe("of b");
  delete process.env["OLLAMA_API_BASE"];
  await Promise.all([a.close(), b.close()]);
});

it("whoever waits for an equal call goes on as soon as that has to try again", async () => {
  const busy = { retryable: true, details: { status: 503, retryAfterMs: 10_000 } };
  const inner = scriptedModel([new HyperfuncError("INFRASTRUCTURE", "busy", busy), "Paris"]);
  const model = wrapModel(inner, [withCache(), withRetry()]);
  const interruption = new AbortController();
  const first = model.generate(REQUEST, { signal: interruption.signal });
  expect((await model.generate(REQUEST)).content).toBe("Paris");
  interruption.abort();
  await expect(first).rejects.toMatchObject({ code: "ABORTED" });
});
