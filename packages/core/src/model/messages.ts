/** What is said to a language model, and what it says back, in a form that no provider owns. */

/** Text inside a message with parts. */
export interface TextPart {
  readonly type: "text";
  readonly text: string;
}

/** An image inside a user message. */
export interface ImagePart {
  readonly type: "image";
  /** An `https:` or `data:` URL. */
  readonly url: string;
  readonly detail?: "auto" | "low" | "high" | undefined;
  /** Upper bound of what the image costs in tokens; a token budget cannot be kept without it. */
  readonly maxTokens?: number | undefined;
}

export interface SystemMessage {
  readonly role: "system";
  readonly content: string;
}

export interface UserMessage {
  readonly role: "user";
  readonly content: string | readonly (TextPart | ImagePart)[];
}

export interface AssistantMessage {
  readonly role: "assistant";
  readonly content: string;
  readonly toolCalls?: readonly ToolCall[] | undefined;
}

/** The result of a tool call, told to the model. */
export interface ToolMessage {
  readonly role: "tool";
  readonly content: string;
  readonly toolCallId: string;
}

export type ModelMessage = SystemMessage | UserMessage | AssistantMessage | ToolMessage;

/** A JSON Schema object. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A tool that the model may ask for. Running it is the caller's part. */
export interface ToolDefinition {
  readonly name: string;
  readonly description?: string | undefined;
  /** Schema of the arguments object. */
  readonly parameters: JsonSchema;
}

/** A model's wish to have a tool run. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text as the model wrote it. It may be malformed, so parsing and checking it is the reader's part. */
  readonly arguments: string;
}
