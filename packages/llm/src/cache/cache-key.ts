import { createHash } from "node:crypto";
import type { LanguageModel, ModelRequest } from "@hyperfunc/core";

/** Raised when what is hashed changes. */
const VERSION = 1;

/**
 * A hash of everything that an answer depends on: the model, where it is, the whole request, and the rollout, by which
 * repeated samples differ. The order of keys does not matter, except where models see it: in schemas and the like.
 */
export function cacheKey(
  { provider, modelId }: Pick<LanguageModel, "provider" | "modelId">,
  request: ModelRequest,
  scope = "",
): string {
  const content = JSON.stringify([VERSION, provider, modelId, scope, request], sorted);
  return createHash("sha256").update(content).digest("hex");
}

/** Sent as they are, so a model that is asked for the reason first is asked something else. */
const SENT_IN_ORDER: ReadonlySet<string> = new Set(["jsonSchema", "parameters", "providerOptions"]);

function sorted(key: string, value: unknown): unknown {
  if (SENT_IN_ORDER.has(key)) return JSON.stringify(value, inOrder);
  const plain = inOrder(key, value);
  if (typeof plain !== "object" || plain === null || Array.isArray(plain)) return plain;
  return Object.fromEntries(Object.entries(plain).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function inOrder(_key: string, value: unknown): unknown {
  return value instanceof Map || value instanceof Set ? [value.constructor.name, ...value] : value;
}
