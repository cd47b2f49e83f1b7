import type { ModelRequest, ModelResponse } from "@hyperfunc/core";
import { countedBytes } from "../wire/counted-bytes.js";

/** What a request will use of the limits. */
export interface CallCost {
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** English text, before any answer has told better. */
const TOKENS_PER_BYTE = 0.25;
const USUAL_OUTPUT = 256;
/** Weight of the latest answer. */
const LEARNING = 0.2;

/** Expects of a request what requests of its size have used so far. */
export class TokenEstimate {
  #tokensPerByte = TOKENS_PER_BYTE;
  #output = USUAL_OUTPUT;
  #learned = false;

  of({ messages, tools, schema, maxTokens = Infinity }: ModelRequest): CallCost {
    const bytes = countedBytes([messages, tools, schema?.jsonSchema]);
    return {
      requests: 1,
      inputTokens: Math.ceil(bytes * this.#tokensPerByte),
      outputTokens: Math.ceil(Math.min(maxTokens, this.#output)),
    };
  }

  learn({ messages, tools, schema }: ModelRequest, { usage }: ModelResponse): void {
    if (![usage.inputTokens, usage.outputTokens].every((tokens) => tokens >= 0 && tokens < Infinity)) return;
    const weight = this.#learned ? LEARNING : 1;
    this.#learned = true;
    const bytes = countedBytes([messages, tools, schema?.jsonSchema]);
    if (bytes > 0) this.#tokensPerByte += weight * (usage.inputTokens / bytes - this.#tokensPerByte);
    this.#output += weight * (usage.outputTokens - this.#output);
  }
}

/** How much of the limit with this name a call uses. */
export function shareOf(name: string, { requests, inputTokens, outputTokens }: CallCost): number {
  if (name.startsWith("requests")) return requests;
  if (name.startsWith("input-")) return inputTokens;
  if (name.startsWith("output-")) return outputTokens;
  return inputTokens + outputTokens;
}
