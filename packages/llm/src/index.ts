/** Language models by name: providers, limits, caches, budgets, structured output, streaming. */
import "./model/resolver.js";

export { languageModel, type LanguageModelOptions } from "./model/language-model.js";
export type { ChatModelOptions } from "./model/chat-model.js";
export { llmCompletion, type ParsedResponse } from "./completion/llm-completion.js";
export {
  makeLlmCompletion,
  type CompletionInput,
  type MakeLlmCompletionOptions,
} from "./completion/make-llm-completion.js";
export type { CompletionOptions, SamplingValues } from "./completion/request.js";
export { streamCompletion } from "./completion/stream-completion.js";
export { providerNames, registerProvider, type ProviderOptions } from "./providers/registry.js";
export type { Provider, SamplingParameter, SchemaSupport } from "./providers/provider.js";

export {
  wrapModel,
  type ModelCall,
  type ModelDescription,
  type ModelMiddleware,
  type ModelNext,
} from "./middleware/model-middleware.js";
export { withBudget } from "./middleware/with-budget.js";
export { withFallbacks, type WithFallbacksOptions } from "./middleware/with-fallbacks.js";
export { withRetry, type WithRetryOptions } from "./middleware/with-retry.js";
export { UsageMeter, withUsage, type ModelUsage } from "./middleware/with-usage.js";
export { RateLimiter, type RateLimitOptions } from "./limits/rate-limiter.js";
export { withRateLimit } from "./limits/with-rate-limit.js";
export { diskCache, type DiskCacheOptions } from "./cache/disk-cache.js";
export { memoryCache } from "./cache/memory-cache.js";
export type { CachedAnswer, ModelCache } from "./cache/model-cache.js";
export { withCache, type WithCacheOptions } from "./cache/with-cache.js";
export { fromAiSdk, type AiSdkModel, type FromAiSdkOptions } from "./ai-sdk/from-ai-sdk.js";
export type { ModelPrice } from "./prices/model-price.js";
