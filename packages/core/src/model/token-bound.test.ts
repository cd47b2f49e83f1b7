import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { ModelMessage } from "./messages.js";
import { inputTokenBound, usageBound } from "./token-bound.js";

const user = (content: string): ModelMessage => ({ role: "user", content });
const bytes = (text: string): number => new TextEncoder().encode(text).length;

describe("inputTokenBound", () => {
  it("counts UTF-8 bytes, 16 per message and 64 per request", () => {
    expect(inputTokenBound({ messages: [] })).toBe(64);
    expect(inputTokenBound({ messages: [user("hello")] })).toBe(85);
    expect(inputTokenBound({ messages: [{ role: "system", content: "é" }, user("日本語🙂")] })).toBe(
      64 + 16 + 2 + 16 + 13,
    );
  });

  it("is at least one token per byte of everything that is sent", () => {
    // In byte-level vocabularies a byte is the smallest token, so the bytes sent are the most tokens possible.
    const text = fc.string({ unit: "binary", maxLength: 50 });
    const message: fc.Arbitrary<ModelMessage> = fc.oneof(
      fc.record({ role: fc.constant("user" as const), content: text }),
      fc.record({
        role: fc.constant("user" as const),
        content: fc.array(fc.record({ type: fc.constant("text" as const), text })),
      }),
      fc.record({
        role: fc.constant("assistant" as const),
        content: text,
        toolCalls: fc.array(fc.record({ id: text, name: text, arguments: text })),
      }),
      fc.record({ role: fc.constant("tool" as const), content: text, toolCallId: text }),
    );
    const strings = (value: unknown): string[] => {
      if (typeof value === "string") return [value];
      return typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : [];
    };
    fc.assert(
      fc.property(
        fc.array(message),
        fc.array(fc.record({ name: text, parameters: fc.dictionary(text, text) })),
        (messages, tools) => {
          const sent = messages
            .flatMap(({ role: _role, ...rest }) => strings(rest))
            .filter((part) => part !== "text");
          const tooling = tools.flatMap((tool) => [...strings(tool), ...Object.keys(tool.parameters)]);
          const needed = [...sent, ...tooling].reduce((sum, part) => sum + bytes(part), 0);
          const bound = inputTokenBound({ messages, tools });
          expect(bound).toBeGreaterThanOrEqual(needed + 16 * messages.length + 64);
        },
      ),
    );
  });

  it("counts tools and schemas", () => {
    const tool = { name: "lookup", description: "Finds a word", parameters: { type: "object" } };
    const plain = inputTokenBound({ messages: [user("x")] });
    expect(inputTokenBound({ messages: [user("x")], tools: [tool] })).toBe(
      Number(plain) + 640 + 16 + JSON.stringify(tool).length,
    );
    const schema = { name: "Answer", jsonSchema: { type: "string" } };
    expect(inputTokenBound({ messages: [user("x")], schema })).toBe(
      Number(plain) + 16 + JSON.stringify(["Answer", { type: "string" }]).length,
    );
  });

  it("knows images only by what they say of themselves", () => {
    const image = { type: "image", url: "https://example.org/x.png" } as const;
    const parts = (maxTokens?: number): ModelMessage => ({
      role: "user",
      content: [
        { type: "text", text: "what?" },
        { ...image, maxTokens },
      ],
    });
    expect(inputTokenBound({ messages: [parts()] })).toBe("unbounded");
    expect(inputTokenBound({ messages: [parts(1500)] })).toBe(64 + 16 + 5 + 1500);
  });
});

describe("usageBound", () => {
  const messages = [user("hello")];

  it("adds the output cap of the request, or else of the model", () => {
    expect(usageBound({ messages, maxTokens: 10 }, { maxOutputTokens: 99 })).toEqual({
      inputTokens: 85,
      outputTokens: 10,
      totalTokens: 95,
    });
    expect(usageBound({ messages }, { maxOutputTokens: 99 })).toMatchObject({
      outputTokens: 99,
      totalTokens: 184,
    });
  });

  it("is unbounded without either, or with an image of unknown cost", () => {
    expect(usageBound({ messages })).toBe("unbounded");
    const image: ModelMessage = { role: "user", content: [{ type: "image", url: "data:," }] };
    expect(usageBound({ messages: [image], maxTokens: 10 })).toBe("unbounded");
  });
});
