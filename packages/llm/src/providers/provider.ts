/** What is known of a provider: where it is, how it wants to be asked, and what it does not take. */

/** Sampling parameters of a request that some models refuse. */
export type SamplingParameter =
  "temperature" | "topP" | "presencePenalty" | "frequencyPenalty" | "seed" | "stop";

/** The strictest form of structured output that a provider keeps to. */
export type SchemaSupport = "json-schema" | "json-object" | "text";

export interface Provider {
  /** Chat completions are at `<baseUrl>/chat/completions`. Without one, it has to be given with every model. */
  readonly baseUrl?: string | undefined;
  /** Variables of the environment that may hold the base URL, the first that is set wins. */
  readonly baseUrlEnv?: readonly string[] | undefined;
  /** Variables that may hold the key. None: no key is needed, and one that is given is sent. */
  readonly apiKeyEnv?: readonly string[] | undefined;
  /** Default `"json-schema"`. */
  readonly schema?: SchemaSupport | undefined;
  /** What the provider calls the limit of output tokens. Default `max_tokens`. */
  readonly maxTokensField?: "max_tokens" | "max_completion_tokens" | undefined;
  /** Parameters that no model of the provider takes: they are neither sent nor searched. */
  readonly unsupported?: readonly SamplingParameter[] | undefined;
  /** True where tokens cost nothing, as on a server of one's own: money budgets then take it. */
  readonly free?: boolean | undefined;
  /** `"azure"`: deployments of a resource, an `api-version`, and the key in a header of its own. */
  readonly dialect?: "openai" | "azure" | undefined;
}
