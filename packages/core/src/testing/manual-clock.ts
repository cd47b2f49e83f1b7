import type { Clock } from "../concurrency/clock.js";

/** A clock that stands still until told otherwise. */
export interface ManualClock extends Clock {
  /** Number of timers that have neither fired nor been cancelled. */
  readonly pending: number;
  /** Moves time forward by `ms` milliseconds, firing timers in order and letting what they start run in between. */
  advance(ms: number): Promise<void>;
  /** Moves time forward until no timer is left. */
  runAll(): Promise<void>;
}

/**
 * A clock for tests.
 *
 * @param start What it shows at first, in milliseconds. Default 0.
 * @example
 * import { manualClock, scriptedModel } from "@hyperfunc/core/testing";
 * const clock = manualClock();
 * const model = scriptedModel(["a minute later"], { delayMs: 60_000, clock });
 * const reply = model.generate({ messages: [] });
 * await clock.advance(60_000);
 * console.log((await reply).content); // a minute later
 */
export function manualClock(start = 0): ManualClock {
  let now = start;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  const advanceTo = async (end: number): Promise<void> => {
    await settled();
    for (;;) {
      const next = [...timers].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      now = Math.max(now, next.at);
      timers.delete(next);
      next.callback();
      await settled();
    }
    now = Math.max(now, Number.isFinite(end) ? end : now);
  };

  return {
    now: () => now,
    setTimer(callback, ms) {
      const timer = { at: now + Math.max(0, ms), callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    get pending() {
      return timers.size;
    },
    advance: (ms) => advanceTo(now + ms),
    runAll: () => advanceTo(Infinity),
  };
}

/** After a turn of the event loop every promise that can settle has. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
