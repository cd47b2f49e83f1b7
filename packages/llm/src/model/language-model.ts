/** Language models by name, over the chat-completions protocol. */
import {
  invalidArgument,
  withTimeout,
  type LanguageModel,
  type ModelCallOptions,
  type ModelChunk,
  type ModelRequest,
  type ModelResponse,
  type TimeoutOptions,
} from "@hyperfunc/core";
import type OpenAI from "openai";
import { resolveEndpoint, type Endpoint, type EndpointOptions } from "../providers/endpoint.js";
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

export interface LanguageModelOptions extends EndpointOptions {
  /** Milliseconds until a call counts as lost; of a stream, until its next piece. Default 120,000. */
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
}

const TIMEOUT_MS = 120_000;
const RUNGS: readonly SchemaSupport[] = ["json-schema", "json-object", "text"];

/**
 * The model with a name such as `openai/gpt-4o-mini`, `ollama/llama3` or `openrouter/meta-llama/llama-3.3-70b-instruct`.
 *
 * Key and base URL are the arguments, else those of the environment, else the provider's; they are read at the first
 * call. One attempt per call: retries, limits and budgets are the caller's.
 *
 * @throws UNRESOLVED_MODEL for an unknown provider, with near names; INVALID_ARGUMENT for bad options. A call throws
 * UNRESOLVED_MODEL when a key is missing, ABORTED, TIMEOUT, and INFRASTRUCTURE with `details.status` and, where the server
 * says so, `details.retryAfterMs`.
 * @example
 * ```ts no-run
 * import { languageModel } from "@hyperfunc/llm";
 * const model = languageModel("openai/gpt-4o-mini");
 * const { content } = await model.generate({ messages: [{ role: "user", content: "Capital of France?" }] });
 * ```
 */
export function languageModel(name: string, options: LanguageModelOptions = {}): LanguageModel {
  return new ChatModel(name, options);
}

class ChatModel implements LanguageModel {
  readonly provider: string;
  readonly modelId: string;
  readonly maxOutputTokens?: number;
  readonly unsupported: readonly SamplingParameter[];
  readonly #named: NamedModel;
  readonly #options: LanguageModelOptions;
  #schema: SchemaSupport;
  #opened: { readonly client: OpenAI; readonly endpoint: Endpoint } | undefined;

  constructor(name: string, options: LanguageModelOptions) {
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
    this.#schema = options.schema ?? provider.schema ?? "json-schema";
  }

  async generate(request: ModelRequest, { signal }: ModelCallOptions = {}): Promise<ModelResponse> {
    const body = await this.#attempt(request, signal, (client, params, limit) =>
      client.chat.completions.create({ ...params, stream: false }, { signal: limit }),
    );
    const response = chatResponse(body, request, this.modelId);
    const parsed = request.schema === undefined ? undefined : decoded(response.content, request.schema);
    return parsed?.ok === true ? { ...response, parsed: parsed.value } : response;
  }

  async *stream(request: ModelRequest, { signal }: ModelCallOptions = {}): AsyncGenerator<ModelChunk> {
    const chunks = await this.#attempt(request, signal, (client, params, limit) =>
      client.chat.completions.create(
        { ...params, stream: true, stream_options: { include_usage: true } },
        { signal: limit },
      ),
    );
    try {
      yield* chatStream(withinTime(chunks, this.#time(signal)), request, this.modelId);
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
    send: (client: OpenAI, params: ChatParams, limit: AbortSignal) => PromiseLike<Answer>,
  ): Promise<Answer> {
    const { client } = this.#open();
    const rung = this.#schema;
    const params = chatRequest(request, this.#target());
    try {
      return await withTimeout((limit) => send(client, params, limit), this.#time(signal));
    } catch (error) {
      const failure = this.#failure(error, signal);
      const lower = RUNGS[RUNGS.indexOf(rung) + 1];
      if (request.schema === undefined || lower === undefined || !refusesFormat(failure)) throw failure;
      if (this.#schema === rung) this.#schema = lower; // unless another call has been here meanwhile
      return this.#attempt(request, signal, send);
    }
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
    const apiKey = this.#opened?.endpoint.apiKey;
    return callFailure(error, { name: `${this.provider}/${this.modelId}`, apiKey, signal });
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
