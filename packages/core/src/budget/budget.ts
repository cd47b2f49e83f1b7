/**
 * The ledger of one run: what may be spent, what is spent, and what is reserved for work in flight.
 *
 * Everything is reserved from an upper bound before it happens and settled with the real figure afterwards. Reserving is
 * synchronous, with nothing between check and entry, so no concurrency can overdraw a limit.
 */
import { systemClock, type Clock } from "../concurrency/clock.js";
import { HyperfuncError, invalidArgument } from "../errors/hyperfunc-error.js";
import {
  checkLimits,
  fromUnits,
  LIMIT_OF,
  RESOURCES,
  toUnits,
  type Amounts,
  type BudgetLimits,
  type LimitName,
} from "./budget-limits.js";

/** What is needed at most. A missing amount is 0; `"unbounded"` says that no upper bound is known. */
export interface ReservationRequest {
  readonly calls?: number | undefined;
  readonly runs?: number | undefined;
  readonly tokens?: number | "unbounded" | undefined;
  readonly usd?: number | "unbounded" | undefined;
}

/** What was really used. A missing amount counts as used in full, as reserved. */
export type Settlement = { readonly [Resource in keyof Amounts]?: number | undefined };

/** An entry for work in flight. */
export interface Reservation {
  /**
   * Books what was really used and frees the rest; without figures, everything that was reserved. An amount above the
   * reservation is booked in full, because a ledger that hides money spent would be worse than one over its limit.
   *
   * @throws INVALID_STATE when already settled or released; INVALID_ARGUMENT for an amount that is negative or not whole.
   */
  settle(actual?: Settlement): void;
  /** Frees everything. Does nothing after `settle` or another `release`, so that it fits a `finally`. */
  release(): void;
}

/** A ledger as JSON, without what is in flight. */
export interface BudgetJson {
  readonly limits: BudgetLimits;
  readonly spent: Amounts;
  readonly elapsedMs: number;
}

export interface BudgetOptions {
  readonly clock?: Clock;
  /** What an earlier part of the run has spent. Default nothing. */
  readonly spent?: Amounts;
  /** How long an earlier part of the run has taken, in milliseconds. Default 0. */
  readonly elapsedMs?: number;
}

/**
 * Limits on calls, runs, tokens, money and time, with a ledger.
 *
 * @example
 * import { Budget } from "@hyperfunc/core";
 * const budget = new Budget({ maxCalls: 100, maxUsd: 0.5 });
 * const reservation = budget.reserve({ calls: 1, usd: 0.02 });
 * reservation.settle({ usd: 0.013 });
 * console.log(budget.remaining); // { calls: 99, usd: 0.487 }
 */
export class Budget {
  readonly limits: BudgetLimits;
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #spent = noUnits();
  readonly #reserved = noUnits();

  /**
   * Without limits everything is allowed and still counted. The time for `maxMs` starts here.
   *
   * @throws INVALID_ARGUMENT, naming value and remedy, for a limit that is unknown, not greater than 0, or a fraction of
   * something counted.
   */
  constructor(limits: BudgetLimits = {}, options: BudgetOptions = {}) {
    const { clock = systemClock, spent, elapsedMs = 0 } = options;
    if (!(elapsedMs >= 0))
      throw invalidArgument(`elapsedMs must be at least 0, got ${elapsedMs}.`, { elapsedMs });
    this.limits = checkLimits(limits);
    this.#clock = clock;
    this.#startedAt = clock.now() - elapsedMs;
    if (spent === undefined) return;
    for (const resource of RESOURCES) this.#spent[resource] = toUnits(resource, spent[resource]);
  }

  /**
   * Continues a saved ledger under its own limits, or under `options.limits`.
   *
   * @throws INVALID_ARGUMENT for figures that no ledger writes.
   */
  static fromJson(
    json: BudgetJson,
    options: { readonly limits?: BudgetLimits; readonly clock?: Clock } = {},
  ): Budget {
    const { limits = json.limits, clock = systemClock } = options;
    return new Budget(limits, { clock, spent: json.spent, elapsedMs: json.elapsedMs });
  }

  /**
   * Sets an upper bound of what comes next aside, before it happens.
   *
   * @throws BUDGET_EXHAUSTED, naming the limit, when it does not fit or the time is over; BUDGET_UNBOUNDED when a limited
   * amount has no upper bound; INVALID_ARGUMENT for an amount that is negative or not whole. Nothing is set aside then.
   */
  reserve(request: ReservationRequest): Reservation {
    if (this.expired()) throw expiredError(this.elapsedMs, this.limits.maxMs);
    const held = noUnits();
    for (const resource of RESOURCES) {
      const amount = request[resource] ?? 0;
      const max = this.limits[LIMIT_OF[resource]];
      if (amount === "unbounded") {
        if (max !== undefined) throw unboundedError(LIMIT_OF[resource], max);
        continue;
      }
      held[resource] = toUnits(resource, amount);
      if (max === undefined || held[resource] === 0) continue;
      const taken = this.#spent[resource] + this.#reserved[resource];
      if (taken + held[resource] > toUnits(resource, max)) {
        throw exhaustedError(LIMIT_OF[resource], max, amount, this.spent[resource], this.reserved[resource]);
      }
    }
    return this.#enter(held);
  }

