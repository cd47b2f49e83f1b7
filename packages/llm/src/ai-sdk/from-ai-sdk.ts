/** Models of the Vercel AI SDK, of which no part is imported: what they look like is enough. */
import {
  invalidArgument,
  onAbort,
  withTimeout,
  type HyperfuncError,
  type LanguageModel,
  type ModelCallOptions,
  type ModelChunk,
  type ModelRequest,
  type ModelResponse,
  type TimeoutOptions,
  type ToolCall,
} from "@hyperfunc/core";
import { z } from "zod";
import { limitHeaders } from "../limits/limit-headers.js";
import { decoded } from "../model/decode.js";
import { givenPrice, listPrice, type ModelPrice } from "../prices/model-price.js";
import { malformed } from "../wire/chat-response.js";
import { checkedTimeout, withinTime } from "../wire/within-time.js";
import { aiSdkFailure, headersOf } from "./ai-sdk-failure.js";
import { aiSdkRequest } from "./ai-sdk-request.js";
import {
  AiSdkReason,
  aiSdkResponse,
  AiSdkToolCall,
  AiSdkUsage,
  answer,
  toolCall,
} from "./ai-sdk-response.js";

/** A model of the AI SDK, specification 2, 3 or 4. */
export interface AiSdkModel {
  readonly specificationVersion: string;
  readonly provider: string;
  readonly modelId: string;
  doGenerate(options: never): PromiseLike<unknown>;
  doStream(options: never): PromiseLike<{
    readonly stream: ReadableStream<unknown>;
    readonly response?: { readonly headers?: unknown } | undefined;
  }>;
}

export interface FromAiSdkOptions {
  /** Milliseconds until a call counts as lost; of a stream, until its next piece. Default 120,000. */
  readonly timeoutMs?: number | undefined;
  /** Most output tokens of an answer; token budgets need it where a request sets no `maxTokens`. */
  readonly maxOutputTokens?: number | undefined;
  /** Sampling parameters that the model refuses. */
  readonly unsupported?: readonly string[] | undefined;
  /** In place of the price table. */
  readonly price?: ModelPrice | undefined;
}

type Version = Parameters<typeof aiSdkRequest>[2];
const VERSIONS: readonly string[] = ["v2", "v3", "v4"];

/**
 * A Vercel AI SDK model as a model of Hyperfunc, for example `fromAiSdk(openai("gpt-4o-mini"))`.
 *
 * Messages, tools, schemas and streams are passed on; add limits, retries and a cache with `wrapModel`.
 *
 * @throws INVALID_ARGUMENT for what is no model of specification 2, 3 or 4.
 * @example
 * ```ts no-run
 * import { fromAiSdk, llmCompletion, type AiSdkModel } from "@hyperfunc/llm";
 * declare const openai: (name: string) => AiSdkModel; // import { openai } from "@ai-sdk/openai"
 * const model = fromAiSdk(openai("gpt-4o-mini"));
 * const { content } = await llmCompletion({ model, prompt: "Capital of France?" });
 * ```
 */
export function fromAiSdk(model: AiSdkModel, options: FromAiSdkOptions = {}): LanguageModel {
  const version = (model as Partial<AiSdkModel> | undefined)?.specificationVersion;
  if (version === undefined || !VERSIONS.includes(version)) {
    throw invalidArgument(
      `fromAiSdk takes a language model object of the AI SDK with specificationVersion ${VERSIONS.join(", ")}, got ${String(version)}.`,
    );
  }
  return new AiSdkAdapter(model, version as Version, options);
}

class AiSdkAdapter implements LanguageModel {
  readonly provider: string;
  readonly modelId: string;
  readonly maxOutputTokens?: number;
  readonly unsupported?: readonly string[];
  readonly costUsd: NonNullable<LanguageModel["costUsd"]>;
  readonly #model: AiSdkModel;
  readonly #version: Version;
  readonly #timeoutMs: number;

