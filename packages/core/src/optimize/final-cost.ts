import type { Amounts } from "../budget/budget-limits.js";

export interface FirstMeasurements {
  /** Spent before validation was measured. */
  readonly training: Amounts;
  /** Spent after it. */
  readonly total: Amounts;
  /** States that will be measured on validation. */
  readonly validated: number;
  /** The most that a single call may use. */
  readonly bound: { readonly tokens: number; readonly usd: number };
}

/** What measuring the result will need: about what the first measurement took, and room for the bound of a call. */
export function finalCost({ training, total, validated, bound }: FirstMeasurements): Amounts {
  const room: Amounts = { calls: 0, runs: 0, ...bound };
  const needed = (resource: keyof Amounts): number =>
    training[resource] + validated * (total[resource] - training[resource]) + room[resource];
  return { calls: needed("calls"), runs: needed("runs"), tokens: needed("tokens"), usd: needed("usd") };
}
