/** JSON in a judge's reply: the whole of it, or an object that begins a line; never one that is quoted within a sentence. */

export interface FoundObject {
  readonly value: Readonly<Record<string, unknown>>;
  readonly start: number;
  readonly end: number;
}

/** Starts that are tried; a reply has one or two. */
const MOST_STARTS = 50;

/** A reply without what a model thought aloud before it. */
export function withoutThoughts(content: string): string {
  return content.split(/<\/think>/i).at(-1) ?? content;
}

/** The reply as JSON, where it is nothing else, a fence around it aside. */
export function wholeJson(content: string): { readonly value: unknown } | undefined {
  const inner = /^\s*```(?:json)?\s*\n([^]*?)\n?```\s*$/i.exec(content)?.[1] ?? content;
  try {
    return { value: JSON.parse(inner) as unknown };
  } catch {
    return undefined;
  }
}

/** Objects that begin a line, or stand in a fence that does, in order. */
export function objectsIn(content: string): FoundObject[] {
  const found: FoundObject[] = [];
  const starts = [...content.matchAll(/^[ \t]*(?:```(?:json)?[ \t]*)?\{/gim)].slice(0, MOST_STARTS);
  for (const { index, 0: opening } of starts) {
    const start = index + opening.length - 1;
    if (start < (found.at(-1)?.end ?? 0)) continue; // inside the one before
    const end = endOfObject(content, start);
    const value = end === undefined ? undefined : parsedObject(content.slice(start, end));
    if (end !== undefined && value !== undefined) found.push({ value, start, end });
  }
  return found;
}

/** The object that a reply is, or ends with; `parsed` for models that answer without a text. */
export function replyValue(content: string, parsed: unknown): unknown {
  const reply = withoutThoughts(content);
  if (reply.trim() === "") return parsed;
  return wholeJson(reply)?.value ?? objectsIn(reply).at(-1)?.value;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsedObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function endOfObject(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === "\\") at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return at + 1;
  }
  return undefined;
}
