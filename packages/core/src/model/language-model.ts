/**
 * The seam between programs and language models. Core calls it, `@hyperfunc/llm` implements it, anyone else may.
 *
 * A failed call throws a Hyperfunc error that says whether another may succeed (`retryable`, with `details.retryAfterMs`
 * where the server said when). A model that makes more than one attempt heeds `retried` and tells `onRetry`.
 */
import type { Budget } from "../budget/budget.js";
import type { JsonSchema, ModelMessage, ToolCall, ToolDefinition } from "./messages.js";

/** The shape that the answer must have. */
export interface ResponseSchema {
  readonly name?: string | undefined;
  readonly jsonSchema: JsonSchema;
  /** Checks and converts the decoded answer; what it returns becomes `response.parsed`. Default: as decoded. */
  readonly parse?: ((value: unknown) => unknown) | undefined;
}

/** One question to a model. Only `messages` is required; what is left out is up to the provider. */
export interface ModelRequest {
  readonly messages: readonly ModelMessage[];
  /** Asks for JSON of this shape. */
  readonly schema?: ResponseSchema | undefined;
  readonly tools?: readonly ToolDefinition[] | undefined;
  /** Whether tools may, must or must not be used, or the name of the one to use. Default "auto" when there are tools. */
  readonly toolChoice?: "auto" | "none" | "required" | { readonly name: string } | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  /** Upper limit of output tokens, reasoning included. Token and money budgets need it. */
  readonly maxTokens?: number | undefined;
  readonly stop?: readonly string[] | undefined;
  readonly seed?: number | undefined;
  /** Tells repeated samples of one request apart, so that a cache does not answer all of them alike. */
  readonly rollout?: number | undefined;
  /** Passed to the provider as they are; part of the request, so never a place for keys or secrets. */
  readonly providerOptions?: Readonly<Record<string, unknown>> | undefined;
}

/** Tokens used, as the provider counted them. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
  /** The part of `inputTokens` that was read from the provider's cache. */
  readonly cachedInputTokens?: number | undefined;
  /** The part of `outputTokens` that was spent on reasoning. */
  readonly reasoningTokens?: number | undefined;
}

export type FinishReason = "stop" | "length" | "tool-calls" | "content-filter" | "other";

/** One answer. */
export interface ModelResponse {
  readonly content: string;
  readonly usage: Usage;
  /** `"length"` means that the answer is cut off. */
  readonly finishReason: FinishReason;
  /** The model that answered, as the provider names it. */
  readonly model: string;
  readonly toolCalls?: readonly ToolCall[] | undefined;
  /** The decoded and checked answer, when a schema was asked for. */
  readonly parsed?: unknown;
  /** US dollars; missing when the price is unknown, 0 for an answer from a cache. */
  readonly costUsd?: number | undefined;
  /** True for an answer from a cache, which used nothing: its usage is 0. */
  readonly cached?: true | undefined;
  /** Headers of the answer that tell of rate limits, by lower-case name. */
  readonly limitHeaders?: Readonly<Record<string, string>> | undefined;
  /** What the provider sent, for what the fields above do not cover. */
  readonly raw?: unknown;
}

/** A piece of a streamed answer: text as it comes, and at the end the whole answer. */
export type ModelChunk =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "finish"; readonly response: ModelResponse };

/**
 * Of an attempt that a budget above has on its books: whoever asks first need not book it ("yours"), any further call of
 * the same model is one of its own ("taken"), and must not wait for room, which the one above may have.
 */
export type Booking = "yours" | "taken";

export interface ModelCallOptions {
  readonly signal?: AbortSignal | undefined;
  /** True when the caller repeats what fails: layers below then make one attempt, so that retries never multiply. */
  readonly retried?: boolean | undefined;
  /**
   * Called with the failure of an attempt before the next attempt at the same call, which budgets count like a call of its
   * own; rejects when there is no room for it.
   */
  readonly onRetry?: ((failure: unknown) => Promise<void>) | undefined;
  /** Whether the caller has booked this attempt with that budget: one around a model and its fallback books it once. */
  readonly booked?: ((budget: Budget) => Booking | undefined) | undefined;
  /** Runs a wait, such as that for a rate limit, without holding the caller's place among concurrent calls. */
  readonly pause?: (<T>(wait: () => Promise<T>) => Promise<T>) | undefined;
}

/** A language model. */
export interface LanguageModel {
  /** For example `openai`. */
  readonly provider: string;
  /** The provider's name of the model, for example `gpt-4o-mini`. */
  readonly modelId: string;
  /** Most output tokens that an answer can have when the request sets no `maxTokens`. */
  readonly maxOutputTokens?: number | undefined;
  /** Sampling parameters that the model refuses, such as `temperature`: they are neither sent nor searched. */
  readonly unsupported?: readonly string[] | undefined;
  generate(request: ModelRequest, options?: ModelCallOptions): Promise<ModelResponse>;
  /** The answer piece by piece; the last chunk is `finish`. */
  stream?(request: ModelRequest, options?: ModelCallOptions): AsyncIterable<ModelChunk>;
  /** US dollars that this usage costs; undefined when the price is unknown. */
  costUsd?(usage: Usage): number | undefined;
}
