import { setMaxListeners } from "node:events";
import { HyperfuncError, invalidArgument } from "../errors/hyperfunc-error.js";
import { onAbort, throwIfAborted } from "./abort.js";
import { systemClock, type Clock } from "./clock.js";

export interface TimeoutOptions {
  /** Milliseconds, greater than 0. */
  readonly timeoutMs: number;
  /** The caller's signal: its abort reaches `fn`, too. */
  readonly signal?: AbortSignal | undefined;
  /** What takes too long, for the message: `hyperfunction "classify"`. Default "The call". */
  readonly what?: string;
  readonly clock?: Clock;
}

/**
 * Runs `fn` with a signal of its own and settles in time, whether or not `fn` heeds the signal.
 *
 * A timeout counts as a failure of the infrastructure, not of the program: the same call may well succeed when the
 * machine or the network is less busy, so it is retryable and never becomes a score. Timer and listener are gone when
 * the promise settles; what a deaf `fn` returns or throws later is dropped.
 *
 * @throws TIMEOUT (retryable), ABORTED when the caller's signal aborts, INVALID_ARGUMENT for a bad `timeoutMs`.
 */
export async function withTimeout<T>(
  fn: (signal: AbortSignal) => T | PromiseLike<T>,
  options: TimeoutOptions,
): Promise<T> {
  const { timeoutMs, signal, what = "The call", clock = systemClock } = options;
  if (!(timeoutMs > 0) || timeoutMs === Infinity) {
    throw invalidArgument(
      `timeoutMs must be a positive number of milliseconds, got ${timeoutMs}; leave it out for none.`,
      {
        timeoutMs,
      },
    );
  }
  throwIfAborted(signal);
  const controller = new AbortController();
  // However many calls inside listen, it is no leak.
  setMaxListeners(Infinity, controller.signal);
  return new Promise<T>((resolve, reject) => {
    const stop = (error: HyperfuncError): void => {
      reject(error);
      cleanUp();
      controller.abort(error);
    };
    const cancelTimer = clock.setTimer(() => stop(timeoutError(what, timeoutMs)), timeoutMs);
    const stopListening = onAbort(signal, stop);
    const cleanUp = (): void => {
      cancelTimer();
      stopListening();
    };
    const body = async (): Promise<T> => fn(controller.signal);
    body().finally(cleanUp).then(resolve, reject);
  });
}

function timeoutError(what: string, timeoutMs: number): HyperfuncError {
  return new HyperfuncError(
    "TIMEOUT",
    `${what} took longer than ${timeoutMs} ms (timeoutMs). Raise timeoutMs, or retry.`,
    {
      retryable: true,
      infrastructure: true,
      details: { timeoutMs },
    },
  );
}
