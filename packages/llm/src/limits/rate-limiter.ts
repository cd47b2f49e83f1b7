/** The line in front of one endpoint. */
import {
  invalidArgument,
  onAbort,
  systemClock,
  throwIfAborted,
  type Clock,
  type HyperfuncError,
} from "@hyperfunc/core";
import { KnownLimits, type SentCall } from "./known-limits.js";
import type { LimitObservation } from "./limit-headers.js";
import { Pauses } from "./pauses.js";
import type { CallCost } from "./token-estimate.js";

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
  /** A stream has begun: it ends when its reader wants, so nobody waits for that to learn of the limits. */
  begun(): void;
  /** The server refused because of a limit, and perhaps said for how long. */
  refused(observations: readonly LimitObservation[], retryAfterMs: number | undefined): void;
  /** The call is over, however it ended. */
  release(): void;
  /** The call was not sent. */
  cancel(): void;
}

export interface EnterOptions {
  /** Its place: who arrived earlier is served earlier, also when he comes again after a refusal. Default the last. */
  readonly arrival?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Waiting {
  readonly cost: CallCost;
  readonly arrival: number;
  readonly enter: (ticket: Ticket) => void;
}

/** Calls that start while nothing is known of the limits; each answer lets one more start. */
const FIRST_CALLS = 8;

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
  readonly clock: Clock;
  readonly pauses: Pauses;
  readonly #limits: KnownLimits;
  readonly #maxConcurrent: number;
  #started = FIRST_CALLS;
  readonly #inFlight = new Set<SentCall>();
  /** Those among them that are streams which have begun. */
  readonly #begun = new Set<SentCall>();
  /** Whether the server refused more than its limits say: then the number of calls in flight is limited, too. */
  #crowded = false;
  #arrivals = 0;
  /** Calls sent by the time of the latest refusal. */
  #sentBefore = 0;
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
    this.clock = clock;
    this.pauses = new Pauses(maxPauseMs, clock);
    this.#maxConcurrent = maxConcurrent;
    this.#limits = new KnownLimits(clock);
    this.#limits.declare("requests-second", requestsPerSecond, 1000);
    this.#limits.declare("requests-minute", requestsPerMinute, 60_000);
    this.#limits.declare("tokens-minute", tokensPerMinute, 60_000);
  }

  /** A place in the order of arrival. */
  arrive(): number {
    return this.#arrivals++;
  }

  /** A ticket, if a call may be sent now and nobody waits. */
  tryEnter(cost: CallCost): Ticket | undefined {
    return this.#line.length === 0 && this.#waitMs(cost) === 0 ? this.#enter(cost) : undefined;
  }

  /**
   * Waits for a ticket, in the order of arrival.
   *
   * @throws ABORTED when the signal aborts before; the place in the line is given up.
   */
  async enter(cost: CallCost, { arrival = this.arrive(), signal }: EnterOptions = {}): Promise<Ticket> {
    throwIfAborted(signal);
    return new Promise((resolve, reject) => {
      const leave = (error: HyperfuncError): void => {
        this.#line.splice(this.#line.indexOf(waiting), 1);
        reject(error);
        this.#admit();
      };
      const stopListening = onAbort(signal, (error) => leave(error));
      const waiting: Waiting = {
        cost,
        arrival,
        enter: (ticket) => {
          stopListening();
          resolve(ticket);
        },
      };
      const before = this.#line.findLastIndex((other) => other.arrival < arrival);
      this.#line.splice(before + 1, 0, waiting);
      this.#admit();
    });
  }

  /** What is known, for people. */
  get state(): {
    readonly inFlight: number;
    readonly waiting: number;
    readonly pausedForMs: number;
    /** What may be used now, by the name of the limit. */
    readonly remaining: Readonly<Record<string, number>>;
  } {
    return {
      inFlight: this.#inFlight.size,
      waiting: this.#line.length,
      pausedForMs: this.pauses.leftMs,
      remaining: this.#limits.remaining,
    };
  }

  /** Why the server's own limits will not let such a call pass in time, as far as its answers have told. */
  hopeless(cost: CallCost): string | undefined {
    const exceeded = this.#limits.exceeded(cost);
    if (exceeded !== undefined)
      return `it needs about ${exceeded.used} ${exceeded.name}, and the limit is ${exceeded.limit}`;
    const usedUp = this.#usedUp(cost);
    if (usedUp === undefined) return undefined;
    const ms = Math.ceil(usedUp.waitMs);
    return `its limit of ${usedUp.name} is used up for another ${ms} ms, and maxPauseMs is ${this.pauses.longestMs}`;
  }

  #usedUp(cost: CallCost): { readonly name: string; readonly waitMs: number } | undefined {
    const longest = this.#limits.observedWait(cost);
    return longest.waitMs > this.pauses.longestMs ? longest : undefined;
  }

  /** Milliseconds until such a call may start; Infinity when that depends on the end of another. */
  #waitMs(cost: CallCost): number {
    if (this.#inFlight.size >= this.#maxConcurrent) return Infinity;
    const usedUp = this.#usedUp(cost) !== undefined;
    // Of what seems to be used up for long, the server decides, asked by one call at a time.
    const learned = usedUp ? 1 : this.#crowded || !this.#limits.any ? this.#started : Infinity;
    if (this.#inFlight.size - this.#begun.size >= learned) return Infinity;
    const limits = usedUp ? this.#limits.declaredWait(cost) : this.#limits.waitMs(cost);
    return Math.max(this.pauses.leftMs, limits);
  }

  /** Lets in whom it can, and comes back when the next may enter. */
  #admit(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (let next = this.#line[0]; next !== undefined; next = this.#line[0]) {
      const waitMs = this.#waitMs(next.cost);
      if (waitMs > 0) {
        const soon = Math.ceil(waitMs);
        if (waitMs < Infinity) this.#cancelTimer = this.clock.setTimer(() => this.#admit(), soon);
        return;
      }
      this.#line.shift();
      next.enter(this.#enter(next.cost));
    }
  }

  #enter(cost: CallCost): Ticket {
    const call = this.#limits.send(cost);
    this.#inFlight.add(call);
    const release = (): void => {
      call.settle(cost);
      this.#inFlight.delete(call);
      this.#begun.delete(call);
      this.#admit();
    };
    return {
      begun: () => {
        if (!this.#inFlight.has(call)) return;
        this.#begun.add(call);
        this.#admit();
      },
      answered: (observations, actual) => {
        call.settle(actual);
        this.pauses.answered();
        // More than were ever tried at once say nothing.
        if (this.#inFlight.size >= this.#started) this.#started++;
        this.#limits.observe(observations, call, this.#inFlight);
      },
      refused: (observations, retryAfterMs) => {
        call.settle(NOTHING);
        this.#limits.observe(observations, call, this.#inFlight);
        this.#refuse(observations, retryAfterMs, cost);
      },
      release,
      cancel: () => {
        call.settle(NOTHING);
        release();
      },
    };
  }

  #refuse(observations: readonly LimitObservation[], retryAfterMs: number | undefined, cost: CallCost): void {
    this.#limits.refused(observations, retryAfterMs);
    const limitsMs = this.#limits.observedWait(cost).waitMs;
    const asked = retryAfterMs ?? (limitsMs > 0 ? limitsMs : undefined);
    // What was sent before the refusal before this one, and is still in flight, was not refused.
    const busy = [...this.#inFlight].some(({ order }) => order < this.#sentBefore);
    const first = this.pauses.refused(asked, busy);
    if (first) this.#sentBefore = this.#limits.sent;
    if (first && observations.every(({ remaining }) => remaining >= 1)) {
      this.#crowded = true;
      this.#started = Math.max(1, Math.ceil(Math.min(this.#started, this.#inFlight.size) / 2));
    }
  }
}

const NOTHING: CallCost = { requests: 0, inputTokens: 0, outputTokens: 0 };
