/** Trying again after failures that may pass, with growing random pauses. */
import { isFinalFailure } from "../errors/final-failure.js";
import { isHyperfuncError } from "../errors/hyperfunc-error.js";
import type { Rng } from "../rng/rng.js";
import { abortError, throwIfAborted } from "./abort.js";
import { systemClock, type Clock } from "./clock.js";
import { sleep } from "./sleep.js";

export interface BackoffOptions {
  /** Upper end of the first pause in milliseconds. Default 500. */
  readonly baseMs?: number;
  /** Growth of the upper end per attempt. Default 2. */
  readonly factor?: number;
  /** Largest upper end in milliseconds. Default 30,000. */
  readonly maxMs?: number;
  readonly rng: Rng;
  /** What the server asked for (`retry-after`): the pause is at least this long. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * The pause after failed attempt number `attempt` (from 0) in milliseconds: uniform between 0 and
 * `min(maxMs, baseMs * factor ** attempt)` ("full jitter", which spreads clients that failed together best), on top of
 * what the server asked for.
 */
export function backoff(attempt: number, options: BackoffOptions): number {
  const { baseMs = 500, factor = 2, maxMs = 30_000, rng, retryAfterMs = 0 } = options;
  return retryAfterMs + rng.uniform() * Math.min(maxMs, baseMs * factor ** attempt);
}

export interface RetryOptions extends Omit<BackoffOptions, "retryAfterMs"> {
  /** Attempts after the first; 0 tries once. */
  readonly retries: number;
  readonly signal?: AbortSignal | undefined;
  /** Longest pause a server may ask for (`error.details.retryAfterMs`); a longer one ends the attempts. Default 300,000. */
  readonly maxRetryAfterMs?: number;
  /** Whether a failure may pass. Default: what a Hyperfunc error says of itself, and true for any other error. */
  readonly shouldRetry?: (error: unknown) => boolean;
  /** Told of a failure that will be followed by another attempt, before the pause; when it rejects, there is none. */
  readonly onRetry?: (failure: {
    readonly attempt: number;
    readonly error: unknown;
    readonly pauseMs: number;
  }) => void | PromiseLike<void>;
  /** Runs the pauses, for example without a place among concurrent calls. */
  readonly pause?: (<T>(wait: () => Promise<T>) => Promise<T>) | undefined;
  readonly clock?: Clock;
}

/**
 * Whether another attempt may succeed: a Hyperfunc error says so itself, and any other error, for example of the user's
 * code, gets the benefit of the doubt.
 */
function isRetryable(error: unknown): boolean {
  return isHyperfuncError(error) ? error.retryable : true;
}

/**
 * Calls `fn` until it succeeds, at most `retries` times more, and rethrows the last failure. `fn` is given the number of
 * the attempt, from 0.
 *
 * ABORTED, CALL_LIMIT, BUDGET_EXHAUSTED and BUDGET_UNBOUNDED are never retried, and nothing is after an abort.
 *
 * @throws the last failure of `fn`; ABORTED when the signal aborts.
 */
export async function retry<T>(
  fn: (attempt: number) => T | PromiseLike<T>,
  options: RetryOptions,
): Promise<T> {
  const {
    retries,
    signal,
    maxRetryAfterMs = 300_000,
    shouldRetry = isRetryable,
    onRetry,
    pause = (wait) => wait(),
    clock = systemClock,
  } = options;
  for (let attempt = 0; ; attempt++) {
    throwIfAborted(signal);
    try {
      return await fn(attempt);
    } catch (error) {
      if (signal?.aborted === true) throw abortError(signal);
      const retryAfterMs = requestedPause(error);
      const hopeless = isFinalFailure(error) || !shouldRetry(error);
      if (attempt >= retries || hopeless || (retryAfterMs ?? 0) > maxRetryAfterMs) throw error;
      const pauseMs = backoff(attempt, { ...options, retryAfterMs });
      await onRetry?.({ attempt, error, pauseMs });
      await pause(() => sleep(pauseMs, signal, clock));
    }
  }
}

function requestedPause(error: unknown): number | undefined {
  const asked = isHyperfuncError(error) ? error.details["retryAfterMs"] : undefined;
  return typeof asked === "number" && asked > 0 ? asked : undefined;
}
