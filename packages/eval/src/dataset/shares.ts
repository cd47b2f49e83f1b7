import { invalidArgument } from "@hyperfunc/core";

/** A part and where it ends in [0, 1]; it begins where the one before ends. */
export interface Boundary {
  readonly part: string;
  readonly share: number;
  readonly end: number;
}

const TOLERANCE = 1e-9;

/**
 * The parts in the order of their names, so that the same shares written in another order give the same split.
 *
 * @throws INVALID_ARGUMENT, naming part and value, unless the shares are positive and their sum is 1 within 1e-9.
 */
export function boundariesOf(shares: Readonly<Record<string, number>>): Boundary[] {
  const entries: [string, unknown][] = Object.entries(shares);
  let end = 0;
  const boundaries = entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([part, share]) => {
      if (typeof share !== "number" || !(share > 0 && share <= 1 + TOLERANCE)) {
        throw invalidArgument(
          `The share of "${part}" must be a number above 0 and at most 1, got ${String(share)}.`,
          { part, share },
        );
      }
      end += share;
      return { part, share, end };
    });
  if (Math.abs(end - 1) <= TOLERANCE) return boundaries;
  const listed = boundaries.map(({ part, share }) => `${part}: ${share}`).join(", ");
  throw invalidArgument(`The shares must sum to 1, but { ${listed} } sums to ${end}.`, { sum: end });
}

export function partAt(boundaries: readonly Boundary[], place: number): string {
  const found = boundaries.find(({ end }) => place < end) ?? boundaries.at(-1);
  return found?.part ?? "";
}
