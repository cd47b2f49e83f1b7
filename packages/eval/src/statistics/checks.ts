/** The checks that the statistics share; each throws INVALID_ARGUMENT with the value and the remedy. */
import { invalidArgument } from "@hyperfunc/core";

export function requireLevel(level: number): void {
  if (!(level > 0 && level < 1)) {
    throw invalidArgument(
      `A confidence level must lie between 0 and 1, exclusive, got ${level}; give 0.95 for 95 %.`,
      {
        level,
      },
    );
  }
}

/** A whole number from `min` to `max`. */
export function requireCount(
  name: string,
  value: number,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number } = {},
): void {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw invalidArgument(`\`${name}\` must be a whole number ${range}, got ${value}.`, { name, value });
  }
}

/** A rate from 0 to 1, both included. */
export function requireRate(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) {
    throw invalidArgument(`\`${name}\` must lie between 0 and 1, got ${value}; divide a percentage by 100.`, {
      name,
      value,
    });
  }
}

/** At least `min` finite numbers. */
export function requireFinite(values: readonly number[], min = 1): void {
  if (values.length < min) {
    throw invalidArgument(
      `This statistic needs at least ${min} ${min === 1 ? "value" : "values"}, got ${values.length}; add examples.`,
    );
  }
  const odd = values.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) {
    throw invalidArgument(
      `Statistics need finite values, got ${values[odd]} at position ${odd}; leave out what was not scored.`,
      { position: odd },
    );
  }
}

export function requireSameLength(a: readonly unknown[], b: readonly unknown[], what: string): void {
  if (a.length !== b.length) {
    throw invalidArgument(
      `${what} need lists of equal length, got ${a.length} and ${b.length}; give one entry per example in both.`,
    );
  }
}
