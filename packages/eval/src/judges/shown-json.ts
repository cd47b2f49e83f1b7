import { stableJson } from "../scorers/canonical-text.js";
import { readPlain } from "../scorers/plain-value.js";

/** A value as a judge reads it: texts as they are, everything else as JSON; or what is wrong with one that has none. */
export function shownJson(
  value: unknown,
): { readonly text: string; readonly problem?: undefined } | { readonly problem: string } {
  if (typeof value === "string") return { text: value === "" ? "(an empty text)" : value };
  if (value === undefined || value === null) return { text: "(nothing)" };
  const { value: plain, problem } = readPlain(value, false);
  return problem === undefined ? { text: stableJson(plain) } : { problem };
}
