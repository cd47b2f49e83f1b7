/** Time as a dependency, so that everything that waits or measures can be tested without waiting. */

/** A clock with timers. Times are milliseconds; only differences between two readings of one clock mean anything. */
export interface Clock {
  now(): number;
  /** Calls `callback` once after `ms` milliseconds; the returned function cancels it and may be called at any time. */
  setTimer(callback: () => void, ms: number): () => void;
}

/** Node fires a longer timeout at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The machine's clock: milliseconds since 1970 that never jump back, because they continue monotonically from start-up. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  setTimer(callback, ms) {
    let left = ms;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const step = Math.min(left, LONGEST_TIMEOUT_MS);
      left -= step;
      timer = setTimeout(left > 0 ? arm : callback, step);
    };
    arm();
    return () => clearTimeout(timer);
  },
};
