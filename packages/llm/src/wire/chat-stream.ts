/** A streamed chat completion: its text as it comes, then the whole of it. */
import type { ModelChunk, ModelRequest, ModelResponse, ToolCall } from "@hyperfunc/core";
import type OpenAI from "openai";
import { finishReason, malformed, usageOf } from "./chat-response.js";

type WireChunk = OpenAI.Chat.Completions.ChatCompletionChunk;

/** @throws INFRASTRUCTURE, retryable, when the stream ends before the answer does. */
export async function* chatStream(
  chunks: AsyncIterable<WireChunk>,
  request: ModelRequest,
  modelId: string,
): AsyncGenerator<ModelChunk> {
  let content = "";
  let model = modelId;
  let reason: string | undefined;
  let usage: unknown;
  const calls: { id: string; name: string; arguments: string }[] = [];
  for await (const chunk of chunks) {
    if (chunk.model) model = chunk.model;
    usage = chunk.usage ?? usage;
    const choice = chunk.choices?.[0];
    if (choice === undefined) continue;
    reason = choice.finish_reason ?? reason;
    for (const { index, id, function: part } of choice.delta?.tool_calls ?? []) {
      const call = (calls[index] ??= { id: "", name: "", arguments: "" });
      if (id) call.id = id;
      call.name += part?.name ?? "";
      call.arguments += part?.arguments ?? "";
    }
    const text = choice.delta?.content ?? choice.delta?.refusal ?? "";
    if (text === "") continue;
    content += text;
    yield { type: "text", text };
  }
  if (reason === undefined) throw malformed(modelId, "the stream ended before the answer did.");
  const toolCalls: ToolCall[] = calls.filter(Boolean);
  const response: ModelResponse = {
    content,
    usage: usageOf(usage, request, { content, toolCalls }),
    finishReason: finishReason(reason, toolCalls, modelId),
    model,
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
  yield { type: "finish", response };
}
