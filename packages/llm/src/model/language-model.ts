/** Language models by name, with what stands around a call. */
import type { Budget, BudgetLimits, LanguageModel } from "@hyperfunc/core";
import { diskCache } from "../cache/disk-cache.js";
import { memoryCache } from "../cache/memory-cache.js";
import type { ModelCache } from "../cache/model-cache.js";
import { withCache } from "../cache/with-cache.js";
import { RateLimiter, type RateLimitOptions } from "../limits/rate-limiter.js";
import { sharedLimiter } from "../limits/shared-limiter.js";
import { withRateLimit } from "../limits/with-rate-limit.js";
import { withBudget } from "../middleware/with-budget.js";
import { withFallbacks } from "../middleware/with-fallbacks.js";
import { wrapModel, type ModelMiddleware } from "../middleware/model-middleware.js";
import { withRetry } from "../middleware/with-retry.js";
import { ChatModel, type ChatModelOptions } from "./chat-model.js";

export interface LanguageModelOptions extends ChatModelOptions {
  /** Asked in turn when the model fails. Names share the options cache, rateLimit, retries and timeoutMs. Default none. */
  readonly fallbacks?: readonly (string | LanguageModel)[] | undefined;
  /** Where answers are kept: in memory (true), in a directory, or in a cache of your own. Default false. */
  readonly cache?: boolean | string | ModelCache | undefined;
  /**
   * Whether calls wait for the limits of the endpoint, which are learned from its answers; or limits known beforehand; or a
   * limiter of your own. All models with the same name, address, key and known limits wait in one line. Default true.
   */
  readonly rateLimit?: boolean | RateLimitOptions | RateLimiter | undefined;
  /** Further attempts after a failure that may pass, unless a hyperfunction around has `retries`. Default 2. */
  readonly retries?: number | undefined;
  /** Limits of all calls of this model, for use outside `optimize`. */
  readonly budget?: Budget | BudgetLimits | undefined;
}

/**
 * The model with a name such as `openai/gpt-4o-mini`, `ollama/llama3` or `openrouter/meta-llama/llama-3.3-70b-instruct`.
 *
 * Key and base URL are the arguments, else those of the environment, else the provider's; they are read at the first
 * call.
 *
 * @throws UNRESOLVED_MODEL for an unknown provider, with near names; INVALID_ARGUMENT for bad options. A call throws
 * UNRESOLVED_MODEL when a key is missing, ABORTED, TIMEOUT, BUDGET_EXHAUSTED, and INFRASTRUCTURE with `details.status` and,
 * where the server says so, `details.retryAfterMs`.
 * @example
 * // OPENAI_API_KEY and ANTHROPIC_API_KEY in the environment
 * import { languageModel } from "@hyperfunc/llm";
 * const model = languageModel("openai/gpt-4o-mini", { fallbacks: ["anthropic/claude-3-haiku"], cache: ".cache/llm" });
 * const { content } = await model.generate({ messages: [{ role: "user", content: "Capital of France?" }] });
 * console.log(content); // Paris
 */
export function languageModel(name: string, options: LanguageModelOptions = {}): LanguageModel {
  const { fallbacks = [], cache, rateLimit = true, retries = 2, timeoutMs, budget } = options;
  const model = new ChatModel(name, options);
  // A limiter is the line in front of one endpoint, and fallbacks have their own.
  const ofOthers = rateLimit instanceof RateLimiter ? true : rateLimit;
  const shared = { cache, rateLimit: ofOthers, retries, timeoutMs };
  const others = fallbacks.map((other) => (typeof other === "string" ? languageModel(other, shared) : other));
  const layers: readonly (ModelMiddleware | undefined)[] = [
    budget && withBudget(budget),
    others.length === 0 ? undefined : withFallbacks(others),
    cache === undefined || cache === false
      ? undefined
      : withCache(cacheFor(cache), { scope: () => model.cacheScope() }),
    retries === 0 ? undefined : withRetry({ retries }),
    limitsFor(rateLimit, model),
  ];
  return wrapModel(
    model,
    layers.filter((layer) => layer !== undefined),
  );
}

function cacheFor(cache: true | string | ModelCache): ModelCache {
  if (cache === true) return memoryCache();
  return typeof cache === "string" ? diskCache(cache) : cache;
}

function limitsFor(
  limits: NonNullable<LanguageModelOptions["rateLimit"]>,
  model: ChatModel,
): ModelMiddleware | undefined {
  if (limits === false) return undefined;
  if (limits instanceof RateLimiter) return withRateLimit(limits);
  const told = limits === true ? {} : limits;
  const own = new RateLimiter(told); // which refuses bad limits now, not at the first call
  if (told.clock !== undefined) return withRateLimit(own);
  return withRateLimit(() => sharedLimiter(model.modelId, model.openEndpoint(), told));
}
