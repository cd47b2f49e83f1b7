/** A model behind the chat-completions protocol: one attempt per call. */
import {
  invalidArgument,
  withTimeout,
  type LanguageModel,
  type ModelCallOptions,
  type ModelChunk,
  type ModelRequest,
  type ModelResponse,
  type TimeoutOptions,
  type Usage,
} from "@hyperfunc/core";
import type OpenAI from "openai";
import { limitHeaders } from "../limits/limit-headers.js";
import { priceOf, type ModelPrice, type PriceOf } from "../prices/model-price.js";
import {
  resolveAddress,
  resolveEndpoint,
  type Endpoint,
  type EndpointOptions,
} from "../providers/endpoint.js";
import { parseModelName, type NamedModel } from "../providers/model-name.js";
import { modelTraits } from "../providers/model-traits.js";
import type { SamplingParameter, SchemaSupport } from "../providers/provider.js";
import { callFailure } from "../wire/call-failure.js";
import { chatRequest, type ChatParams, type ChatTarget } from "../wire/chat-request.js";
import { chatResponse } from "../wire/chat-response.js";
import { chatStream } from "../wire/chat-stream.js";
import { openClient } from "../wire/client.js";
import { withinTime } from "../wire/within-time.js";
import { decoded } from "./decode.js";

export interface ChatModelOptions extends EndpointOptions {
  /** Milliseconds until an attempt counts as lost; of a stream, until its next piece. Default 120,000. */
  readonly timeoutMs?: number | undefined;
  /** Further headers of every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Of Azure. Default the variable AZURE_API_VERSION, else 2024-10-21. */
  readonly apiVersion?: string | undefined;
  /** How structured output is asked for. Default what the provider is known to take; a refusal goes one rung down. */
  readonly schema?: SchemaSupport | undefined;
  /** Sampling parameters that this model refuses, in place of what is known of it. */
  readonly unsupported?: readonly SamplingParameter[] | undefined;
  /** Most output tokens of an answer, in place of what is known of the model. */
  readonly maxOutputTokens?: number | undefined;
  /** In place of the price table; money budgets need a price. */
  readonly price?: ModelPrice | undefined;
}

const TIMEOUT_MS = 120_000;
const RUNGS: readonly SchemaSupport[] = ["json-schema", "json-object", "text"];

/** What the SDK gives for a request: the body, with the response around it. */
interface Sent<Answer> {
  withResponse(): Promise<{ readonly data: Answer; readonly response: Response }>;
}

export class ChatModel implements LanguageModel {
  readonly provider: string;
  readonly modelId: string;
  readonly maxOutputTokens?: number;
  readonly unsupported: readonly SamplingParameter[];
  readonly #named: NamedModel;
  readonly #options: ChatModelOptions;
  readonly #price: PriceOf;
  #schema: SchemaSupport;
  #opened: { readonly client: OpenAI; readonly endpoint: Endpoint } | undefined;

  constructor(name: string, options: ChatModelOptions) {
    const { timeoutMs = TIMEOUT_MS } = options;
    if (!(timeoutMs > 0 && timeoutMs < Infinity)) {
      throw invalidArgument(`timeoutMs must be positive milliseconds, got ${timeoutMs}.`);
    }
    this.#named = parseModelName(name, options.baseUrl !== undefined);
    this.#options = options;
    const { providerName, provider, modelId } = this.#named;
    const traits = modelTraits(modelId);
    const limit = options.maxOutputTokens ?? traits.maxOutputTokens;
    this.provider = providerName;
    this.modelId = modelId;
    if (limit !== undefined) this.maxOutputTokens = limit;
    this.unsupported = options.unsupported ?? [
      ...(provider.unsupported ?? []),
      ...(traits.unsupported ?? []),
    ];
    this.#price = priceOf(this.#named, options.price);
    this.#schema = options.schema ?? provider.schema ?? "json-schema";
  }

