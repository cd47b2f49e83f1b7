/** Answers in the words of the AI SDK's provider specification, versions 2 to 4. */
import type { FinishReason, ModelRequest, ModelResponse, ToolCall, Usage } from "@hyperfunc/core";
import { z } from "zod";
import { finishReason as endOf, malformed, usageOf } from "../wire/chat-response.js";

/** What is no count is none. */
const count = z.number().int().nonnegative().nullish().catch(undefined);
/** Plain counts in version 2, broken down since. */
const Count = z.union([z.object({ total: count, cacheRead: count, reasoning: count }).partial(), count]);

export const AiSdkUsage = z.object({
  inputTokens: Count,
  outputTokens: Count,
  totalTokens: count,
  cachedInputTokens: count,
  reasoningTokens: count,
});
export const AiSdkReason = z.union([z.string(), z.object({ unified: z.string() })]);

export const AiSdkToolCall = z.object({
  type: z.literal("tool-call"),
  toolCallId: z.string(),
  toolName: z.string(),
  input: z.string(),
});

const Part = z.union([
  z.object({ type: z.literal("text"), text: z.string() }),
  AiSdkToolCall,
  z.object({ type: z.string() }),
]);

const Result = z.object({
  content: z.array(Part),
  finishReason: AiSdkReason,
  usage: AiSdkUsage,
  response: z.object({ modelId: z.string().nullish() }).nullish(),
});

/** @throws INFRASTRUCTURE, retryable, for what is no answer. */
export function aiSdkResponse(result: unknown, request: ModelRequest, modelId: string): ModelResponse {
  const read = Result.safeParse(result);
  if (!read.success) throw malformed(modelId, z.prettifyError(read.error));
  const { content, finishReason, usage, response } = read.data;
  const text = content.map((part) => ("text" in part ? part.text : "")).join("");
  const toolCalls = content.flatMap((part) => ("toolCallId" in part ? [toolCall(part)] : []));
  return {
    ...answer({ text, toolCalls, finishReason, usage }, request, response?.modelId ?? modelId),
    raw: result,
  };
}

export interface Finished {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: z.infer<typeof AiSdkReason>;
  readonly usage: z.infer<typeof AiSdkUsage>;
}

export function answer(
  { text, toolCalls, finishReason, usage }: Finished,
  request: ModelRequest,
  model: string,
): ModelResponse {
  return {
    content: text,
    usage: tokens(usage) ?? usageOf(undefined, request, { content: text, toolCalls }),
    finishReason: reasonOf(finishReason, model),
    model,
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
}

export function toolCall({ toolCallId, toolName, input }: z.infer<typeof AiSdkToolCall>): ToolCall {
  return { id: toolCallId, name: toolName, arguments: input };
}

function tokens(usage: Finished["usage"]): Usage | undefined {
  const input = total(usage.inputTokens);
  const said = total(usage.outputTokens);
  if (input === undefined || said === undefined) return undefined;
  const cached = usage.cachedInputTokens ?? part(usage.inputTokens, "cacheRead");
  // Some providers count thinking in the total alone, some count what they had cached beside the input.
  const beside = cached !== undefined && cached > input ? cached : 0;
  const output = Math.max(said, (usage.totalTokens ?? 0) - input - beside);
  const reasoning = usage.reasoningTokens ?? part(usage.outputTokens, "reasoning");
  return {
    inputTokens: input,
    outputTokens: output,
    totalTokens: input + output,
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    ...(reasoning === undefined ? {} : { reasoningTokens: reasoning }),
  };
}

type Counted = z.infer<typeof Count>;

function total(counted: Counted): number | undefined {
  return (typeof counted === "object" && counted !== null ? counted.total : counted) ?? undefined;
}

function part(counted: Counted, name: "cacheRead" | "reasoning"): number | undefined {
  return (typeof counted === "object" ? counted?.[name] : undefined) ?? undefined;
}

function reasonOf(reason: Finished["finishReason"], model: string): FinishReason {
  const said = typeof reason === "string" ? reason : reason.unified;
  if (said === "error") return endOf("error", [], model);
  const known: readonly FinishReason[] = ["stop", "length", "tool-calls", "content-filter"];
  return known.find((one) => one === said) ?? "other";
}
