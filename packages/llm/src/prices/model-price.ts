/** What tokens cost. */
import { invalidArgument, type Usage } from "@hyperfunc/core";
import { calcPrice } from "@pydantic/genai-prices";
import type { NamedModel } from "../providers/model-name.js";

/** US dollars per million tokens. */
export interface ModelPrice {
  readonly inputPerMillion: number;
  readonly outputPerMillion: number;
  /** Of input that the provider had cached. Default as other input. */
  readonly cachedInputPerMillion?: number | undefined;
}

/** What the usage costs in US dollars; undefined when nobody knows. */
export type PriceOf = (usage: Usage) => number | undefined;

/** Azure has an address per resource; any of them names it. */
const AZURE = "https://resource.openai.azure.com";

/**
 * The price of a model: as given, nothing on a server of one's own, else the list price.
 *
 * @throws INVALID_ARGUMENT for a given price that is negative or not finite.
 */
export function priceOf({ provider, modelId }: NamedModel, given: ModelPrice | undefined): PriceOf {
  if (given !== undefined) return givenPrice(given);
  if (provider.free === true) return () => 0;
  const providerApiUrl = provider.dialect === "azure" ? AZURE : provider.baseUrl;
  return providerApiUrl === undefined ? () => undefined : listPrice(modelId, { providerApiUrl });
}

/** The price in the table that the package `@pydantic/genai-prices` maintains. */
export function listPrice(
  modelId: string,
  provider: { readonly providerId: string } | { readonly providerApiUrl: string },
): PriceOf {
  return ({ inputTokens, outputTokens, cachedInputTokens }) => {
    const counts = {
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      ...(cachedInputTokens !== undefined && { cache_read_tokens: Math.min(cachedInputTokens, inputTokens) }),
    };
    // The table's package throws for what is no count.
    if (Object.values(counts).some((count) => !(count >= 0 && count < Infinity))) return undefined;
    return calcPrice(counts, modelId, provider)?.total_price;
  };
}

/** @throws INVALID_ARGUMENT for a price that is negative or not finite. */
export function givenPrice(price: ModelPrice): PriceOf {
  for (const [name, value] of Object.entries(price) as [string, number | undefined][]) {
    if (value !== undefined && !(value >= 0 && value < Infinity)) {
      throw invalidArgument(`price.${name} must be US dollars per million tokens, got ${value}.`);
    }
  }
  const { inputPerMillion, outputPerMillion, cachedInputPerMillion = inputPerMillion } = price;
  return ({ inputTokens, outputTokens, cachedInputTokens = 0 }) => {
    // Some servers count what they had cached beside the input.
    const cached = Math.min(cachedInputTokens, inputTokens);
    const input = (inputTokens - cached) * inputPerMillion + cached * cachedInputPerMillion;
    return (input + outputTokens * outputPerMillion) / 1e6;
  };
}
