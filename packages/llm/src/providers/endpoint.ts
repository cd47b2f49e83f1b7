/** Where a model is and what opens it: arguments first, then the environment, then the table. */
import { HyperfuncError } from "@hyperfunc/core";
import type { NamedModel } from "./model-name.js";
import { checkBaseUrl } from "./registry.js";

export interface Endpoint {
  readonly baseUrl: string;
  /** Undefined where none is needed. */
  readonly apiKey: string | undefined;
}

export interface EndpointOptions {
  readonly apiKey?: string | undefined;
  readonly baseUrl?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the server is. @throws UNRESOLVED_MODEL naming the variable to set, when that is unknown. */
export function resolveAddress(
  { providerName, provider, modelId }: NamedModel,
  { baseUrl }: EndpointOptions,
  environment: Environment = process.env,
): string {
  const address = baseUrl ?? firstSet(environment, provider.baseUrlEnv) ?? provider.baseUrl;
  if (address !== undefined) return checkBaseUrl(address);
  throw missing(`${providerName}/${modelId}`, "base URL", provider.baseUrlEnv, "baseUrl");
}

/** @throws UNRESOLVED_MODEL naming the variable to set, when a key or a base URL is missing. */
export function resolveEndpoint(
  named: NamedModel,
  { apiKey, baseUrl }: EndpointOptions,
  environment: Environment = process.env,
): Endpoint {
  const { providerName, provider, modelId } = named;
  const address = resolveAddress(named, { baseUrl }, environment);
  const key = apiKey === undefined || apiKey === "" ? firstSet(environment, provider.apiKeyEnv) : apiKey;
  // Whoever gives a base URL of his own knows whether his server wants a key.
  if (key === undefined && provider.apiKeyEnv !== undefined && baseUrl === undefined) {
    throw missing(`${providerName}/${modelId}`, "key", provider.apiKeyEnv, "apiKey");
  }
  return { baseUrl: address, apiKey: key };
}

function firstSet(environment: Environment, names: readonly string[] = []): string | undefined {
  return names.map((name) => environment[name]).find((value) => value !== undefined && value !== "");
}

function missing(
  model: string,
  what: string,
  variables: readonly string[] = [],
  option: string,
): HyperfuncError {
  const set = variables.length === 0 ? "" : `set ${variables.join(" or ")}, or `;
  return new HyperfuncError("UNRESOLVED_MODEL", `${model} needs a ${what}: ${set}pass ${option}.`, {
    infrastructure: true,
    details: { model, variables },
  });
}
