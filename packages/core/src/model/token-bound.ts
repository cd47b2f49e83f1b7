/**
 * An upper bound of what a request costs in tokens, without a tokenizer.
 *
 * Byte-level vocabularies (GPT, Llama 3, Qwen) and byte-fallback ones (Gemma, Llama 2, Mistral) spend at most one token
 * per UTF-8 byte. English needs about a quarter of that, so the bound is loose; it is for reservations, which are
 * settled with the provider's own count.
 */
import { Buffer } from "node:buffer";
import type { LanguageModel, ModelRequest, Usage } from "./language-model.js";
import type { ModelMessage } from "./messages.js";

/** Role, separators and the leading space that chat templates add to a message: 3 to 8 in the known ones. */
const PER_MESSAGE = 16;
/** What templates add once: begin of text, default system lines, the opening of the answer. At most 40 in known ones. */
const PER_REQUEST = 64;
/** Hidden instructions for tool use; Anthropic documents up to 530. */
const WITH_TOOLS = 640;

/**
 * The largest number of input tokens that the request can cost: UTF-8 bytes of all text, names, schemas and tool
 * definitions and provider options, plus 16 per message and tool, 64 per request and 640 when there are tools.
 * `"unbounded"` when an image does not say its `maxTokens`.
 */
export function inputTokenBound(
  request: Pick<ModelRequest, "messages" | "tools" | "schema" | "providerOptions">,
): number | "unbounded" {
  const { messages, tools = [], schema, providerOptions = {} } = request;
  let tokens = PER_REQUEST;
  for (const message of messages) {
    const bound = messageBound(message);
    if (bound === undefined) return "unbounded";
    tokens += PER_MESSAGE + bound;
  }
  for (const tool of tools) tokens += PER_MESSAGE + jsonBytes(tool);
  if (tools.length > 0 || "tools" in providerOptions) tokens += WITH_TOOLS;
  if (Object.keys(providerOptions).length > 0) tokens += jsonBytes(providerOptions);
  if (schema !== undefined) tokens += PER_MESSAGE + jsonBytes([schema.name ?? "", schema.jsonSchema]);
  return tokens;
}

/**
 * The largest usage that the request can have, or `"unbounded"` when nothing limits its input or its output. A request
 * without `maxTokens` is limited by what the model can say at most, if that is known.
 */
export function usageBound(
  request: Pick<ModelRequest, "messages" | "tools" | "schema" | "providerOptions" | "maxTokens">,
  model: Pick<LanguageModel, "maxOutputTokens"> = {},
): Usage | "unbounded" {
  const inputTokens = inputTokenBound(request);
  const outputTokens = request.maxTokens ?? model.maxOutputTokens;
  if (inputTokens === "unbounded" || outputTokens === undefined) return "unbounded";
  return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
}

function messageBound(message: ModelMessage): number | undefined {
  let tokens = 0;
  if (message.role === "assistant") tokens += jsonBytes(message.toolCalls ?? []);
  if (message.role === "tool") tokens += utf8Bytes(message.toolCallId);
  if (typeof message.content === "string") return tokens + utf8Bytes(message.content);
  for (const part of message.content) {
    const bound = part.type === "text" ? utf8Bytes(part.text) : part.maxTokens;
    if (bound === undefined) return undefined;
    tokens += bound;
  }
  return tokens;
}

function jsonBytes(value: unknown): number {
  return utf8Bytes(JSON.stringify(value));
}

function utf8Bytes(text: string): number {
  return Buffer.byteLength(text, "utf8");
}
