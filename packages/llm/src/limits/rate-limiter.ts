/** The line in front of one endpoint. */
import { invalidArgument, onAbort, systemClock, throwIfAborted, type Clock } from "@hyperfunc/core";
import type { Allowance } from "./allowance.js";
import { DeclaredLimit } from "./declared-limit.js";
import type { LimitObservation } from "./limit-headers.js";
import { ObservedLimit } from "./observed-limit.js";
import { shareOf, type CallCost } from "./token-estimate.js";

export interface RateLimitOptions {
  /** Limits that are known beforehand; others are learned from the answers. */
  readonly requestsPerSecond?: number | undefined;
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
  /** Calls in flight at most. Default no limit. */
  readonly maxConcurrent?: number | undefined;
  /** Longest pause in milliseconds that a server may ask for; a call that it refuses for longer fails. Default 300,000. */
  readonly maxPauseMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** A place among the calls in flight. */
export interface Ticket {
  /** What the server said of its limits, and what the call really used. */
  answered(observations: readonly LimitObservation[], actual: CallCost): void;
  /** The server refused because of a limit, and perhaps said for how long. */
  refused(observations: readonly LimitObservation[], retryAfterMs: number | undefined): void;
  /** The call is over, however it ended. */
  release(): void;
}

/** A call that was sent, and how each limit is told what it really used. */
interface InFlight {
  readonly cost: CallCost;
  readonly charges: Map<string, (actual: number) => void>;
}

interface Waiting {
  readonly cost: CallCost;
  readonly enter: (ticket: Ticket) => void;
}

/** Calls that start while nothing is known of the limits; each answer lets one more start. */
const FIRST_CALLS = 8;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Lets calls through as fast as the limits of an endpoint allow, first come, first served.
 *
 * It knows the limits that it was told and learns those in headers. Calls in flight count as sent, before the server has
 * answered. While nothing is known, eight calls start at once and every answer lets one more start; a refusal halves that.
 *
 * @example
 * import { RateLimiter, withRateLimit, wrapModel } from "@hyperfunc/llm";
 * import { scriptedModel } from "@hyperfunc/core/testing";
 * const limiter = new RateLimiter({ requestsPerMinute: 500 });
 * const model = wrapModel(scriptedModel(["Paris"]), [withRateLimit(limiter)]);
 * await model.generate({ messages: [{ role: "user", content: "Capital of France?" }] });
 * console.log(limiter.state.remaining); // { "requests-minute": 499 }
 */
export class RateLimiter {
  readonly maxPauseMs: number;
  readonly #clock: Clock;
  readonly #declared = new Map<string, Allowance>();
  readonly #observed = new Map<string, ObservedLimit>();
  readonly #maxConcurrent: number;
  #started = FIRST_CALLS;
  readonly #inFlight = new Set<InFlight>();
  #refusals = 0;
  #pausedUntil = -Infinity;
  readonly #line: Waiting[] = [];
  #cancelTimer: (() => void) | undefined;

  /** @throws INVALID_ARGUMENT for a limit that is not a positive number. */
  constructor(options: RateLimitOptions = {}) {
    const { clock = systemClock, maxPauseMs = 300_000, maxConcurrent = Infinity } = options;
    const { requestsPerSecond, requestsPerMinute, tokensPerMinute } = options;
    const positive = { requestsPerSecond, requestsPerMinute, tokensPerMinute, maxConcurrent, maxPauseMs };
    for (const [name, value = 1] of Object.entries(positive)) {
      if (!(value > 0))
        throw invalidArgument(`${name} must be a positive number, got ${value}.`, { [name]: value });
    }
    this.maxPauseMs = maxPauseMs;
    this.#clock = clock;
    this.#maxConcurrent = maxConcurrent;
    this.#declare("requests-second", requestsPerSecond, 1000);
    this.#declare("requests-minute", requestsPerMinute, 60_000);
    this.#declare("tokens-minute", tokensPerMinute, 60_000);
  }

  /** A place, if one is free now and nobody waits. */
  tryEnter(cost: CallCost): Ticket | undefined {
    return this.#line.length === 0 && this.#waitMs(cost) === 0 ? this.#enter(cost) : undefined;
  }

