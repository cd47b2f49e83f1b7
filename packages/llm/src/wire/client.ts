/** The SDK's client for one endpoint. It never retries by itself: that belongs to one layer, above. */
import OpenAI, { AzureOpenAI } from "openai";
import type { Endpoint } from "../providers/endpoint.js";
import type { NamedModel } from "../providers/model-name.js";

const AZURE_API_VERSION = "2024-10-21";
/** Longer than any call may take: time is kept by the caller, and over the body of the answer, too. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;
/** The SDK insists on a key; servers that need none ignore this one. */
const NO_KEY = "none";

export interface ClientOptions {
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** Of Azure. */
  readonly apiVersion: string;
}

export function azureApiVersion(given: string | undefined): string {
  return given ?? process.env["AZURE_API_VERSION"] ?? AZURE_API_VERSION;
}

/** What the SDK would find in the environment and tell every provider: the user's accounts at OpenAI. */
const NO_ACCOUNTS = { organization: null, project: null };

export function openClient(
  { providerName, provider }: NamedModel,
  endpoint: Endpoint,
  options: ClientOptions,
): OpenAI {
  const common = {
    apiKey: endpoint.apiKey ?? NO_KEY,
    maxRetries: 0,
    adminAPIKey: null,
    timeout: NO_TIMEOUT_MS,
    ...(providerName === "openai" ? {} : NO_ACCOUNTS),
    ...(options.headers === undefined ? {} : { defaultHeaders: { ...options.headers } }),
  };
  if (provider.dialect !== "azure") return new OpenAI({ ...common, baseURL: endpoint.baseUrl });
  // Not as `endpoint`, beside which the SDK refuses an OPENAI_BASE_URL of the environment.
  return new AzureOpenAI({
    ...common,
    baseURL: `${endpoint.baseUrl}/openai`,
    apiVersion: options.apiVersion,
  });
}