  constructor(
    model: AiSdkModel,
    version: Version,
    { maxOutputTokens, unsupported, price, timeoutMs }: FromAiSdkOptions,
  ) {
    this.provider = model.provider;
    this.modelId = model.modelId;
    if (maxOutputTokens !== undefined) this.maxOutputTokens = maxOutputTokens;
    if (unsupported !== undefined) this.unsupported = unsupported;
    // The SDK names an interface after its provider: `openai.chat`.
    const providerId = model.provider.split(".")[0] ?? model.provider;
    this.costUsd = price === undefined ? listPrice(model.modelId, { providerId }) : givenPrice(price);
    this.#model = model;
    this.#version = version;
    this.#timeoutMs = checkedTimeout(timeoutMs);
  }

  async generate(request: ModelRequest, options: ModelCallOptions = {}): Promise<ModelResponse> {
    let result: unknown;
    try {
      result = await withTimeout(
        (signal) => this.#model.doGenerate(this.#request(request, { signal })),
        this.#time(options),
      );
    } catch (error) {
      throw this.#failure(error, options);
    }
    const { response } = (result ?? {}) as { response?: { headers?: unknown } };
    return this.#complete(aiSdkResponse(result, request, this.modelId), request, response?.headers);
  }

  async *stream(request: ModelRequest, options: ModelCallOptions = {}): AsyncGenerator<ModelChunk> {
    let text = "";
    let end: unknown;
    const toolCalls: ToolCall[] = [];
    let headers: unknown;
    // The connection lives as long as the stream, and so does what ends it.
    const connection = new AbortController();
    const stopListening = onAbort(options.signal, (error) => connection.abort(error));
    try {
      const { stream, response } = await withTimeout(
        () => this.#model.doStream(this.#request(request, { signal: connection.signal })),
        this.#time(options),
      );
      headers = response?.headers;
      const parts = stream as unknown as AsyncIterable<Readonly<Record<string, unknown>>>;
      for await (const part of withinTime(parts, this.#time(options))) {
        if (part["type"] === "error") throw part["error"];
        if (part["type"] === "finish") end = part;
        const call = AiSdkToolCall.safeParse(part);
        if (call.success) toolCalls.push(toolCall(call.data));
        if (part["type"] !== "text-delta" || typeof part["delta"] !== "string" || part["delta"] === "")
          continue;
        text += part["delta"];
        yield { type: "text", text: part["delta"] };
      }
    } catch (error) {
      throw this.#failure(error, options);
    } finally {
      stopListening();
      connection.abort();
    }
    const finish = z.object({ finishReason: AiSdkReason, usage: AiSdkUsage }).safeParse(end);
    if (!finish.success) throw malformed(this.modelId, "the stream ended before the answer did.");
    const response = answer({ text, toolCalls, ...finish.data }, request, this.modelId);
    yield { type: "finish", response: this.#complete(response, request, headers) };
  }

  #request(request: ModelRequest, options: ModelCallOptions): never {
    const refused = Object.fromEntries((this.unsupported ?? []).map((name) => [name, undefined]));
    return aiSdkRequest({ ...request, ...refused }, options, this.#version) as never;
  }

  #complete(response: ModelResponse, { schema }: ModelRequest, headers: unknown): ModelResponse {
    const limits = limitHeaders(headersOf(headers));
    const costUsd = this.costUsd(response.usage);
    const read = schema === undefined ? undefined : decoded(response.content, schema, response.finishReason);
    return {
      ...response,
      ...(costUsd === undefined ? {} : { costUsd }),
      ...(Object.keys(limits).length === 0 ? {} : { limitHeaders: limits }),
      ...(read?.ok === true ? { parsed: read.value } : {}),
    };
  }

  #time({ signal }: ModelCallOptions): TimeoutOptions {
    return { timeoutMs: this.#timeoutMs, signal, what: `${this.provider}/${this.modelId}` };
  }

  #failure(error: unknown, { signal }: ModelCallOptions): HyperfuncError {
    return aiSdkFailure(error, `${this.provider}/${this.modelId}`, signal);
  }
}
