import type { Allowance } from "./allowance.js";

interface Charge {
  readonly at: number;
  amount: number;
  /** Whether it still counts. */
  counts: boolean;
}

/**
 * A limit that the user tells: at most so much within any stretch of some length. That is the strictest reading of a limit,
 * so it holds on servers with fixed windows, sliding windows and buckets.
 */
export class DeclaredLimit implements Allowance {
  readonly #limit: number;
  readonly #windowMs: number;
  #charges: Charge[] = [];
  #used = 0;

  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  waitMs(amount: number, now: number): number {
    this.#forget(now);
    let over = this.#used + Math.min(amount, this.#limit) - this.#limit;
    for (const charge of this.#charges) {
      if (over <= 0) break;
      over -= charge.amount;
      if (over <= 0) return charge.at + this.#windowMs - now;
    }
    return 0;
  }

  remaining(now: number): number {
    this.#forget(now);
    return Math.max(0, this.#limit - this.#used);
  }

  charge(amount: number, now: number): (actual: number) => void {
    const charge: Charge = { at: now, amount, counts: true };
    this.#charges.push(charge);
    this.#used += amount;
    return (actual) => {
      if (charge.counts) this.#used += actual - charge.amount;
      charge.amount = actual;
    };
  }

  #forget(now: number): void {
    const kept = this.#charges.findIndex(({ at }) => at + this.#windowMs > now);
    const gone = this.#charges.splice(0, kept < 0 ? this.#charges.length : kept);
    for (const charge of gone) {
      this.#used -= charge.amount;
      charge.counts = false;
    }
  }
}
