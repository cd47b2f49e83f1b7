/** The continuation of a text, token by token, in turns with whatever else the process does. */
import { createRng } from "@hyperfunc/core";
import type { StoryModel } from "./model-files.js";
import { Sampler, type Sampling } from "./sampling.js";
import { StopStrings } from "./stop-strings.js";
import { BEGIN, END } from "./tokenizer.js";

export interface GenerationRequest extends Sampling {
  /** Tokens of the text so far, from `tokenizer.encode`; fewer than the model's context. */
  readonly prompt: readonly number[];
  readonly maxTokens: number;
  readonly stop: readonly string[];
  readonly seed: number;
}

export interface Ending {
  /** `"length"`: the limit or the end of the model's context was reached first. */
  readonly finishReason: "stop" | "length";
  /** Every token that was drawn, the mark of the end included. */
  readonly completionTokens: number;
}

/** Some milliseconds of work: short enough that other texts and new requests do not notice. */
const TOKENS_PER_TURN = 8;

/**
 * Yields a piece of text for every token that is drawn, which may be empty, and returns how it ended.
 *
 * @throws The signal's reason, when it is aborted.
 */
export async function* generate(
  { llama, tokenizer }: StoryModel,
  request: GenerationRequest,
  signal: AbortSignal,
): AsyncGenerator<string, Ending> {
  const { prompt, maxTokens, stop, seed } = request;
  const limit = Math.min(maxTokens, llama.config.context - prompt.length);
  const text = llama.startText(prompt.length + limit);
  const sampler = new Sampler(request, createRng(seed, "sampling"));
  const stops = new StopStrings(stop);
  const decoder = new TextDecoder();
  const read = async (next: number): Promise<void> => {
    if (text.length % TOKENS_PER_TURN === 0) await nextTurn(signal);
    text.append(next);
  };
  for (const next of prompt) await read(next);

  let token = prompt.at(-1) ?? BEGIN;
  for (let completionTokens = 1; completionTokens <= limit; completionTokens++) {
    const previous = token;
    token = sampler.draw(text.logits());
    const ends = token === BEGIN || token === END;
    const last = ends || completionTokens === limit;
    // A character may be spread over several tokens, so the decoder keeps what is not yet one.
    const decoded = decoder.decode(tokenizer.bytesOf(token, previous), { stream: !last });
    const piece = stops.push(decoded) + (last ? stops.end() : "");
    yield piece;
    if (ends || stops.found) return { finishReason: "stop", completionTokens };
    if (!last) await read(token);
  }
  return { finishReason: "length", completionTokens: limit };
}

async function nextTurn(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
}
