import {
  HyperfuncError,
  isFinalFailure,
  isHyperfuncError,
  resolveModel,
  type LanguageModel,
  type Usage,
} from "@hyperfunc/core";
import { answers, type ModelCall, type ModelMiddleware } from "./model-middleware.js";
import { opened } from "./opened.js";

export interface WithFallbacksOptions {
  /** Whether another model is asked after this failure. Default: after failures of the infrastructure. */
  readonly shouldFallBack?: ((failure: unknown) => boolean) | undefined;
}

/**
 * Asks other models in turn when one fails: by default when it cannot be reached, is overloaded, refuses access or takes
 * too long, not when it refuses the request itself.
 *
 * For a budget every model counts at its own bound, and what is searched is what the first model takes. A stream changes
 * models until its first piece.
 *
 * @throws the last model's failure; ABORTED and those of budgets at once. UNRESOLVED_MODEL here, for an unknown name.
 * @example
 * import { withFallbacks, wrapModel } from "@hyperfunc/llm";
 * import { scriptedModel } from "@hyperfunc/core/testing";
 * const down = scriptedModel([Object.assign(new Error("down"), { status: 503 })]);
 * const model = wrapModel(down, [withFallbacks([scriptedModel(["Paris"])])]);
 * const { content } = await model.generate({ messages: [{ role: "user", content: "Capital of France?" }] });
 * console.log(content); // Paris
 */
export function withFallbacks(
  fallbacks: readonly (string | LanguageModel)[],
  { shouldFallBack = isInfrastructure }: WithFallbacksOptions = {},
): ModelMiddleware {
  const others = fallbacks.map((model) => resolveModel(model));
  const layer: ModelMiddleware = async function* (call, next, first) {
    const models = [first, ...others];
    const limit = outputLimit(models);
    const failures: unknown[] = [];
    for (const [index, model] of models.entries()) {
      const own = withLimit(call, model, limit);
      let answer: Awaited<ReturnType<typeof opened>>;
      try {
        answer = await opened(index === 0 ? next(own) : answers(model, own));
      } catch (failure) {
        const over = index === others.length || call.options.signal?.aborted === true;
        if (over || isFinalFailure(failure) || !shouldFallBack(failure)) throw withEarlier(failure, failures);
        failures.push(failure);
        await call.options.onRetry?.(failure);
        continue;
      }
      yield* answer;
      return;
    }
  };
  return Object.assign(layer, {
    describe: (first: LanguageModel) => ({
      maxOutputTokens: outputLimit([first, ...others]),
      costUsd: (usage: Usage) => highestCost([first, ...others], usage),
    }),
  });
}

/** The failure that ended the attempts, which says what went wrong before it. */
function withEarlier(failure: unknown, earlier: readonly unknown[]): unknown {
  if (earlier.length === 0 || !isHyperfuncError(failure) || isFinalFailure(failure)) return failure;
  const before = earlier.map((error) => (error instanceof Error ? error.message : String(error)));
  const { code, retryable, infrastructure, details } = failure;
  return new HyperfuncError(code, `${failure.message} Before it: ${before.join(" Before it: ")}`, {
    retryable,
    infrastructure,
    details: { ...details, before },
  });
}

/** What all of them can answer; undefined when that is unknown of one. */
function outputLimit(models: readonly LanguageModel[]): number | undefined {
  const limits = models.map(({ maxOutputTokens }) => maxOutputTokens ?? NaN);
  const limit = Math.min(...limits);
  return Number.isNaN(limit) ? undefined : limit;
}

/** Budgets reserve what the model around says it answers at most, so no model may answer more; nor more than it can. */
function withLimit(
  call: ModelCall,
  { maxOutputTokens }: LanguageModel,
  limit: number | undefined,
): ModelCall {
  const { request } = call;
  const asked = request.maxTokens ?? (maxOutputTokens === limit ? undefined : limit);
  if (asked === undefined) return call;
  return { ...call, request: { ...request, maxTokens: Math.min(asked, maxOutputTokens ?? Infinity) } };
}

function highestCost(models: readonly LanguageModel[], usage: Usage): number | undefined {
  const highest = Math.max(...models.map((model) => model.costUsd?.(usage) ?? NaN));
  return Number.isNaN(highest) ? undefined : highest;
}

function isInfrastructure(failure: unknown): boolean {
  return isHyperfuncError(failure) && failure.infrastructure;
}
