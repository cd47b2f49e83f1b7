/** A language model that says what a test tells it to. */
import { throwIfAborted } from "../concurrency/abort.js";
import { systemClock, type Clock } from "../concurrency/clock.js";
import { sleep } from "../concurrency/sleep.js";
import { HyperfuncError } from "../errors/hyperfunc-error.js";
import type {
  LanguageModel,
  ModelCallOptions,
  ModelChunk,
  ModelRequest,
  ModelResponse,
  Usage,
} from "../model/language-model.js";

/** One answer: a text, an error to throw, or parts of a response. */
export type ScriptedReply = string | Error | ScriptedResponse;

/** What is left out is made up: usage from the length of the texts, `finishReason` "stop". */
export interface ScriptedResponse extends Partial<Omit<ModelResponse, "model">> {
  /** Thrown instead of an answer, after the delay. */
  readonly error?: Error;
  /** Milliseconds before the answer; default the model's. */
  readonly delayMs?: number;
}

/** Answers by rule; `callIndex` counts calls from 0. */
export type ReplyFunction = (
  request: ModelRequest,
  callIndex: number,
) => ScriptedReply | Promise<ScriptedReply>;

export interface ScriptedModelOptions extends Pick<LanguageModel, "maxOutputTokens"> {
  /** Default "scripted". */
  readonly provider?: string;
  /** Default "model". */
  readonly modelId?: string;
  /** Milliseconds before every answer. Default 0. */
  readonly delayMs?: number;
  readonly clock?: Clock;
  /** US dollars for a usage; without it the price is unknown. */
  readonly costUsd?: (usage: Usage) => number | undefined;
}

export interface ScriptedModel extends LanguageModel {
  /** Every request so far, in order of arrival. */
  readonly requests: readonly ModelRequest[];
  /** Calls that have not settled. */
  readonly inFlight: number;
  stream(request: ModelRequest, options?: ModelCallOptions): AsyncIterable<ModelChunk>;
}

/**
 * A language model double: answers from a list or by a function, after a delay under the given clock, heeding the abort
 * signal, and records every request. With a `schema` the answer is decoded and parsed like a real model's.
 *
 * A call beyond the end of the list fails with INVALID_STATE.
 *
 * @example
 * import { scriptedModel } from "@hyperfunc/core/testing";
 * const model = scriptedModel(["Paris", { content: "Rome", costUsd: 0.001 }, new Error("overloaded")]);
 * const reply = await model.generate({ messages: [{ role: "user", content: "Capital of France?" }] });
 * console.log(reply.content, model.requests.length); // Paris 1
 */
export function scriptedModel(
  script: readonly ScriptedReply[] | ReplyFunction,
  options: ScriptedModelOptions = {},
): ScriptedModel {
  const { provider = "scripted", modelId = "model", maxOutputTokens, costUsd } = options;
  const { delayMs: usualDelayMs = 0, clock = systemClock } = options;
  const replyTo =
    typeof script === "function" ? script : (_request: ModelRequest, index: number) => take(script, index);
  const requests: ModelRequest[] = [];
  let inFlight = 0;

  const generate = async (
    request: ModelRequest,
    { signal }: ModelCallOptions = {},
  ): Promise<ModelResponse> => {
    throwIfAborted(signal);
    const index = requests.push(request) - 1;
    inFlight++;
    try {
      const reply = asResponse(await replyTo(request, index));
      const delayMs = reply.delayMs ?? usualDelayMs;
      if (delayMs > 0) await sleep(delayMs, signal, clock);
      throwIfAborted(signal);
      if (reply.error !== undefined) throw reply.error;
      return complete(request, reply, `${provider}/${modelId}`, costUsd);
    } finally {
      inFlight--;
    }
  };

  return {
    provider,
    modelId,
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(costUsd === undefined ? {} : { costUsd }),
    requests,
    get inFlight() {
      return inFlight;
    },
    generate,
    async *stream(request, callOptions) {
      const response = await generate(request, callOptions);
      for (const text of response.content.match(/\S+\s*|\s+/g) ?? []) {
        throwIfAborted(callOptions?.signal);
        yield { type: "text", text };
      }
      yield { type: "finish", response };
    },
  };
}

function take(script: readonly ScriptedReply[], index: number): ScriptedReply {
  const reply = script[index];
  if (reply !== undefined) return reply;
  throw new HyperfuncError(
    "INVALID_STATE",
    `The script has ${script.length} replies, and this is call ${index + 1}.`,
  );
}

function asResponse(reply: ScriptedReply): ScriptedResponse {
  if (typeof reply === "string") return { content: reply };
  return reply instanceof Error ? { error: reply } : reply;
}

function complete(
  request: ModelRequest,
  { delayMs: _delayMs, error: _error, ...reply }: ScriptedResponse,
  model: string,
  price: ScriptedModelOptions["costUsd"],
): ModelResponse {
  const content = reply.content ?? "";
  const usage = reply.usage ?? usageOf(request, content);
  const costUsd = reply.costUsd ?? price?.(usage);
  const parsed = reply.parsed ?? (request.schema === undefined ? undefined : decode(request.schema, content));
  return {
    finishReason: reply.toolCalls === undefined ? "stop" : "tool-calls",
    ...reply,
    content,
    usage,
    model,
    ...(parsed === undefined ? {} : { parsed }),
    ...(costUsd === undefined ? {} : { costUsd }),
  };
}

/** A quarter of a token per character, which is about right for English. */
function usageOf({ messages }: ModelRequest, content: string): Usage {
  const asked = messages.map((message) => message.content);
  const inputTokens = Math.ceil(
    asked.map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join("").length / 4,
  );
  const outputTokens = Math.ceil(content.length / 4);
  return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
}

/** What is no JSON stays undecoded, and what does not fit makes the schema throw, as with a real model. */
function decode(schema: NonNullable<ModelRequest["schema"]>, content: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return undefined;
  }
  return schema.parse === undefined ? value : schema.parse(value);
}
