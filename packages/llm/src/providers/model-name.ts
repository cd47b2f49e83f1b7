/** Model names, `provider/model`, as LiteLLM writes them. */
import { invalidArgument } from "@hyperfunc/core";
import type { Provider } from "./provider.js";
import { findProvider, unknownProvider } from "./registry.js";

export interface NamedModel {
  readonly providerName: string;
  readonly provider: Provider;
  /** The provider's own name of the model; it may have slashes of its own. */
  readonly modelId: string;
}

/** Families whose names need no prefix. */
const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^(gpt-|chatgpt-|o\d)/, "openai"],
  [/^claude-/, "anthropic"],
  [/^gemini-/, "gemini"],
];

/** A server that is known by its address alone. */
const CUSTOM = "custom";

/**
 * Takes a model name apart. With a base URL, a name without a known prefix is a model of the server there, whole.
 *
 * @throws UNRESOLVED_MODEL for an unknown provider, with near names; INVALID_ARGUMENT for an empty name.
 */
export function parseModelName(name: string, hasBaseUrl = false): NamedModel {
  const slash = name.indexOf("/");
  const prefix = slash < 0 ? "" : name.slice(0, slash);
  const provider = findProvider(prefix);
  if (provider !== undefined) {
    const modelId = name.slice(slash + 1);
    if (modelId.trim() === "") throw invalidArgument(`"${name}" names no model; write "${prefix}/model".`);
    return { providerName: prefix, provider, modelId };
  }
  if (name.trim() === "") {
    throw invalidArgument('A model name must not be empty; use one such as "openai/gpt-4o-mini".');
  }
  if (hasBaseUrl) return { providerName: CUSTOM, provider: {}, modelId: name };
  const family = slash < 0 ? FAMILIES.find(([pattern]) => pattern.test(name))?.[1] : undefined;
  const known = family === undefined ? undefined : findProvider(family);
  if (family !== undefined && known !== undefined) {
    return { providerName: family, provider: known, modelId: name };
  }
  throw unknownProvider(name, prefix === "" ? name : prefix);
}
