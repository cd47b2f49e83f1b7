/** A request in the words of the AI SDK's provider specification, versions 2 to 4. */
import {
  invalidArgument,
  type ModelCallOptions,
  type ModelMessage,
  type ModelRequest,
} from "@hyperfunc/core";

const TOKEN_LIMIT = /max(?!.*(?:input|prompt)).*tokens/i;

/** Version 4 says what kind of data a file has; those before it do not. */
type Version = "v2" | "v3" | "v4";

export function aiSdkRequest(
  request: ModelRequest,
  { signal }: ModelCallOptions,
  version: Version,
): Readonly<Record<string, unknown>> {
  const { temperature, topP, presencePenalty, frequencyPenalty, maxTokens, seed, stop, schema, tools } =
    request;
  const { toolChoice, providerOptions } = request;
  const limit = namesIn(providerOptions).find((name) => TOKEN_LIMIT.test(name));
  if (limit !== undefined) {
    throw invalidArgument(`providerOptions must not set "${limit}"; maxTokens of the request is the limit.`);
  }
  const options = {
    prompt: request.messages.map((message) => promptMessage(message, request.messages, version)),
    temperature,
    topP,
    presencePenalty,
    frequencyPenalty,
    maxOutputTokens: maxTokens,
    seed,
    stopSequences: stop,
    responseFormat: schema && { type: "json", schema: schema.jsonSchema, name: schema.name },
    tools: tools?.map(({ name, description, parameters }) => ({
      type: "function",
      name,
      description,
      inputSchema: parameters,
    })),
    toolChoice: toolChoice && chosenTool(toolChoice),
    providerOptions,
    abortSignal: signal,
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function promptMessage(message: ModelMessage, all: readonly ModelMessage[], version: Version): unknown {
  switch (message.role) {
    case "system":
      return message;
    case "user": {
      const { content } = message;
      const parts = typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
      return {
        role: "user",
        content: parts.map((part) => (part.type === "text" ? part : file(part.url, version))),
      };
    }
    case "assistant": {
      const { content, toolCalls = [] } = message;
      const calls = toolCalls.map(({ id, name, arguments: input }) => ({
        type: "tool-call",
        toolCallId: id,
        toolName: name,
        input: argumentsOf(input),
      }));
      return {
        role: "assistant",
        content: [...(content === "" ? [] : [{ type: "text", text: content }]), ...calls],
      };
    }
    case "tool": {
      const { toolCallId, content } = message;
      const output = { type: "text", value: content };
      return {
        role: "tool",
        content: [{ type: "tool-result", toolCallId, toolName: toolOf(toolCallId, all), output }],
      };
    }
  }
}

function file(url: string, version: Version): unknown {
  const [, mediaType = "image/*", base64] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? [];
  const data = base64 ?? absolute(url);
  if (version !== "v4") return { type: "file", mediaType, data };
  return {
    type: "file",
    mediaType,
    data: typeof data === "string" ? { type: "data", data } : { type: "url", url: data },
  };
}

function absolute(url: string): URL {
  if (URL.canParse(url)) return new URL(url);
  throw invalidArgument(`An image needs an https: or data: URL, got "${url.slice(0, 100)}".`);
}

/** The SDK wants values; what is no JSON stays the text that the model wrote. */
function argumentsOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function toolOf(id: string, messages: readonly ModelMessage[]): string {
  const calls = messages.flatMap((message) =>
    message.role === "assistant" ? (message.toolCalls ?? []) : [],
  );
  return calls.find((call) => call.id === id)?.name ?? "";
}

function namesIn(options: unknown): string[] {
  if (typeof options !== "object" || options === null) return [];
  return Object.entries(options).flatMap(([name, value]) => [name, ...namesIn(value)]);
}

function chosenTool(choice: NonNullable<ModelRequest["toolChoice"]>): unknown {
  return typeof choice === "string" ? { type: choice } : { type: "tool", toolName: choice.name };
}
