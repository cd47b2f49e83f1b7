/** A chat completion as a model's response. */
import {
  HyperfuncError,
  type FinishReason,
  type ModelRequest,
  type ModelResponse,
  type ToolCall,
  type Usage,
} from "@hyperfunc/core";
import { z } from "zod";
import { countedBytes } from "./counted-bytes.js";

const count = z.number().int().nonnegative();

/** Servers leave out what they do not know, or say null. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);

/** What may be odd without harm to the rest. */
const detail = <Schema extends z.ZodType>(schema: Schema) => optional(schema).catch(undefined);

const WireUsage = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: detail(count),
  prompt_tokens_details: detail(z.object({ cached_tokens: detail(count) })),
  completion_tokens_details: detail(z.object({ reasoning_tokens: detail(count) })),
});

const WireMessage = z.object({
  content: optional(z.string()),
  refusal: optional(z.string()),
  tool_calls: optional(
    z.array(z.object({ id: z.string(), function: z.object({ name: z.string(), arguments: z.string() }) })),
  ),
});

const WireCompletion = z.object({
  model: optional(z.string()),
  choices: z.array(z.object({ finish_reason: optional(z.string()), message: WireMessage })).min(1),
  usage: z.unknown().optional(),
});

/** @throws INFRASTRUCTURE, retryable, for a body that is no chat completion. */
export function chatResponse(body: unknown, request: ModelRequest, modelId: string): ModelResponse {
  const read = WireCompletion.safeParse(body);
  const choice = read.data?.choices[0];
  if (read.data === undefined || choice === undefined) {
    throw malformed(modelId, read.error === undefined ? "no choices" : z.prettifyError(read.error));
  }
  const { message, finish_reason: reason } = choice;
  const toolCalls = (message.tool_calls ?? []).map(
    ({ id, function: { name, arguments: args } }): ToolCall => ({ id, name, arguments: args }),
  );
  const content = message.content ?? message.refusal ?? "";
  return {
    content,
    usage: usageOf(read.data.usage, request, { content, toolCalls }),
    finishReason: message.refusal === undefined ? finishReason(reason, toolCalls, modelId) : "content-filter",
    model: read.data.model ?? modelId,
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
    raw: body,
  };
}

export function malformed(modelId: string, why: string): HyperfuncError {
  return new HyperfuncError("INFRASTRUCTURE", `${modelId} answered with what is no chat completion: ${why}`, {
    retryable: true,
  });
}

/** @throws INFRASTRUCTURE, retryable, for a reason that says that the provider broke off. */
export function finishReason(
  reason: string | undefined,
  toolCalls: readonly ToolCall[],
  modelId: string,
): FinishReason {
  switch (reason) {
    case "error":
    case "insufficient_system_resource": // DeepSeek
      throw new HyperfuncError("INFRASTRUCTURE", `${modelId} broke off its answer: ${reason}.`, {
        retryable: true,
      });
    case "stop":
    case "eos":
      return toolCalls.length > 0 ? "tool-calls" : "stop";
    case "length":
    case "max_tokens":
      return "length";
    case "tool_calls":
    case "function_call":
      return "tool-calls";
    case "content_filter":
      return "content-filter";
    default:
      return toolCalls.length > 0 ? "tool-calls" : "other";
  }
}

/** What the server counted; one that counts nothing is charged a token per byte, so that a budget holds. */
export function usageOf(
  said: unknown,
  request: ModelRequest,
  answer: { readonly content: string; readonly toolCalls: readonly ToolCall[] },
): Usage {
  const { data: usage } = WireUsage.safeParse(said);
  if (usage === undefined) {
    const inputTokens = countedBytes(request.messages);
    const outputTokens = countedBytes(answer);
    return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
  }
  const { prompt_tokens: inputTokens } = usage;
  // Some count thinking in the total alone, and charge it as output.
  const outputTokens = Math.max(usage.completion_tokens, (usage.total_tokens ?? 0) - inputTokens);
  const cached = usage.prompt_tokens_details?.cached_tokens;
  const reasoning = usage.completion_tokens_details?.reasoning_tokens;
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    ...(reasoning === undefined ? {} : { reasoningTokens: reasoning }),
  };
}
