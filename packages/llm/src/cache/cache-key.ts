import { createHash } from "node:crypto";
import type { LanguageModel, ModelRequest } from "@hyperfunc/core";

/** Raised when what is hashed changes. */
const VERSION = 1;

/**
 * A hash of everything that an answer depends on: the model, where it is, the whole request, and the rollout, by which
 * repeated samples differ. The order of keys does not matter.
 */
export function cacheKey(
  { provider, modelId }: Pick<LanguageModel, "provider" | "modelId">,
  request: ModelRequest,
  scope = "",
): string {
  const content = JSON.stringify([VERSION, provider, modelId, scope, request], sorted);
  return createHash("sha256").update(content).digest("hex");
}

function sorted(_key: string, value: unknown): unknown {
  if (value instanceof Map || value instanceof Set) return [value.constructor.name, ...value];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
