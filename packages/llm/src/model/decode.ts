/** The value that an answer holds, when JSON of some shape was asked for. */
import type { FinishReason, ResponseSchema } from "@hyperfunc/core";
import { jsonrepair } from "jsonrepair";

export type Decoded =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly why: string };

const FENCED = /```(?:json)?([\s\S]*?)```/gi;

/** Reasons that do not say that there should be more. */
const WHOLE: readonly (FinishReason | undefined)[] = ["stop", "tool-calls", undefined];

/**
 * Reads JSON that is the whole answer, stands in its last fence, or is its outermost braces or brackets; then checks it. Slips of
 * writing, such as single quotes, comments or trailing commas, are mended; an answer that was cut off is not.
 */
export function decoded(content: string, schema: ResponseSchema, finishReason?: FinishReason): Decoded {
  const candidates = [
    content,
    [...content.matchAll(FENCED)].at(-1)?.[1],
    outermost(content, "{", "}"),
    outermost(content, "[", "]"),
  ].filter((candidate) => candidate !== undefined);
  let why = "the answer has no JSON in it.";
  for (const read of [parsedJson, ...(WHOLE.includes(finishReason) ? [repairedJson] : [])]) {
    for (const candidate of candidates) {
      const found = read(candidate);
      if (found === undefined) continue;
      try {
        return { ok: true, value: schema.parse === undefined ? found.value : schema.parse(found.value) };
      } catch (error) {
        why = error instanceof Error ? error.message : String(error);
      }
    }
  }
  return { ok: false, why };
}

function parsedJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined; // not JSON; the next candidate may be
  }
}

function repairedJson(text: string): { readonly value: unknown } | undefined {
  if (!isNearlyJson(text.trim())) return undefined;
  try {
    return { value: JSON.parse(jsonrepair(text)) as unknown };
  } catch {
    return undefined; // beyond repair
  }
}

function outermost(text: string, open: string, close: string): string | undefined {
  const [from, to] = [text.indexOf(open), text.lastIndexOf(close)];
  return from < 0 || to < from ? undefined : text.slice(from, to + 1);
}

/**
 * Whether slips are all that a text may have wrong: one object with a colon in it, or one array of values, with its
 * brackets in balance. Prose in brackets, two objects, and what breaks off are none.
 */
function isNearlyJson(text: string): boolean {
  const pair = `${text[0]}${text.at(-1)}`;
  if (pair === "{}" ? !text.includes(":") : pair !== "[]" || !VALUE_FIRST.test(text.slice(0, 100)))
    return false;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (inString) {
      if (character === "\\") at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") {
      depth--;
      if (depth === 0 && at < text.length - 1) return false;
    }
  }
  return depth === 0;
}

const VALUE_FIRST = /^\[\s*(?:["'{[\d-]|true|false|null)/;
