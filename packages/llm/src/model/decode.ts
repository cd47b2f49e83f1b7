/** The value that an answer holds, when JSON of some shape was asked for. */
import type { ResponseSchema } from "@hyperfunc/core";

export type Decoded =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly why: string };

const FENCED = /```(?:json)?\s*\n?([\s\S]*?)```/i;

/**
 * Reads JSON that is the whole answer, stands in a fence, or is its outermost braces or brackets; then checks it.
 *
 * Nothing is guessed: an answer that is cut off or of another shape is said to be so.
 */
export function decoded(content: string, schema: ResponseSchema): Decoded {
  const candidates = [
    content,
    FENCED.exec(content)?.[1],
    outermost(content, "{", "}"),
    outermost(content, "[", "]"),
  ];
  let why = "the answer has no JSON in it.";
  for (const candidate of candidates) {
    const read = candidate === undefined ? undefined : parsedJson(candidate);
    if (read === undefined) continue;
    try {
      return { ok: true, value: schema.parse === undefined ? read.value : schema.parse(read.value) };
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
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

function outermost(text: string, open: string, close: string): string | undefined {
  const [from, to] = [text.indexOf(open), text.lastIndexOf(close)];
  return from < 0 || to < from ? undefined : text.slice(from, to + 1);
}
