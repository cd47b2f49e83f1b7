/** What an abort looks like to the code that is aborted, and listening for one without leaving a listener behind. */
import { HyperfuncError, isHyperfuncError } from "../errors/hyperfunc-error.js";

/**
 * The error to throw under an aborted signal: the signal's reason when that is a Hyperfunc error (a timeout, an
 * exhausted budget), otherwise `ABORTED` with the reason as cause.
 */
export function abortError(signal: AbortSignal): HyperfuncError {
  const reason: unknown = signal.reason;
  if (isHyperfuncError(reason)) return reason;
  return new HyperfuncError("ABORTED", "The operation was aborted through its signal.", {
    infrastructure: true,
    cause: reason,
  });
}

/**
 * Throws when the signal is aborted.
 *
 * @throws ABORTED, or the signal's reason when that is a Hyperfunc error.
 */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal);
}

const NOTHING = (): void => undefined;

/**
 * Calls `listener` once when the signal aborts, at once when it already has; the returned function removes it. Without a
 * signal nothing happens.
 */
export function onAbort(
  signal: AbortSignal | undefined,
  listener: (error: HyperfuncError) => void,
): () => void {
  if (signal === undefined) return NOTHING;
  const notify = (): void => listener(abortError(signal));
  if (signal.aborted) {
    notify();
    return NOTHING;
  }
  signal.addEventListener("abort", notify, { once: true });
  return () => signal.removeEventListener("abort", notify);
}
