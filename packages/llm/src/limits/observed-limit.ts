/** A limit that a server tells in the headers of its answers. */
import type { Allowance } from "./allowance.js";
import type { LimitObservation } from "./limit-headers.js";

/** Where a server does not say when all is there again. */
const USUAL_WINDOW_MS = 60_000;
/** Between a clock here and one there: networks deliver one request faster than the one before it. */
const MARGIN_MS = 5;

interface Seen {
  readonly used: number;
  readonly resetMs: number;
  readonly at: number;
}

/**
 * Follows what is left on the server: what it said last, less what was sent since, more what has come back.
 *
 * Servers give back all at once when a window ends, or steadily, as into a bucket. Which, shows when two answers are
 * compared: with more used, the time until all is there again has shrunk by what has passed, or grown with the use.
 */
export class ObservedLimit implements Allowance {
  #limit: number;
  #told: number | undefined;
  #level: number;
  /** When the level was computed. */
  #at: number;
  #steady = true;
  /** Whether answers have shown which. */
  #certain = false;
  /** Of a bucket: what comes back per millisecond, at least and at most. */
  #rate: { readonly low: number; readonly high: number } | undefined;
  /** When all is there again. */
  #resetAt: number;
  #windowMs: number;
  /** Charged by calls that are not answered: the server may have seen them or not. */
  #unanswered = 0;
  #seen: Seen | undefined;

  /** The latest sent of the calls whose answers were looked at. */
  #sent: number;

  constructor({ limit, remaining, resetMs }: LimitObservation, sent: number, now: number) {
    this.#sent = sent;
    this.#limit = Math.max(limit ?? 0, remaining, 1);
    this.#level = remaining;
    this.#at = now;
    this.#windowMs = Math.max(1, resetMs ?? USUAL_WINDOW_MS);
    this.#resetAt = now + this.#windowMs;
    this.#told = limit;
    if (resetMs !== undefined) this.#learn({ used: this.#limit - remaining, resetMs, at: now });
  }

  /** The most that may be used, if an answer has told. */
  get told(): number | undefined {
    return this.#told;
  }

  /** @param sent The order in which the answered call was sent: an earlier one's answer tells of an earlier time. */
  observe({ limit, remaining, resetMs }: LimitObservation, sent: number, now: number): void {
    if (sent < this.#sent) return;
    this.#sent = sent;
    this.#advance(now);
    this.#limit = Math.max(limit ?? this.#limit, remaining, 1);
    this.#told = limit ?? this.#told;
    if (resetMs !== undefined) this.#learn({ used: this.#limit - remaining, resetMs, at: now });
    this.#level = Math.min(remaining, Math.max(remaining - this.#unanswered, this.#level));
  }

  /**
   * The server refused what should have been left: while nothing has shown which it is, a window is more likely, unless
   * there will be something again well before all is.
   */
  refused(retryAfterMs: number | undefined, now: number): void {
    if (!this.#certain) this.#steady = retryAfterMs !== undefined && retryAfterMs < (this.#resetAt - now) / 2;
  }

  waitMs(amount: number, now: number): number {
    this.#advance(now);
    const missing = Math.min(amount, this.#limit) - this.#level;
    if (missing <= 0) return 0;
    const untilReset = Math.max(0, this.#resetAt - now);
    const rate = this.#steadyRate();
    const until = rate === undefined ? untilReset : missing / rate;
    return until + MARGIN_MS;
  }

  remaining(now: number): number {
    this.#advance(now);
    return Math.max(0, this.#level);
  }

  charge(amount: number, now: number): (actual: number) => void {
    this.#advance(now);
    this.#level -= amount;
    this.#unanswered += amount;
    return (actual) => {
      this.#level += amount - actual;
      this.#unanswered -= amount;
    };
  }

  #advance(now: number): void {
    const passed = Math.max(0, now - this.#at);
    this.#at = Math.max(now, this.#at);
    const rate = this.#steadyRate();
    // Nothing comes back for what the server has not seen.
    const most = this.#limit - this.#unanswered;
    if (rate !== undefined) this.#level = Math.max(this.#level, Math.min(most, this.#level + passed * rate));
    if (now < this.#resetAt) return;
    if (rate === undefined) this.#level = Math.max(this.#level, most);
    this.#resetAt = now + this.#windowMs;
    this.#seen = undefined;
  }

  #steadyRate(): number | undefined {
    return this.#steady && this.#rate !== undefined ? (this.#rate.low + this.#rate.high) / 2 : undefined;
  }

  #learn(now: Seen): void {
    const { used, resetMs, at } = now;
    this.#resetAt = at + resetMs;
    this.#windowMs = Math.max(this.#windowMs, resetMs);
    const before = this.#seen;
    if (before === undefined || used <= before.used || at - before.at >= before.resetMs) {
      this.#seen = now;
    } else if (before.used > 0) {
      const ofWindow = before.resetMs - (at - before.at);
      const ofBucket = (before.resetMs * used) / before.used;
      if (Math.abs(ofWindow - ofBucket) > 0.2 * ofBucket) {
        this.#steady = Math.abs(resetMs - ofBucket) < Math.abs(resetMs - ofWindow);
        this.#certain = true;
      }
    }
    if (used > 0 && resetMs > 0) this.#narrow((used - 1) / resetMs, used / resetMs);
  }

  /** Servers round what is left down to whole numbers, so one answer gives a range; many give a narrow one. */
  #narrow(low: number, high: number): void {
    const both = {
      low: Math.max(low, this.#rate?.low ?? 0),
      high: Math.min(high, this.#rate?.high ?? Infinity),
    };
    this.#rate = both.low <= both.high ? both : { low, high };
  }
}
