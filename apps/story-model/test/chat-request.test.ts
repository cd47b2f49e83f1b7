import { describe, expect, it } from "@jest/globals";
import { readChatRequest } from "../src/chat-request.js";

const COMPLETE = { model: "m", messages: [{ role: "user", content: "One day" }] };

describe("readChatRequest", () => {
  it("takes the last message of the user, and the protocol's defaults", () => {
    const parts = [
      { type: "text", text: "The " },
      { type: "text", text: "dog" },
    ];
    const messages = [
      ...COMPLETE.messages,
      { role: "assistant", content: "no" },
      { role: "user", content: parts },
    ];
    expect(readChatRequest(JSON.stringify({ ...COMPLETE, messages }))).toEqual({
      model: "m",
      beginning: "The dog",
      temperature: 1,
      topP: 1,
      presencePenalty: 0,
      frequencyPenalty: 0,
      maxTokens: undefined,
      seed: undefined,
      stop: [],
      stream: false,
      includeUsage: false,
    });
  });

  it("reads what is said, and takes null for not said", () => {
    const body = {
      ...COMPLETE,
      temperature: 0,
      top_p: 0.5,
      presence_penalty: -1,
      frequency_penalty: 2,
      max_tokens: 5,
      max_completion_tokens: null,
      seed: -3,
      stop: "end",
      stream: true,
      stream_options: { include_usage: true },
      response_format: { type: "text" },
      tools: [],
      n: 1,
    };
    expect(readChatRequest(JSON.stringify(body))).toEqual({
      model: "m",
      beginning: "One day",
      temperature: 0,
      topP: 0.5,
      presencePenalty: -1,
      frequencyPenalty: 2,
      maxTokens: 5,
      seed: -3,
      stop: ["end"],
      stream: true,
      includeUsage: true,
    });
  });

  it.each(["", "{", "[]", "1", "null"])("refuses a body that is no JSON object: %j", (body) => {
    expect(() => readChatRequest(body)).toThrow("JSON");
  });

  it.each<[string, object, string]>([
    ["no model", { model: undefined }, "model"],
    ["no messages", { messages: undefined }, "messages"],
    ["no message of the user", { messages: [{ role: "assistant", content: "a" }] }, "messages"],
    ["an image", { messages: [{ role: "user", content: [{ type: "image_url" }] }] }, "messages"],
    ["several choices", { n: 2 }, "n"],
    ["tools", { tools: [{}] }, "tools"],
    ["a form of JSON", { response_format: { type: "json_object" } }, "response_format"],
    ["a nucleus above 1", { top_p: 1.1 }, "top_p"],
    ["a temperature that is text", { temperature: "1" }, "temperature"],
    ["no tokens", { max_tokens: 0 }, "max_tokens"],
    ["half a seed", { seed: 0.5 }, "seed"],
    ["five stop strings", { stop: ["a", "b", "c", "d", "e"] }, "stop"],
    ["a stream that is no flag", { stream: 1 }, "stream"],
  ])("refuses a request with %s, and names the field", (_, fields, param) => {
    let refusal: unknown;
    try {
      readChatRequest(JSON.stringify({ ...COMPLETE, ...fields }));
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toMatchObject({ param, message: expect.stringContaining(param) });
  });
});