  /**
   * Waits for a place; a call that the server refused comes first, not last.
   *
   * @throws ABORTED when the signal aborts before; the place in the line is given up.
   */
  async enter(cost: CallCost, signal?: AbortSignal, order: "first" | "last" = "last"): Promise<Ticket> {
    throwIfAborted(signal);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        cost,
        enter: (ticket) => {
          stopListening();
          resolve(ticket);
        },
      };
      const stopListening = onAbort(signal, (error) => {
        this.#line.splice(this.#line.indexOf(waiting), 1);
        reject(error);
        this.#admit();
      });
      if (order === "first") this.#line.unshift(waiting);
      else this.#line.push(waiting);
      this.#admit();
    });
  }

  /** Lets nobody in for a while: the server said that it is busy. Longer than `maxPauseMs` is not waited for. */
  pause(ms: number): void {
    if (ms <= this.maxPauseMs) this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + ms);
  }

  /** What is known, for people. */
  get state(): {
    readonly inFlight: number;
    readonly waiting: number;
    readonly pausedForMs: number;
    /** What may be used now, by the name of the limit. */
    readonly remaining: Readonly<Record<string, number>>;
  } {
    const now = this.#clock.now();
    return {
      inFlight: this.#inFlight.size,
      waiting: this.#line.length,
      pausedForMs: Math.max(0, this.#pausedUntil - now),
      remaining: Object.fromEntries(
        this.#limits().map(([name, limit]) => [name, Math.floor(limit.remaining(now))]),
      ),
    };
  }

  #declare(name: string, limit: number | undefined, windowMs: number): void {
    if (limit !== undefined && limit !== Infinity)
      this.#declared.set(name, new DeclaredLimit(limit, windowMs));
  }

  #limits(): [name: string, limit: Allowance][] {
    return [...this.#declared, ...this.#observed];
  }

  /** Milliseconds until such a call may start; Infinity when that depends on the end of another. */
  #waitMs(cost: CallCost): number {
    const now = this.#clock.now();
    if (this.#inFlight.size >= this.#maxConcurrent) return Infinity;
    if (this.#observed.size === 0 && this.#declared.size === 0 && this.#inFlight.size >= this.#started)
      return Infinity;
    const waits = this.#limits().map(([name, limit]) => limit.waitMs(shareOf(name, cost), now));
    return Math.max(0, this.#pausedUntil - now, ...waits);
  }

  /** Lets in whom it can, and comes back when the next may enter. */
  #admit(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (let next = this.#line[0]; next !== undefined; next = this.#line[0]) {
      const waitMs = this.#waitMs(next.cost);
      if (waitMs > 0) {
        if (waitMs < Infinity)
          this.#cancelTimer = this.#clock.setTimer(() => this.#admit(), Math.ceil(waitMs));
        return;
      }
      this.#line.shift();
      next.enter(this.#enter(next.cost));
    }
  }

  #enter(cost: CallCost): Ticket {
    const call: InFlight = { cost, charges: new Map() };
    for (const [name, limit] of this.#limits()) this.#charge(call, name, limit);
    this.#inFlight.add(call);
    const settle = (actual: CallCost): void => {
      for (const [name, charge] of call.charges) charge(shareOf(name, actual));
      call.charges.clear();
    };
    return {
      answered: (observations, actual) => {
        settle(actual);
        this.#refusals = 0;
        this.#started++;
        this.#observe(observations, call);
      },
      refused: (observations, retryAfterMs) => {
        settle({ requests: 0, inputTokens: 0, outputTokens: 0 });
        this.#observe(observations, call);
        this.#refuse(observations, retryAfterMs);
      },
      release: () => {
        settle(cost);
        this.#inFlight.delete(call);
        this.#admit();
      },
    };
  }

  #charge({ cost, charges }: InFlight, name: string, limit: Allowance): void {
    charges.set(name, limit.charge(shareOf(name, cost), this.#clock.now()));
  }

  #observe(observations: readonly LimitObservation[], answered: InFlight): void {
    const now = this.#clock.now();
    for (const observation of observations) {
      const { name } = observation;
      const known = this.#observed.get(name);
      if (known !== undefined) {
        known.observe(observation, now);
        continue;
      }
      const limit = new ObservedLimit(observation, now);
      this.#observed.set(name, limit);
      // The server may not have seen the others in flight when it answered this one.
      for (const other of this.#inFlight) if (other !== answered) this.#charge(other, name, limit);
    }
  }

  #refuse(observations: readonly LimitObservation[], retryAfterMs: number | undefined): void {
    for (const { name } of observations) this.#observed.get(name)?.refused();
    // Calls that were in flight together are refused together: that is one refusal.
    const first = this.#clock.now() >= this.#pausedUntil;
    if (first) this.#started = Math.max(1, Math.ceil(this.#started / 2));
    if (retryAfterMs !== undefined) this.pause(retryAfterMs);
    else if (first && observations.every(({ remaining }) => remaining >= 1)) {
      this.pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#refusals++));
    }
  }
}
