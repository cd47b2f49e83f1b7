/** Whether a JSON Schema is one that OpenAI's strict mode takes. */
import type { JsonSchema } from "@hyperfunc/core";

/**
 * True when every object in it forbids further properties and requires all of its own, as strict structured output
 * demands (https://platform.openai.com/docs/guides/structured-outputs).
 */
export function isStrict(schema: JsonSchema): boolean {
  if (schema["type"] === "object" || "properties" in schema) {
    const properties = Object.keys(schema["properties"] ?? {});
    const required = new Set(Array.isArray(schema["required"]) ? (schema["required"] as unknown[]) : []);
    if (schema["additionalProperties"] !== false) return false;
    if (properties.some((name) => !required.has(name))) return false;
  }
  return Object.values(schema).every((value) => isStrictPart(value));
}

function isStrictPart(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isStrictPart);
  return typeof value !== "object" || value === null || isStrict(value as JsonSchema);
}
