/** JSON in strings. */

/** The object or array that a string holds as JSON; undefined for every other string. */
export function parseContainer(text: string): object | undefined {
  if (!looksLikeContainer(text)) return undefined;
  const { value } = parseJson(text);
  return typeof value === "object" && value !== null ? value : undefined;
}

export function looksLikeContainer(text: string): boolean {
  return /^\s*[[{]/.test(text);
}

export function parseJson(text: string): { readonly value?: unknown; readonly problem?: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { problem: (error as SyntaxError).message };
  }
}
