/** A model behind the chat-completions protocol: one attempt per call. */
import {
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
import { answeredError } from "../wire/answered-error.js";
import { blackout, callFailure } from "../wire/call-failure.js";
import { chatRequest, type ChatParams, type ChatTarget } from "../wire/chat-request.js";
import { chatResponse } from "../wire/chat-response.js";
import { chatStream } from "../wire/chat-stream.js";
import { azureApiVersion, openClient } from "../wire/client.js";
import { checkedTimeout, withinTime } from "../wire/within-time.js";
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

const RUNGS: readonly SchemaSupport[] = ["json-schema", "json-object", "text"];

interface Place {
  readonly baseUrl: string;
  readonly apiVersion: string;
}

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
  readonly #timeoutMs: number;
  #schema: SchemaSupport;
  #opened: { readonly client: OpenAI; readonly endpoint: Endpoint } | undefined;
  #place: Place | undefined;

  constructor(name: string, options: ChatModelOptions) {
    this.#timeoutMs = checkedTimeout(options.timeoutMs);
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

  async generate(request: ModelRequest, options: ModelCallOptions = {}): Promise<ModelResponse> {
    const { data, headers } = await this.#attempt(request, options, (client, params, limit) =>
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
    const { headers = {}, schema } = this.#options;
    const { baseUrl, apiVersion } = this.#where();
    const version = this.#named.provider.dialect === "azure" ? apiVersion : undefined;
    return JSON.stringify([baseUrl, version, schema, this.unsupported, Object.entries(headers).sort()]);
  }

  async *stream(request: ModelRequest, options: ModelCallOptions = {}): AsyncGenerator<ModelChunk> {
    const { signal } = options;
    const { data: chunks, headers } = await this.#attempt(request, options, (client, params, limit) =>
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
    options: ModelCallOptions,
    send: (client: OpenAI, params: ChatParams, limit: AbortSignal) => Sent<Answer>,
    rung = this.#schema,
  ): Promise<{ readonly data: Answer; readonly headers: Headers }> {
    const { client } = this.#open();
    const { signal } = options;
    const params = chatRequest(request, this.#target(rung));
    try {
      const sent = (limit: AbortSignal): ReturnType<Sent<Answer>["withResponse"]> =>
        send(client, params, limit).withResponse();
      const { data, response } = await withTimeout(sent, this.#time(signal));
      const failure = answeredError(data, response.headers);
      if (failure !== undefined) throw failure;
      return { data, headers: response.headers };
    } catch (error) {
      const failure = this.#failure(error, signal);
      const lower = RUNGS[RUNGS.indexOf(rung) + 1];
      if (request.schema === undefined || lower === undefined || !refusesFormat(failure)) throw failure;
      // A server that finds fault with this schema may take the next one.
      if (!refusesSchema(failure) && this.#schema === rung) this.#schema = lower;
      await options.onRetry?.(failure);
      return this.#attempt(request, options, send, lower);
    }
  }

  #complete(response: ModelResponse, headers: Headers): ModelResponse {
    const costUsd = this.#price(response.usage);
    const limits = limitHeaders(headers, this.#safe());
    return {
      ...response,
      ...(costUsd === undefined ? {} : { costUsd }),
      ...(Object.keys(limits).length === 0 ? {} : { limitHeaders: limits }),
    };
  }

  #time(signal: AbortSignal | undefined): TimeoutOptions {
    return { timeoutMs: this.#timeoutMs, signal, what: `${this.provider}/${this.modelId}` };
  }

  /** As the environment says at the first look, for all calls and their place in a cache. */
  #where(): Place {
    const { apiVersion } = this.#options;
    return (this.#place ??= {
      baseUrl: resolveAddress(this.#named, this.#options),
      apiVersion: azureApiVersion(apiVersion),
    });
  }

  #open(): { readonly client: OpenAI; readonly endpoint: Endpoint } {
    if (this.#opened !== undefined) return this.#opened;
    const { baseUrl, apiVersion } = this.#where();
    const { headers } = this.#options;
    const endpoint = { ...resolveEndpoint(this.#named, this.#options), baseUrl };
    const client = openClient(this.#named, endpoint, { headers, apiVersion });
    return (this.#opened = { client, endpoint });
  }

  #target(schema: SchemaSupport): ChatTarget {
    return {
      modelId: this.modelId,
      maxTokensField: this.#named.provider.maxTokensField ?? "max_tokens",
      schema,
      unsupported: new Set(this.unsupported),
    };
  }

  #failure(error: unknown, signal: AbortSignal | undefined): ReturnType<typeof callFailure> {
    return callFailure(error, { name: `${this.provider}/${this.modelId}`, safe: this.#safe(), signal });
  }

  /** Blacks out the key, and what headers say. */
  #safe(): (text: string) => string {
    const { headers = {} } = this.#options;
    const words = Object.entries(headers)
      .filter(([name]) => CREDENTIAL.test(name))
      .flatMap(([, value]) => [value, ...value.split(/\s+/)]);
    return blackout([this.#opened?.endpoint.apiKey ?? "", ...words].filter(isSecret));
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

/** OpenAI: "Invalid schema for response_format 'answer'". */
function refusesSchema({ message }: { readonly message: string }): boolean {
  return /invalid (?:json )?schema/i.test(message);
}

/** Names of headers that hold secrets. */
const CREDENTIAL = /auth|key|token|secret|cookie|password|credential/i;

/** Anything shorter would black out ordinary words. */
function isSecret(value: string): boolean {
  return value.length >= 8;
}
