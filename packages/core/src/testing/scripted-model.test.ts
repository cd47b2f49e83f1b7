import { describe, expect, it } from "@jest/globals";
import type { ModelChunk, ModelRequest } from "../model/language-model.js";
import { manualClock } from "./manual-clock.js";
import { scriptedModel } from "./scripted-model.js";

const ask = (content: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  messages: [{ role: "user", content }],
  ...more,
});

describe("scriptedModel", () => {
  it("answers from a list, in order, and makes up what is left out", async () => {
    const model = scriptedModel([
      "Paris",
      { content: "Rome", finishReason: "length", costUsd: 0.5, raw: { id: 1 } },
    ]);
    expect(await model.generate(ask("Capital?"))).toEqual({
      content: "Paris",
      finishReason: "stop",
      model: "scripted/model",
      usage: { inputTokens: 2, outputTokens: 2, totalTokens: 4 },
    });
    expect(await model.generate(ask("Capital?"))).toMatchObject({
      content: "Rome",
      finishReason: "length",
      costUsd: 0.5,
      raw: { id: 1 },
    });
    await expect(model.generate(ask("Capital?"))).rejects.toThrow(
      "The script has 2 replies, and this is call 3.",
    );
  });

  it("answers by rule, and records every request", async () => {
    const model = scriptedModel(({ temperature }, index) => `call ${index} at ${temperature}`, {
      modelId: "rule",
    });
    const [first, second] = [ask("a", { temperature: 0.3 }), ask("b", { temperature: 0.9 })];
    const replies = await Promise.all([model.generate(first), model.generate(second)]);
    expect(replies.map(({ content }) => content)).toEqual(["call 0 at 0.3", "call 1 at 0.9"]);
    expect(replies[0]?.model).toBe("scripted/rule");
    expect(model.requests).toEqual([first, second]);
  });

  it("throws what the script says", async () => {
    const [first, second] = [new Error("429"), new Error("500")];
    const model = scriptedModel([first, { error: second }]);
    await expect(model.generate(ask("x"))).rejects.toBe(first);
    await expect(model.generate(ask("x"))).rejects.toBe(second);
    expect(model.inFlight).toBe(0);
  });

  it("answers after its delay, under the given clock", async () => {
    const clock = manualClock();
    const model = scriptedModel(["usual", { content: "slow", delayMs: 500 }], { delayMs: 100, clock });
    const done: string[] = [];
    const all = [1, 2].map(() => model.generate(ask("x")).then(({ content }) => done.push(content)));
    await clock.advance(100);
    expect([done, model.inFlight]).toEqual([["usual"], 1]);
    await clock.advance(400);
    expect([done, model.inFlight]).toEqual([["usual", "slow"], 0]);
    await Promise.all(all);
  });

  it("heeds the signal: before, while waiting, and between pieces", async () => {
    const clock = manualClock();
    const model = scriptedModel(() => "one two three", { delayMs: 100, clock });
    await expect(model.generate(ask("x"), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ABORTED",
    });
    expect(model.requests).toHaveLength(0);

    const waiting = new AbortController();
    const call = expect(model.generate(ask("x"), { signal: waiting.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
    await clock.advance(50);
    waiting.abort();
    await call;
    expect([clock.pending, model.inFlight]).toEqual([0, 0]);

    const streaming = new AbortController();
    const pieces: string[] = [];
    const stream = (async () => {
      for await (const chunk of model.stream(ask("x"), { signal: streaming.signal })) {
        pieces.push(chunk.type);
        streaming.abort();
      }
    })();
    const stopped = expect(stream).rejects.toMatchObject({ code: "ABORTED" });
    await clock.advance(100);
    await stopped;
    expect(pieces).toEqual(["text"]);
  });

  it("streams the text in pieces and the whole at the end", async () => {
    const model = scriptedModel(["  Paris is\nnice "]);
    const chunks: ModelChunk[] = [];
    for await (const chunk of model.stream(ask("x"))) chunks.push(chunk);
    const texts = chunks.flatMap((chunk) => (chunk.type === "text" ? [chunk.text] : []));
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.join("")).toBe("  Paris is\nnice ");
    expect(chunks.at(-1)).toMatchObject({ type: "finish", response: { content: "  Paris is\nnice " } });
  });

  it("decodes for a schema, as a real model's adapter does", async () => {
    const model = scriptedModel(['{"a":1}', "no json", '{"a":1}', { content: "x", parsed: 7 }]);
    const schema = { jsonSchema: { type: "object" } };
    expect((await model.generate(ask("x", { schema }))).parsed).toEqual({ a: 1 });
    expect(await model.generate(ask("x", { schema }))).not.toHaveProperty("parsed");
    const parse = (value: unknown): unknown => [value];
    expect((await model.generate(ask("x", { schema: { ...schema, parse } }))).parsed).toEqual([{ a: 1 }]);
    expect((await model.generate(ask("x"))).parsed).toBe(7);
  });

  it("has a price when it is given one, and a cap", async () => {
    const model = scriptedModel(["12345678"], {
      costUsd: ({ outputTokens }) => outputTokens * 0.01,
      maxOutputTokens: 50,
    });
    expect(model.maxOutputTokens).toBe(50);
    expect((await model.generate(ask("x"))).costUsd).toBe(0.02);
    expect(scriptedModel([])).not.toHaveProperty("costUsd");
  });

  it("ends for tool calls when there are some", async () => {
    const toolCalls = [{ id: "1", name: "lookup", arguments: "{}" }];
    expect(await scriptedModel([{ toolCalls }]).generate(ask("x"))).toMatchObject({
      content: "",
      finishReason: "tool-calls",
      toolCalls,
    });
  });
});
