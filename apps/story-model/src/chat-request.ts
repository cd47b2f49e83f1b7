/** A chat-completions request as this server reads it. What it cannot do is refused, and never quietly left out. */
import type { Sampling } from "./sampling.js";

export interface ChatRequest extends Sampling {
  readonly model: string;
  /** The beginning of the story: the last message of the user. */
  readonly beginning: string;
  /** Undefined: as many as fit. */
  readonly maxTokens: number | undefined;
  /** Undefined: a fresh one. */
  readonly seed: number | undefined;
  readonly stop: readonly string[];
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

/** What is wrong with a request. */
export class BadRequest extends Error {
  constructor(
    message: string,
    /** The field at fault. */
    readonly param: string | null = null,
    readonly code: string | null = null,
  ) {
    super(message);
  }
}

type Fields = Readonly<Record<string, unknown>>;

const MOST_STOPS = 4;

/** @throws BadRequest */
export function readChatRequest(body: string): ChatRequest {
  const fields = parsed(body);
  if (typeof fields["model"] !== "string") throw new BadRequest("model must be a string.", "model");
  if ((number(fields, "n", { min: 1, max: 1, whole: true }) ?? 1) !== 1)
    throw new BadRequest("n must be 1.", "n");
  refuse(fields, "tools", (value) => Array.isArray(value) && value.length > 0);
  refuse(fields, "response_format", (value) => isFields(value) && value["type"] !== "text");
  return {
    model: fields["model"],
    beginning: lastUserText(fields["messages"]),
    temperature: number(fields, "temperature", { min: 0, max: 2 }) ?? 1,
    topP: number(fields, "top_p", { min: 0, max: 1 }) ?? 1,
    presencePenalty: number(fields, "presence_penalty", { min: -2, max: 2 }) ?? 0,
    frequencyPenalty: number(fields, "frequency_penalty", { min: -2, max: 2 }) ?? 0,
    maxTokens: number(fields, "max_completion_tokens", COUNT) ?? number(fields, "max_tokens", COUNT),
    seed: number(fields, "seed", { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, whole: true }),
    stop: stopStrings(fields["stop"]),
    stream: flag(fields, "stream"),
    includeUsage: isFields(fields["stream_options"]) && flag(fields["stream_options"], "include_usage"),
  };
}

function parsed(body: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new BadRequest("The body must be JSON.");
  }
  if (!isFields(value)) throw new BadRequest("The body must be a JSON object.");
  return value;
}

function lastUserText(messages: unknown): string {
  if (!Array.isArray(messages)) throw new BadRequest("messages must be an array.", "messages");
  const content = messages.filter(isFields).findLast(({ role }) => role === "user")?.["content"];
  if (typeof content === "string") return content;
  const parts: readonly unknown[] = Array.isArray(content) ? content : [];
  const texts = parts.map((part) => (isFields(part) ? part["text"] : undefined));
  if (texts.length > 0 && texts.every((text) => typeof text === "string")) return texts.join("");
  throw new BadRequest("messages must have one of the user, whose content is text.", "messages");
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

const COUNT: Range = { min: 1, max: Number.MAX_SAFE_INTEGER, whole: true };

function number(fields: Fields, name: string, { min, max, whole = false }: Range): number | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === "number" && value >= min && value <= max && (!whole || Number.isInteger(value)))
    return value;
  const kind = whole ? "a whole number" : "a number";
  throw new BadRequest(`${name} must be ${kind} from ${min} to ${max}, got ${JSON.stringify(value)}.`, name);
}

function flag(fields: Fields, name: string): boolean {
  const value = fields[name] ?? false;
  if (typeof value === "boolean") return value;
  throw new BadRequest(`${name} must be true or false, got ${JSON.stringify(value)}.`, name);
}

function stopStrings(value: unknown): readonly string[] {
  const stops: readonly unknown[] = Array.isArray(value) ? value : [value ?? []].flat();
  if (stops.length <= MOST_STOPS && stops.every((stop) => typeof stop === "string")) return stops;
  throw new BadRequest(`stop must be a string, or ${MOST_STOPS} at most.`, "stop");
}

function refuse(fields: Fields, name: string, asks: (value: unknown) => boolean): void {
  if (asks(fields[name])) throw new BadRequest(`${name}: this model writes plain text only.`, name);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
