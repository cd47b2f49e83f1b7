import { invalidArgument } from "../errors/hyperfunc-error.js";
import { studentTwoSidedQuantile } from "./student-t.js";

/** A confidence interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** Confidence, for example 0.95. */
  readonly level: number;
}

export interface MeanInterval {
  /** NaN without values. */
  readonly mean: number;
  /** Undefined with fewer than two values, which say nothing about their spread. */
  readonly interval: Interval | undefined;
}

/**
 * The mean of independent values with its Student t interval.
 *
 * Without values the mean is NaN; with fewer than two the interval is undefined; equal values give an interval of width
 * 0.
 *
 * @param level Confidence between 0 and 1, exclusive. Default 0.95.
 * @throws INVALID_ARGUMENT for a value that is not finite or a level out of range.
 * @example
 * import { meanInterval } from "@hyperfunc/core";
 * const { mean, interval } = meanInterval([0.8, 0.9, 0.7, 0.8]);
 * console.log(mean, interval?.low.toFixed(2), interval?.high.toFixed(2)); // 0.8 0.67 0.93
 */
export function meanInterval(values: readonly number[], level = 0.95): MeanInterval {
  if (!(level > 0 && level < 1)) {
    throw invalidArgument(`A confidence level must lie between 0 and 1, exclusive, got ${level}.`, { level });
  }
  const { mean, standardError } = meanAndError(values);
  if (standardError === undefined) return { mean, interval: undefined };
  const half = studentTwoSidedQuantile(level, values.length - 1) * standardError;
  return { mean, interval: { low: mean - half, high: mean + half, level } };
}

/** The mean, and its standard error where there are two values or more. */
export function meanAndError(values: readonly number[]): { mean: number; standardError: number | undefined } {
  const odd = values.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) {
    throw invalidArgument(`Statistics need finite values, got ${values[odd]} at position ${odd}.`, {
      position: odd,
    });
  }
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { mean, standardError: undefined };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (count - 1) / count) };
}
