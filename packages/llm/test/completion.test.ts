/** Completions under a run: explicit values, tuned values, what a model refuses, structured answers, streams. */
import { afterEach, describe, expect, it } from "@jest/globals";
import { example, hyperfunction, hyperSystem, LMParam, perExample } from "@hyperfunc/core";
import { scriptedModel } from "@hyperfunc/core/testing";
import { z } from "zod";
import { languageModel, llmCompletion, makeLlmCompletion, streamCompletion } from "../src/index.js";
import { ChatServer, says, type Answer } from "./chat-server.js";

let server: ChatServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function modelOf(answers: readonly Answer[], name = "openai/gpt-4o-mini") {
  server = await ChatServer.start(...answers);
  return languageModel(name, { baseUrl: server.baseUrl, apiKey: "k" });
}

const sent = (at = -1): Readonly<Record<string, unknown>> => server?.seen.at(at)?.body ?? {};

describe("llmCompletion", () => {
  it("lets explicit values win over tuned ones, field by field", async () => {
    const model = await modelOf([says("Paris")]);
    const hp = LMParam.create({ temperature: 1.5, topP: 0.5 });
    await llmCompletion({ model, prompt: "Capital?", systemPrompt: "Be brief.", hp, temperature: 0 });
    expect(sent()).toMatchObject({ temperature: 0, top_p: 0.5, presence_penalty: 0 });
    expect(sent()["messages"]).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "Capital?" },
    ]);
  });

  it("makes maxTokensFrac a share of the model's limit, and leaves it out where that is unknown", async () => {
    const model = await modelOf([says("Paris")]);
    await llmCompletion({ model, prompt: "x", hp: { maxTokensFrac: 0.25 } });
    expect(sent()).toMatchObject({ max_completion_tokens: 4096 });
    await llmCompletion({ model, prompt: "x", hp: { maxTokensFrac: 0.25, maxTokens: 7 } });
    expect(sent()).toMatchObject({ max_completion_tokens: 7 });
    const baseUrl = server?.baseUrl;
    await llmCompletion({
      model: languageModel("some-org/some-model", { baseUrl }),
      prompt: "x",
      hp: { maxTokensFrac: 0.25 },
    });
    expect(sent()).not.toHaveProperty("max_tokens");
    expect(sent()).toMatchObject({ model: "some-org/some-model" });
  });

  it("takes either a prompt or messages", async () => {
    const model = scriptedModel(["x"]);
    await expect(llmCompletion({ model })).rejects.toThrow("either a prompt or messages, got neither");
    await expect(llmCompletion({ model, prompt: "a", messages: [] })).rejects.toThrow("got both");
  });

  const schema = z.object({ city: z.string(), people: z.number().optional() });

  it("gives the checked value of a zod schema, typed", async () => {
    const model = await modelOf([says('In {braces}:\n```json\n{"city":"Paris"}\n```')]);
    const { parsed } = await llmCompletion({ model, prompt: "Capital?", schema });
    const city: string = parsed.city;
    expect(city).toBe("Paris");
    expect(sent()).toMatchObject({ response_format: { json_schema: { strict: false } } });
  });

  it("sends an answer that does not fit back once, with what is wrong", async () => {
    const model = await modelOf([says('{"town":"Paris"}'), says('{"city":"Paris"}')]);
    expect((await llmCompletion({ model, prompt: "Capital?", schema })).parsed).toEqual({ city: "Paris" });
    expect(sent()["messages"]).toEqual([
      { role: "user", content: "Capital?" },
      { role: "assistant", content: '{"town":"Paris"}' },
      { role: "user", content: expect.stringMatching(/required shape: .*city/s) },
    ]);
  });

  it("fails when the second answer does not fit, either", async () => {
    const model = await modelOf([says("no"), says("never", { finishReason: "length" })]);
    const call = llmCompletion({ model, prompt: "Capital?", schema });
    await expect(call).rejects.toMatchObject({ code: "INVALID_RESPONSE", details: { content: "never" } });
    await expect(call).rejects.toThrow("cut off: raise maxTokens");
    expect(server?.seen).toHaveLength(2);
  });
});

describe("makeLlmCompletion", () => {
  it("is a hyperfunction whose own parameters are searched and sent", async () => {
    const ask = makeLlmCompletion(await modelOf([says("Paris")]), { name: "ask", systemPrompt: "Be brief." });
    const system = hyperSystem(
      { name: "asking", hyperfunctions: [ask] },
      async (prompt: string) => (await ask({ prompt })).content,
    );
    expect(system.hpDim).toBe(5);
    system.setHpState({ ask: [0.25, 0.75, 0, 0, 0.5] });
    expect(await system.run("Capital?")).toBe("Paris");
    expect(sent()).toMatchObject({ temperature: 0.25, top_p: 0.75, max_completion_tokens: 8192 });
    expect(sent()["messages"]).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "Capital?" },
    ]);
  });

  it("has no parameters that the model refuses", async () => {
    const ask = makeLlmCompletion(await modelOf([says("4")], "openai/o3-mini"), { name: "think" });
    const system = hyperSystem(
      { name: "thinking", hyperfunctions: [ask] },
      async (prompt: string) => (await ask({ prompt })).content,
    );
    expect(system.hpDim).toBe(1);
    await system.run("2 + 2?");
    expect(sent()).toEqual({
      model: "o3-mini",
      messages: [{ role: "user", content: "2 + 2?" }],
      max_completion_tokens: 25_000,
      stream: false,
    });
  });

  it("never takes the parameters of a function around it", async () => {
    const ask = makeLlmCompletion(await modelOf([says("Paris")]), { name: "inner" });
    const outer = hyperfunction(
      { name: "outer", hpType: LMParam, optimizeHparams: true },
      async (prompt: string) => (await ask({ prompt })).content,
    );
    await outer("Capital?", { hp: { temperature: 2 } });
    expect(sent()).toMatchObject({ temperature: 0.7 });
    await ask({ prompt: "Capital?" }, { hp: { temperature: 1.1 } });
    expect(sent()).toMatchObject({ temperature: 1.1 });
  });
});

describe("streamCompletion", () => {
  it("gives a model without streams at once", async () => {
    const { stream: _, ...model } = scriptedModel(["Paris"]);
    const texts: string[] = [];
    for await (const chunk of streamCompletion({ model, prompt: "Capital?" })) texts.push(chunk.type);
    expect(texts).toEqual(["text", "finish"]);
  });

  it("is off inside an evaluation", async () => {
    const system = hyperSystem({ name: "streaming" }, async (prompt: string) => {
      for await (const chunk of streamCompletion({ model: scriptedModel(["x"]), prompt })) return chunk.type;
      return "";
    });
    expect(await system.run("a")).toBe("text");
    const evaluated = system.evaluate(
      [example("a", "text")],
      perExample(() => 1),
    );
    await expect(evaluated).rejects.toThrow("streamCompletion is off inside evaluate");
  });
});
