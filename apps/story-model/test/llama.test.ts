import { beforeAll, describe, expect, it } from "@jest/globals";
import { createRng } from "@hyperfunc/core";
import fc from "fast-check";
import { readCheckpoint } from "../src/checkpoint.js";
import { generate, type Ending, type GenerationRequest } from "../src/generate.js";
import type { LlamaText } from "../src/llama.js";
import { loadStoryModel, type StoryModel } from "../src/model-files.js";
import { BEGIN } from "../src/tokenizer.js";
import { withStoryModel } from "./with-story-model.js";

/** What llama2.c prints for this model at temperature 0. */
const REFERENCE =
  "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball";

const REQUEST: GenerationRequest = {
  prompt: [BEGIN],
  temperature: 0,
  topP: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  maxTokens: 60,
  stop: [],
  seed: 0,
};

withStoryModel("the story model", () => {
  let model: StoryModel;
  beforeAll(() => {
    model = loadStoryModel();
  });

  async function written(
    more: Partial<GenerationRequest>,
    signal = new AbortController().signal,
  ): Promise<Ending & { text: string }> {
    const pieces = generate(model, { ...REQUEST, ...more }, signal);
    let text = "";
    for (;;) {
      const next = await pieces.next();
      if (next.done === true) return { text, ...next.value };
      text += next.value;
    }
  }

  it("writes the published text at temperature 0, from nothing and from its beginning", async () => {
    expect((await written({})).text.startsWith(REFERENCE)).toBe(true);
    const prompt = model.tokenizer.encode("Once upon a time");
    const { text, completionTokens, finishReason } = await written({ prompt });
    expect(`Once upon a time${text}`.startsWith(REFERENCE)).toBe(true);
    expect([completionTokens, finishReason]).toEqual([60, "length"]);
  });

  it("ends where the model ends the story, or before a stop string, and never says either", async () => {
    const whole = await written({ maxTokens: 511 });
    expect(whole.finishReason).toBe("stop");
    expect(whole.completionTokens).toBeLessThan(511);
    expect(whole.text).not.toContain("<s>");
    const cut = await written({ stop: ["saw a big", "never said"] });
    expect([cut.text, cut.finishReason]).toEqual([
      REFERENCE.slice(0, REFERENCE.indexOf("saw a big")),
      "stop",
    ]);
  });

  it("ends with the context, however many tokens were asked for", async () => {
    const prompt = [...model.tokenizer.encode("One day"), ...Array.from({ length: 500 }, () => 263)];
    const { completionTokens } = await written({ prompt, maxTokens: 100, temperature: 1 });
    expect(prompt.length + completionTokens).toBeLessThanOrEqual(512);
  });

  it("writes several texts in turns as it writes each alone", () => {
    const prompts = ["Once upon a time", "The dog"].map((text) => model.tokenizer.encode(text));
    const alone = prompts.map((prompt) => logitsAfter(model.llama.startText(), prompt));
    const texts = prompts.map(() => model.llama.startText());
    for (let at = 0; at < Math.max(...prompts.map(({ length }) => length)); at++) {
      texts.forEach((text, index) => {
        const token = prompts[index]?.[at];
        if (token !== undefined) text.append(token);
      });
    }
    expect(texts.map((text) => text.logits())).toEqual(alone);
  });

  it("refuses tokens it does not have, and more than fit", () => {
    const text = model.llama.startText(1);
    expect(() => text.append(512)).toThrow("no token 512");
    text.append(BEGIN);
    expect(() => text.append(BEGIN)).toThrow("1 tokens at most");
  });

  it("samples the same text for the same seed, and others for others", async () => {
    const [first, again, other] = await Promise.all(
      [1, 1, 2].map((seed) => written({ temperature: 1, seed })),
    );
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it("stops when it is told to", async () => {
    const interruption = new AbortController();
    const text = written({ maxTokens: 500, temperature: 1 }, interruption.signal);
    interruption.abort(new Error("enough"));
    await expect(text).rejects.toThrow("enough");
  });

  it("tokenizes like SentencePiece, and back to the same text", () => {
    const { tokenizer } = model;
    expect(tokenizer.encode("Once upon a time")).toEqual([1, 403, 407, 261, 378]);
    expect(tokenizer.encode("")).toEqual([BEGIN]);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }),
    );
  });
});

function logitsAfter(text: LlamaText, tokens: readonly number[]): Float32Array {
  for (const token of tokens) text.append(token);
  return text.logits();
}

describe("the files of a model", () => {
  const header = (...fields: number[]): Uint8Array => new Uint8Array(Int32Array.from(fields).buffer);

  it.each<[string, Uint8Array, string]>([
    ["that end within the header", new Uint8Array(12), "too short"],
    ["of another kind", header(1, 2, 3, 4, 5, 6, 7), "no header that makes sense"],
    ["that are cut off", header(8, 8, 1, 2, 1, 16, 4), "cut off"],
  ])("are refused when they are files %s", (_, file, message) => {
    expect(() => readCheckpoint(file)).toThrow(message);
  });

  it("have exactly the weights that the header says, with a classifier of its own or the embedding", () => {
    // dim 8, hidden 8, 1 layer, 2 heads of which 1 for keys and values, 16 tokens, context 4
    const shared = 16 * 8 + (8 + 64 + 32 + 32 + 64) + (8 + 64 + 64 + 64) + 8 + 4 * 4;
    const file = (sign: 1 | -1, count: number): Uint8Array => {
      const floats = Float32Array.from({ length: count }, () => createRng(count).uniform());
      const bytes = new Uint8Array(7 * 4 + floats.byteLength);
      bytes.set(header(8, 8, 1, 2, 1, sign * 16, 4));
      bytes.set(new Uint8Array(floats.buffer), 7 * 4);
      return bytes;
    };
    const weights = readCheckpoint(file(1, shared));
    expect(weights.classifier).toBe(weights.embedding);
    expect(readCheckpoint(file(-1, shared + 16 * 8)).classifier).toHaveLength(16 * 8);
    expect(() => readCheckpoint(file(1, shared + 1))).toThrow("4 bytes more");
    expect(() => readCheckpoint(file(-1, shared))).toThrow("cut off");
  });
});