  async generate(request: ModelRequest, { signal }: ModelCallOptions = {}): Promise<ModelResponse> {
    const { data, headers } = await this.#attempt(request, signal, (client, params, limit) =>
      client.chat.completions.create({ ...params, stream: false }, { signal: limit }),
    );
    const response = this.#complete(chatResponse(data, request, this.modelId), headers);
    const { schema } = request;
    const read = schema === undefined ? undefined : decoded(response.content, schema, response.finishReason);
    return read?.ok === true ? { ...response, parsed: read.value } : response;
  }

  costUsd(usage: Usage): number | undefined {
    return this.#price(usage);
  }

  /** Where it is and what opens it; read once. */
  openEndpoint(): Endpoint {
    return this.#open().endpoint;
  }

  /** What an answer depends on beside the request: where the model is, and how it is asked. Needs no key. */
  cacheScope(): string {
    const { headers = {}, apiVersion, schema } = this.#options;
    const address = resolveAddress(this.#named, this.#options);
    return JSON.stringify([address, apiVersion, schema, this.unsupported, Object.entries(headers).sort()]);
  }

  async *stream(request: ModelRequest, { signal }: ModelCallOptions = {}): AsyncGenerator<ModelChunk> {
    const { data: chunks, headers } = await this.#attempt(request, signal, (client, params, limit) =>
      client.chat.completions.create(
        { ...params, stream: true, stream_options: { include_usage: true } },
        { signal: limit },
      ),
    );
    try {
      for await (const chunk of chatStream(withinTime(chunks, this.#time(signal)), request, this.modelId)) {
        yield chunk.type === "text"
          ? chunk
          : { type: "finish", response: this.#complete(chunk.response, headers) };
      }
    } catch (error) {
      throw this.#failure(error, signal);
    } finally {
      chunks.controller.abort();
    }
  }

  /** Sends a request, and once more, a rung lower, where the server refuses the form in which JSON is asked for. */
  async #attempt<Answer>(
    request: ModelRequest,
    signal: AbortSignal | undefined,
    send: (client: OpenAI, params: ChatParams, limit: AbortSignal) => Sent<Answer>,
  ): Promise<{ readonly data: Answer; readonly headers: Headers }> {
    const { client } = this.#open();
    const rung = this.#schema;
    const params = chatRequest(request, this.#target());
    try {
      const sent = (limit: AbortSignal): ReturnType<Sent<Answer>["withResponse"]> =>
        send(client, params, limit).withResponse();
      const { data, response } = await withTimeout(sent, this.#time(signal));
      return { data, headers: response.headers };
    } catch (error) {
      const failure = this.#failure(error, signal);
      const lower = RUNGS[RUNGS.indexOf(rung) + 1];
      if (request.schema === undefined || lower === undefined || !refusesFormat(failure)) throw failure;
      if (this.#schema === rung) this.#schema = lower; // unless another call has been here meanwhile
      return this.#attempt(request, signal, send);
    }
  }

  #complete(response: ModelResponse, headers: Headers): ModelResponse {
    const costUsd = this.#price(response.usage);
    const limits = limitHeaders(headers);
    return {
      ...response,
      ...(costUsd === undefined ? {} : { costUsd }),
      ...(Object.keys(limits).length === 0 ? {} : { limitHeaders: limits }),
    };
  }

  #time(signal: AbortSignal | undefined): TimeoutOptions {
    const { timeoutMs = TIMEOUT_MS } = this.#options;
    return { timeoutMs, signal, what: `${this.provider}/${this.modelId}` };
  }

  #open(): { readonly client: OpenAI; readonly endpoint: Endpoint } {
    if (this.#opened !== undefined) return this.#opened;
    const { headers, apiVersion } = this.#options;
    const endpoint = resolveEndpoint(this.#named, this.#options);
    const client = openClient(this.#named, endpoint, { headers, apiVersion });
    return (this.#opened = { client, endpoint });
  }

  #target(): ChatTarget {
    return {
      modelId: this.modelId,
      maxTokensField: this.#named.provider.maxTokensField ?? "max_tokens",
      schema: this.#schema,
      unsupported: new Set(this.unsupported),
    };
  }

  #failure(error: unknown, signal: AbortSignal | undefined): ReturnType<typeof callFailure> {
    const { headers = {} } = this.#options;
    const secrets = [this.#opened?.endpoint.apiKey ?? "", ...Object.values(headers)].filter(isSecret);
    return callFailure(error, { name: `${this.provider}/${this.modelId}`, secrets, signal });
  }
}

/** A refusal before any token was made, so asking in another way costs nothing more. */
function refusesFormat({
  details,
  message,
}: {
  details: Readonly<Record<string, unknown>>;
  message: string;
}): boolean {
  const refused = details["status"] === 400 || details["status"] === 422;
  return refused && /response_format|json_schema|json_object|structured output/i.test(message);
}

/** Anything shorter would black out ordinary words. */
function isSecret(value: string): boolean {
  return value.length >= 8;
}
