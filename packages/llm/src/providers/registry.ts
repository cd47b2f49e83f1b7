/** The providers that are known in this process: the table's, and those that the program registered. */
import { HyperfuncError, invalidArgument, nearNames } from "@hyperfunc/core";
import type { Provider } from "./provider.js";
import { PROVIDERS } from "./table.js";

const registered = new Map<string, Provider>();
const NAME = /^[a-z0-9][a-z0-9_-]*$/i;

export type ProviderOptions = Omit<Provider, "apiKeyEnv" | "baseUrlEnv"> & {
  readonly apiKeyEnv?: string | readonly string[] | undefined;
  readonly baseUrlEnv?: string | readonly string[] | undefined;
};

/**
 * Makes `name/…` a model name; a provider of the table is replaced. The returned function takes it back.
 *
 * @throws INVALID_ARGUMENT for a name with a slash or a base URL that is none.
 * @example
 * import { languageModel, registerProvider } from "@hyperfunc/llm";
 * registerProvider("mine", { baseUrl: "https://models.example.org/v1", apiKeyEnv: "MINE_API_KEY" });
 * console.log(languageModel("mine/small").modelId); // small
 */
export function registerProvider(name: string, options: ProviderOptions): () => void {
  if (!NAME.test(name)) {
    throw invalidArgument(
      `A provider's name is the part of a model name before the first slash, of letters, digits, - and _; got ${JSON.stringify(name)}.`,
    );
  }
  if (options.baseUrl !== undefined) checkBaseUrl(options.baseUrl);
  const before = registered.get(name);
  const provider = {
    ...options,
    apiKeyEnv: listOf(options.apiKeyEnv),
    baseUrlEnv: listOf(options.baseUrlEnv),
  };
  registered.set(name, provider);
  return () => {
    if (registered.get(name) !== provider) return;
    if (before === undefined) registered.delete(name);
    else registered.set(name, before);
  };
}

export function findProvider(name: string): Provider | undefined {
  return registered.get(name) ?? (Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name] : undefined);
}

/** Names of all providers, sorted. */
export function providerNames(): string[] {
  return [...new Set([...Object.keys(PROVIDERS), ...registered.keys()])].sort();
}

/** The failure to know a provider, with the names it may have been. */
export function unknownProvider(model: string, name: string): HyperfuncError {
  const near = nearNames(name, providerNames());
  const guess = near.length === 0 ? "" : ` Did you mean ${near.map((one) => `"${one}/…"`).join(" or ")}?`;
  return new HyperfuncError(
    "UNRESOLVED_MODEL",
    `No provider is called "${name}", in the model name "${model}".${guess} ` +
      `Use "provider/model" with a known provider, register yours with registerProvider, or give baseUrl.`,
    { details: { model, near } },
  );
}

/** @throws INVALID_ARGUMENT unless it is an http or https URL. */
export function checkBaseUrl(baseUrl: string): string {
  const protocol = URL.canParse(baseUrl) ? new URL(baseUrl).protocol : "";
  if (protocol === "http:" || protocol === "https:") return baseUrl.replace(/\/+$/, "");
  throw invalidArgument(
    `A base URL must be an http or https URL such as "http://localhost:8000/v1", got ${JSON.stringify(baseUrl)}.`,
  );
}

function listOf(names: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof names === "string" ? [names] : names;
}
