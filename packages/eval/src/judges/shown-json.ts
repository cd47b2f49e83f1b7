/** A value as a judge reads it: texts as they are, everything else as JSON. */
export function shownJson(value: unknown): string {
  if (typeof value === "string") return value === "" ? "(empty)" : value;
  if (value === undefined || value === null) return "(nothing)";
  try {
    return JSON.stringify(value, null, 2) ?? `(${typeof value})`;
  } catch {
    return `(a ${typeof value} that is no JSON)`;
  }
}
