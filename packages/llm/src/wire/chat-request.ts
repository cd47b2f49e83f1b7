/** A request in the words of the chat-completions protocol. */
import { invalidArgument, type ModelMessage, type ModelRequest } from "@hyperfunc/core";
import type OpenAI from "openai";
import type { Provider, SamplingParameter, SchemaSupport } from "../providers/provider.js";
import { isStrict } from "./strict-schema.js";

export type ChatParams = OpenAI.Chat.Completions.ChatCompletionCreateParams;
type ChatMessage = OpenAI.Chat.Completions.ChatCompletionMessageParam;

export interface ChatTarget {
  readonly modelId: string;
  readonly maxTokensField: NonNullable<Provider["maxTokensField"]>;
  readonly schema: SchemaSupport;
  readonly unsupported: ReadonlySet<SamplingParameter>;
}

/** What the library itself says in a request. */
const OWN_FIELDS = [
  "model",
  "messages",
  "stream",
  "stream_options",
  "n",
  "max_tokens",
  "max_completion_tokens",
];

/** @throws INVALID_ARGUMENT for provider options that would change what the request says elsewhere. */
export function chatRequest(request: ModelRequest, target: ChatTarget): ChatParams {
  const { schema, tools, toolChoice, maxTokens, providerOptions = {} } = request;
  const taken = OWN_FIELDS.find((field) => field in providerOptions);
  if (taken !== undefined) {
    throw invalidArgument(`providerOptions must not set "${taken}"; it follows from the request.`);
  }
  const sampling: Readonly<Record<SamplingParameter, readonly [string, unknown]>> = {
    temperature: ["temperature", request.temperature],
    topP: ["top_p", request.topP],
    presencePenalty: ["presence_penalty", request.presencePenalty],
    frequencyPenalty: ["frequency_penalty", request.frequencyPenalty],
    seed: ["seed", request.seed],
    stop: ["stop", request.stop?.length === 0 ? undefined : request.stop],
  };
  const sent = (Object.keys(sampling) as SamplingParameter[])
    .filter((name) => !target.unsupported.has(name))
    .map((name) => sampling[name])
    .filter(([, value]) => value !== undefined);
  return {
    model: target.modelId,
    messages: [...schemaInstructions(schema, target.schema), ...request.messages.map(chatMessage)],
    ...Object.fromEntries(sent),
    ...(maxTokens === undefined ? {} : { [target.maxTokensField]: maxTokens }),
    ...responseFormat(schema, target.schema),
    ...(tools === undefined || tools.length === 0
      ? {}
      : {
          tools: tools.map((tool) => ({
            type: "function" as const,
            function: { ...tool, parameters: { ...tool.parameters } },
          })),
          ...(toolChoice === undefined ? {} : { tool_choice: chosenTool(toolChoice) }),
        }),
    ...providerOptions,
  } as ChatParams;
}

function chatMessage(message: ModelMessage): ChatMessage {
  switch (message.role) {
    case "system":
      return { role: "system", content: message.content };
    case "user":
      return { role: "user", content: userContent(message.content) };
    case "tool":
      return { role: "tool", content: message.content, tool_call_id: message.toolCallId };
    case "assistant": {
      const { content, toolCalls = [] } = message;
      if (toolCalls.length === 0) return { role: "assistant", content };
      return {
        role: "assistant",
        content: content === "" ? null : content,
        tool_calls: toolCalls.map(({ id, name, arguments: args }) => ({
          id,
          type: "function" as const,
          function: { name, arguments: args },
        })),
      };
    }
  }
}

type UserContent = Extract<ModelMessage, { role: "user" }>["content"];

function userContent(content: UserContent): string | OpenAI.Chat.Completions.ChatCompletionContentPart[] {
  if (typeof content === "string") return content;
  return content.map((part) =>
    part.type === "text"
      ? { type: "text", text: part.text }
      : {
          type: "image_url",
          image_url: { url: part.url, ...(part.detail === undefined ? {} : { detail: part.detail }) },
        },
  );
}

function chosenTool(choice: NonNullable<ModelRequest["toolChoice"]>): unknown {
  return typeof choice === "string" ? choice : { type: "function", function: { name: choice.name } };
}

function responseFormat(schema: ModelRequest["schema"], support: SchemaSupport): object {
  if (schema === undefined || support === "text") return {};
  if (support === "json-object") return { response_format: { type: "json_object" } };
  const { name = "answer", jsonSchema } = schema;
  return {
    response_format: {
      type: "json_schema",
      json_schema: { name: name.replace(/[^\w-]/g, "_"), schema: jsonSchema, strict: isStrict(jsonSchema) },
    },
  };
}

/** Where the provider does not keep to a schema by itself, the model is told. */
function schemaInstructions(schema: ModelRequest["schema"], support: SchemaSupport): ChatMessage[] {
  if (schema === undefined || support === "json-schema") return [];
  return [
    {
      role: "system",
      content: `Answer with one JSON value and nothing else. It must match this JSON Schema:\n${JSON.stringify(schema.jsonSchema)}`,
    },
  ];
}
