/** One text for each value, so that equal values have equal texts. */
import { readPlain, type Plain } from "./plain-value.js";

export type TextReading =
  | { readonly text: string; readonly problem?: undefined }
  | { readonly text?: undefined; readonly problem: string };

/**
 * Strings as they are, in Unicode's normal form NFC unless that is switched off; numbers by value (1.0 is `1`, -0 is
 * `0`); null and undefined as the empty text; objects and arrays as JSON without spaces and with sorted keys. What has
 * no such text (NaN, functions, symbols, promises, cycles) is named in `problem`.
 */
export function canonicalText(value: unknown, normalizeUnicode = true): TextReading {
  if (value === null || value === undefined) return { text: "" };
  const { value: plain, problem } = readPlain(value, normalizeUnicode);
  if (problem !== undefined) return { problem };
  return { text: typeof plain === "string" ? plain : stableJson(plain) };
}

/** The canonical text of a string, number, boolean or bigint; undefined for everything else, and for NaN. */
export function scalarText(value: unknown): string | undefined {
  if (!["string", "number", "boolean", "bigint"].includes(typeof value)) return undefined;
  return canonicalText(value).text;
}

/** The texts of a scalar or of a list of scalars; undefined when anything else is there. */
export function scalarTexts(value: unknown): string[] | undefined {
  const texts = listed(value).map(scalarText);
  return texts.includes(undefined) ? undefined : (texts as string[]);
}

function listed(value: unknown): unknown[] {
  try {
    return Array.isArray(value) ? [...(value as unknown[])] : [value];
  } catch {
    // A proxy may refuse to be asked; it is then no list of scalars.
    return [undefined];
  }
}

/** JSON without spaces and with sorted keys; infinities and large integers are written out. */
export function stableJson(value: Plain): string {
  if (Array.isArray(value)) return `[${value.map(stableJson).join()}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${stableJson(value[key] ?? null)}`);
    return `{${fields.join()}}`;
  }
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/**
 * Folds away case as Unicode's full case folding does: ß equals SS, and every sigma the others.
 *
 * Lower case alone keeps ß apart from SS; upper case alone turns the dotless ı into I.
 */
export function foldCase(text: string): string {
  return text
    .split("ı")
    .map((part) => part.toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ"))
    .join("ı")
    .normalize("NFC");
}
