/** What a budget can limit, and in which units the ledger counts it. */
import { invalidArgument } from "../errors/hyperfunc-error.js";

/** Upper limits of a run; a missing one does not limit. Each is greater than 0, and Infinity is the same as missing. */
export interface BudgetLimits {
  /** Model and tool calls. */
  readonly maxCalls?: number | undefined;
  /** Runs of the program on one example. */
  readonly maxRuns?: number | undefined;
  /** Input and output tokens together. */
  readonly maxTokens?: number | undefined;
  /** US dollars. */
  readonly maxUsd?: number | undefined;
  /** Milliseconds; ends new work, calls in flight are finished. */
  readonly maxMs?: number | undefined;
}

export type LimitName = keyof BudgetLimits;

/** What is reserved and spent. */
export const RESOURCES = ["calls", "runs", "tokens", "usd"] as const;
export type Resource = (typeof RESOURCES)[number];

/** Calls, runs and tokens as counts, money in US dollars. */
export type Amounts = Readonly<Record<Resource, number>>;

export const LIMIT_OF = {
  calls: "maxCalls",
  runs: "maxRuns",
  tokens: "maxTokens",
  usd: "maxUsd",
} as const satisfies Record<Resource, LimitName>;

const UNIT_OF: Record<LimitName, string> = {
  maxCalls: "whole calls",
  maxRuns: "whole runs",
  maxTokens: "whole tokens",
  maxUsd: "US dollars",
  maxMs: "milliseconds",
};

/**
 * The limits without those that do not limit.
 *
 * @throws INVALID_ARGUMENT, naming value and remedy, for a limit that is unknown, not greater than 0, or a fraction of
 * something counted.
 */
export function checkLimits(limits: BudgetLimits): BudgetLimits {
  const checked: { -readonly [Name in LimitName]?: number } = {};
  for (const [name, value] of Object.entries<unknown>({ ...limits })) {
    if (!isLimitName(name)) {
      const known = Object.keys(UNIT_OF).join(", ");
      throw invalidArgument(`A budget has no limit "${name}"; the limits are ${known}.`, { limit: name });
    }
    if (value === undefined || value === Infinity) continue;
    const counted = name !== "maxUsd" && name !== "maxMs";
    if (typeof value !== "number" || !(value > 0) || (counted && !Number.isSafeInteger(value))) {
      throw invalidArgument(
        `${name} must be a positive number of ${UNIT_OF[name]}, got ${show(value)}; leave it out for no limit.`,
        { limit: name, value },
      );
    }
    checked[name] = value;
  }
  return checked;
}

function show(value: unknown): string {
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? typeof value);
}

function isLimitName(name: string): name is LimitName {
  return Object.hasOwn(UNIT_OF, name);
}

/** Nanodollars: sums of whole numbers are exact in any order, so $0.30 pays for exactly three calls of $0.10. */
const USD_UNITS = 1e9;

/**
 * An amount in the ledger's whole units; money is rounded up.
 *
 * @throws INVALID_ARGUMENT for a negative, non-finite or, of something counted, fractional amount.
 */
export function toUnits(resource: Resource, amount: number): number {
  const counted = resource !== "usd";
  if (!(amount >= 0) || amount === Infinity || (counted && !Number.isSafeInteger(amount))) {
    throw invalidArgument(
      `An amount of ${resource} must be a finite ${counted ? "whole " : ""}number of at least 0, got ${String(amount)}.`,
      { resource, amount },
    );
  }
  // The thousandth keeps 0.07 * 1e9 = 70000000.00000001 from costing a whole unit more.
  return counted ? amount : Math.ceil(amount * USD_UNITS - 1e-3);
}

/** The inverse of `toUnits`. */
export function fromUnits(resource: Resource, units: number): number {
  return resource === "usd" ? units / USD_UNITS : units;
}
