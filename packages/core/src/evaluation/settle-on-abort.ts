import { onAbort } from "../concurrency/abort.js";

/**
 * The outcome of `work`, or ABORTED as soon as the signal aborts. Programs and metrics need not heed the signal: what
 * they still do goes on until their next call, which is refused, and its outcome is dropped.
 */
export function settleOnAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stopListening = onAbort(signal, reject);
    work.finally(stopListening).then(resolve, reject);
  });
}
