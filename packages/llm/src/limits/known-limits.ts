import type { Clock } from "@hyperfunc/core";
import type { Allowance } from "./allowance.js";
import { DeclaredLimit } from "./declared-limit.js";
import type { LimitObservation } from "./limit-headers.js";
import { ObservedLimit } from "./observed-limit.js";
import { shareOf, type CallCost } from "./token-estimate.js";

/** How far above a limit an expectation of tokens has to be, to be no matter of its error. */
const CLEARLY = 1.5;

/** A call that was sent, and how each limit is told what it really used. */
export class SentCall {
  readonly cost: CallCost;
  /** In the order of sending. */
  readonly order: number;
  readonly #charges = new Map<string, (actual: number) => void>();

  constructor(cost: CallCost, order: number) {
    this.cost = cost;
    this.order = order;
  }

  charge(name: string, limit: Allowance, now: number): void {
    this.#charges.set(name, limit.charge(shareOf(name, this.cost), now));
  }

  /** Says what it really used, once; figures that are none stay as expected. */
  settle(actual: CallCost): void {
    for (const [name, charge] of this.#charges) {
      const amount = shareOf(name, actual);
      charge(amount >= 0 && amount < Infinity ? amount : shareOf(name, this.cost));
    }
    this.#charges.clear();
  }
}

/** The limits of one endpoint: those that were told, and those that its answers have told. */
export class KnownLimits {
  readonly #clock: Clock;
  readonly #declared = new Map<string, DeclaredLimit>();
  readonly #observed = new Map<string, ObservedLimit>();
  #sent = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  declare(name: string, limit: number | undefined, windowMs: number): void {
    if (limit === undefined || limit === Infinity) return;
    // Less than one in a window is one in a longer window.
    const longer = Math.max(1, 1 / limit);
    this.#declared.set(name, new DeclaredLimit(limit * longer, windowMs * longer));
  }

  /** Calls sent so far. */
  get sent(): number {
    return this.#sent;
  }

  get any(): boolean {
    return this.#observed.size + this.#declared.size > 0;
  }

  /** What may be used now, by the name of the limit. */
  get remaining(): Readonly<Record<string, number>> {
    const now = this.#clock.now();
    return Object.fromEntries(this.#all().map(([name, limit]) => [name, Math.floor(limit.remaining(now))]));
  }

  /** Milliseconds until such a call may be sent. */
  waitMs(cost: CallCost): number {
    return Math.max(this.declaredWait(cost), this.observedWait(cost).waitMs);
  }

  /** The longest wait that the limits ask for that were told. */
  declaredWait(cost: CallCost): number {
    return this.#longest(this.#declared, cost).waitMs;
  }

  /** The longest wait that the server's own limits ask for. */
  observedWait(cost: CallCost): { readonly name: string; readonly waitMs: number } {
    return this.#longest(this.#observed, cost);
  }

  /** The server's limit that is clearly below what such a call uses, if there is one. */
  exceeded(
    cost: CallCost,
  ): { readonly name: string; readonly limit: number; readonly used: number } | undefined {
    for (const [name, { told = 0 }] of this.#observed) {
      const used = shareOf(name, cost);
      if (told > 0 && used > told * CLEARLY) return { name, limit: told, used };
    }
    return undefined;
  }

  /** Charges a call that is sent now. */
  send(cost: CallCost): SentCall {
    const now = this.#clock.now();
    const call = new SentCall(cost, this.#sent++);
    for (const [name, limit] of this.#all()) call.charge(name, limit, now);
    return call;
  }

  /** Learns from an answer; `others` are in flight, and the server may not have seen them when it answered. */
  observe(observations: readonly LimitObservation[], answered: SentCall, others: Iterable<SentCall>): void {
    const now = this.#clock.now();
    for (const observation of observations) {
      const { name } = observation;
      const known = this.#observed.get(name);
      if (known !== undefined) {
        known.observe(observation, answered.order, now);
        continue;
      }
      const limit = new ObservedLimit(observation, answered.order, now);
      this.#observed.set(name, limit);
      for (const other of others) if (other !== answered) other.charge(name, limit, now);
    }
  }

  /** The server refused what these limits allowed, and perhaps said for how long. */
  refused(observations: readonly LimitObservation[], retryAfterMs: number | undefined): void {
    const now = this.#clock.now();
    for (const { name } of observations) this.#observed.get(name)?.refused(retryAfterMs, now);
  }

  #longest(
    limits: ReadonlyMap<string, Allowance>,
    cost: CallCost,
  ): { readonly name: string; readonly waitMs: number } {
    const now = this.#clock.now();
    return [...limits]
      .map(([name, limit]) => ({ name, waitMs: limit.waitMs(shareOf(name, cost), now) }))
      .reduce((longest, next) => (next.waitMs > longest.waitMs ? next : longest), { name: "", waitMs: 0 });
  }

  #all(): [name: string, limit: Allowance][] {
    return [...this.#declared, ...this.#observed];
  }
}
