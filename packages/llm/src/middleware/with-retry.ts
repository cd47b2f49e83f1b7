import { createRng, invalidArgument, retry, type RetryOptions } from "@hyperfunc/core";
import type { ModelMiddleware } from "./model-middleware.js";
import { opened } from "./opened.js";

export interface WithRetryOptions extends Omit<
  RetryOptions,
  "retries" | "rng" | "signal" | "onRetry" | "pause"
> {
  /** Attempts after the first. Default 2. */
  readonly retries?: number | undefined;
}

/**
 * Repeats failures that may pass, after a random pause of up to 0.5, 1, 2, … 30 seconds, or what the server asks for.
 *
 * One layer repeats, never two: under a hyperfunction with `retries`, or another `withRetry`, there is one attempt. Every
 * attempt is booked by the budgets around. A stream is repeated until its first piece. A run's place among concurrent calls
 * is free during a pause.
 *
 * @throws INVALID_ARGUMENT unless `retries` is a whole number from 0.
 * @example
 * import { withRetry, wrapModel } from "@hyperfunc/llm";
 * import { scriptedModel } from "@hyperfunc/core/testing";
 * const busy = Object.assign(new Error("busy"), { status: 503 });
 * const model = wrapModel(scriptedModel([busy, "Paris"]), [withRetry({ baseMs: 1 })]);
 * const { content } = await model.generate({ messages: [{ role: "user", content: "Capital of France?" }] });
 * console.log(content); // Paris
 */
export function withRetry({ retries = 2, ...options }: WithRetryOptions = {}): ModelMiddleware {
  if (!(Number.isSafeInteger(retries) && retries >= 0)) {
    throw invalidArgument(`retries must be a whole number from 0, got ${retries}.`);
  }
  return async function* (call, next) {
    if (call.options.retried === true) {
      yield* next(call);
      return;
    }
    const inner = { ...call, options: { ...call.options, retried: true } };
    const { signal, pause, onRetry } = call.options;
    const rng = createRng(Math.floor(Math.random() * 2 ** 32));
    yield* await retry(() => opened(next(inner)), {
      ...options,
      retries,
      rng,
      signal,
      pause,
      onRetry: ({ error }) => onRetry?.(error),
    });
  };
}
