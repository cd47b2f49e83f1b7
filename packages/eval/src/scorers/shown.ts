/** How values are shown in feedback and errors. */
import { canonicalText } from "./canonical-text.js";

const LONGEST = 100;

/** A text in quotes, cut where it would drown the rest of the feedback. */
export function shown(text: string): string {
  return isShort(text) ? `'${text}'` : `'${text.slice(0, LONGEST)}…' (${text.length} characters)`;
}

function isShort(text: string): boolean {
  return text.length <= LONGEST;
}

/** The texts themselves where they are short, their lengths where they are not. */
export function mismatch(output: string, expected: string): string {
  return isShort(output) && isShort(expected)
    ? `Expected '${expected}' but got '${output}'`
    : `Output does not match expected (lengths: ${output.length} vs ${expected.length})`;
}

/** Any value, whatever its getters do. */
export function shownValue(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  const { text, problem } = canonicalText(value);
  if (problem !== undefined) return problem;
  return typeof value === "string" ? shown(text) : isShort(text) ? text : `${text.slice(0, LONGEST)}…`;
}