  /** Booked so far, by settled reservations. */
  get spent(): Amounts {
    return amounts(this.#spent);
  }

  /** Set aside for what is in flight. */
  get reserved(): Amounts {
    return amounts(this.#reserved);
  }

  /** Milliseconds since the start, earlier parts of the run included. */
  get elapsedMs(): number {
    return this.#clock.now() - this.#startedAt;
  }

  /** What can still be reserved, and the milliseconds left; without an entry where there is no limit. */
  get remaining(): Partial<Amounts> & { readonly ms?: number } {
    const left: Partial<Record<keyof Amounts, number>> = {};
    for (const resource of RESOURCES) {
      const max = this.limits[LIMIT_OF[resource]];
      if (max === undefined) continue;
      const units = toUnits(resource, max) - this.#spent[resource] - this.#reserved[resource];
      left[resource] = fromUnits(resource, Math.max(0, units));
    }
    const { maxMs } = this.limits;
    return maxMs === undefined ? left : { ...left, ms: Math.max(0, maxMs - this.elapsedMs) };
  }

  /** True once `maxMs` is over: no new work starts. */
  expired(): boolean {
    return this.limits.maxMs !== undefined && this.elapsedMs >= this.limits.maxMs;
  }

  /** For a checkpoint. What is in flight is not part of it: save when nothing is. */
  toJson(): BudgetJson {
    return { limits: this.limits, spent: this.spent, elapsedMs: this.elapsedMs };
  }

  #enter(held: Units): Reservation {
    let open = true;
    const close = (): void => {
      open = false;
      for (const resource of RESOURCES) this.#reserved[resource] -= held[resource];
    };
    for (const resource of RESOURCES) this.#reserved[resource] += held[resource];
    return {
      settle: (actual = {}) => {
        if (!open) {
          throw new HyperfuncError(
            "INVALID_STATE",
            "A reservation can be settled once, and not after its release.",
          );
        }
        const used = noUnits();
        for (const resource of RESOURCES) {
          const amount = actual[resource];
          used[resource] = amount === undefined ? held[resource] : toUnits(resource, amount);
        }
        close();
        for (const resource of RESOURCES) this.#spent[resource] += used[resource];
      },
      release: () => {
        if (open) close();
      },
    };
  }
}

/** Whole units of the ledger, see budget-limits.ts. */
type Units = Record<keyof Amounts, number>;

function noUnits(): Units {
  return { calls: 0, runs: 0, tokens: 0, usd: 0 };
}

function amounts(units: Units): Amounts {
  return { ...units, usd: fromUnits("usd", units.usd) };
}

function exhaustedError(
  limit: LimitName,
  max: number,
  requested: number,
  spent: number,
  reserved: number,
): HyperfuncError {
  return new HyperfuncError(
    "BUDGET_EXHAUSTED",
    `The budget is exhausted: ${limit} is ${max}, ${spent} spent and ${reserved} reserved leave no room for ${requested} more. ` +
      `Raise ${limit}, or make the run smaller.`,
    { infrastructure: true, details: { limit, max, requested, spent, reserved } },
  );
}

function expiredError(elapsedMs: number, maxMs: number | undefined): HyperfuncError {
  return new HyperfuncError(
    "BUDGET_EXHAUSTED",
    `The budget is exhausted: maxMs is ${maxMs}, and ${Math.round(elapsedMs)} ms have passed. Raise maxMs, or make the run smaller.`,
    { infrastructure: true, details: { limit: "maxMs", max: maxMs, elapsedMs } },
  );
}

const BOUND_REMEDY: Partial<Record<LimitName, string>> = {
  maxTokens: "Give the call an output cap (maxTokens of the request), and every image part its maxTokens",
  maxUsd:
    "Give the call an output cap (maxTokens of the request), and use a model whose price is known or tell its price (the option price of a model)",
};

function unboundedError(limit: LimitName, max: number): HyperfuncError {
  return new HyperfuncError(
    "BUDGET_UNBOUNDED",
    `The budget has ${limit} ${max}, but nothing bounds what this call may use. ${BOUND_REMEDY[limit]}; or limit maxCalls instead.`,
    { infrastructure: true, details: { limit, max } },
  );
}
