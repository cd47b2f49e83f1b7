import { onAbort } from "./abort.js";
import { systemClock, type Clock } from "./clock.js";

/**
 * Resolves after `ms` milliseconds; an abort rejects at once and clears the timer.
 *
 * @throws ABORTED, or the signal's reason when that is a Hyperfunc error.
 */
export async function sleep(ms: number, signal?: AbortSignal, clock: Clock = systemClock): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const cancel = clock.setTimer(() => {
      stopListening();
      resolve();
    }, ms);
    const stopListening = onAbort(signal, (error) => {
      cancel();
      reject(error);
    });
  });
}
