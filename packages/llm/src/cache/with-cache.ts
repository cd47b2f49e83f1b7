import { onAbort, type ModelChunk, type ModelResponse } from "@hyperfunc/core";
import type { ModelCall, ModelMiddleware } from "../middleware/model-middleware.js";
import { decoded } from "../model/decode.js";
import { cacheKey } from "./cache-key.js";
import { memoryCache } from "./memory-cache.js";
import type { CachedAnswer, ModelCache } from "./model-cache.js";

export interface WithCacheOptions {
  /** What tells models of the same name apart, such as their base URL; hashed, not stored. */
  readonly scope?: string | (() => string) | undefined;
}

/**
 * Answers a request that was answered before from a cache: it costs nothing, its usage is 0, and `cached` is true.
 *
 * Requests are the same when all of them is, sampling parameters and `rollout` included: give repeated samples of one
 * request rollouts of their own. Equal requests in flight at the same time are one. `raw` is not kept.
 *
 * @example
 * import { withCache, wrapModel } from "@hyperfunc/llm";
 * import { scriptedModel } from "@hyperfunc/core/testing";
 * const model = wrapModel(scriptedModel(["Paris", "paris"]), [withCache()]);
 * const messages = [{ role: "user" as const, content: "Capital of France?" }];
 * const answers = [{ messages }, { messages }, { messages, rollout: 1 }].map((request) => model.generate(request));
 * console.log((await Promise.all(answers)).map(({ content }) => content)); // ["Paris", "Paris", "paris"]
 */
export function withCache(
  cache: ModelCache = memoryCache(),
  { scope }: WithCacheOptions = {},
): ModelMiddleware {
  const inFlight = new Map<string, Promise<CachedAnswer | undefined>>();
  let warned = false;
  // A cache that fails is as good as none, and the answer is worth more.
  const warn = (error: unknown): undefined => {
    if (!warned) process.emitWarning(`The cache fails: ${String(error)}`, "HyperfuncWarning");
    warned = true;
  };
  const found = async (key: string): Promise<CachedAnswer | undefined> => {
    try {
      return await cache.get(key);
    } catch (error) {
      return warn(error);
    }
  };
  const keep = async (key: string, answer: CachedAnswer): Promise<void> => {
    try {
      await cache.set(key, answer);
    } catch (error) {
      warn(error);
    }
  };
  return async function* (call, next, model) {
    const key = cacheKey(model, call.request, typeof scope === "function" ? scope() : scope);
    // Whoever reads a stream may ask the same in between, so a stream is waited for by nobody.
    const leads = !call.streamed;
    for (let first = inFlight.get(key); first !== undefined; first = inFlight.get(key)) {
      const answer = await answerOf(first, call);
      if (answer === undefined) continue;
      yield* replayed(answer, call);
      return;
    }
    let tell: (answer: CachedAnswer | undefined) => void = () => undefined;
    const mine = new Promise<CachedAnswer | undefined>((resolve) => (tell = resolve));
    if (leads) inFlight.set(key, mine);
    const finish = (answer: CachedAnswer | undefined): void => {
      if (inFlight.get(key) === mine) inFlight.delete(key);
      tell(answer);
    };
    try {
      const known = await found(key);
      if (known !== undefined) {
        finish(known);
        yield* replayed(known, call);
        return;
      }
      for await (const chunk of next(alone(call, finish))) {
        if (chunk.type === "finish") {
          const answer = kept(chunk.response);
          await keep(key, answer);
          finish(answer);
        }
        yield chunk;
      }
    } finally {
      finish(undefined);
    }
  };
}

/** A call that fails once goes its own way: what waits for it may hold the budget that its next attempt needs. */
function alone(call: ModelCall, finish: (answer: undefined) => void): ModelCall {
  const onRetry = async (failure: unknown): Promise<void> => {
    finish(undefined);
    await call.options.onRetry?.(failure);
  };
  return { ...call, options: { ...call.options, onRetry } };
}

/** Waits for an equal call, without holding the place that it may need. */
function answerOf(
  first: Promise<CachedAnswer | undefined>,
  { options: { signal, pause = atOnce } }: ModelCall,
): Promise<CachedAnswer | undefined> {
  const wait = (): Promise<CachedAnswer | undefined> =>
    new Promise((resolve, reject) => {
      const stopListening = onAbort(signal, reject);
      void first.then(resolve).finally(stopListening);
    });
  return pause(wait);
}

async function atOnce<T>(wait: () => Promise<T>): Promise<T> {
  return wait();
}

/** A copy, which nobody else can change. */
function kept({ content, usage, finishReason, model, toolCalls }: CachedAnswer): CachedAnswer {
  const calls = toolCalls?.map((call) => ({ ...call }));
  return { content, usage, finishReason, model, ...(calls === undefined ? {} : { toolCalls: calls }) };
}

function* replayed(
  answer: CachedAnswer,
  { request: { schema }, streamed }: ModelCall,
): Generator<ModelChunk> {
  const read = schema === undefined ? undefined : decoded(answer.content, schema, answer.finishReason);
  const response: ModelResponse = {
    ...kept(answer),
    usage: { inputTokens: 0, outputTokens: 0, totalTokens: 0 },
    costUsd: 0,
    cached: true,
    ...(read?.ok === true ? { parsed: read.value } : {}),
  };
  if (streamed && answer.content !== "") yield { type: "text", text: answer.content };
  yield { type: "finish", response };
}
