/**
 * One batch axis: made by one call of `vmap`, or by a population for its candidates or its examples.
 *
 * Levels only ever grow, so an axis opened inside another one always lies above it. Nothing is global: a tensor carries
 * its axis with it, and interleaved async functions cannot disturb each other.
 */
import { HyperfuncError } from "@hyperfunc/core";

let lastLevel = 0;

export class BatchAxis {
  readonly level: number = ++lastLevel;
  #refusals = 0;
  #lastRefusal: HyperfuncError | undefined;

  constructor(
    readonly size: number,
    /** Completes "… inside" and says to the user where the batch came from. */
    readonly place = "a batched function",
  ) {}

  /** How often something was refused so far; a caller compares it before and after, since user code may swallow the error. */
  get refusals(): number {
    return this.#refusals;
  }

  get lastRefusal(): HyperfuncError | undefined {
    return this.#lastRefusal;
  }

  /** Notes that something cannot be done for all elements at once, and returns the error to throw. */
  refuse(what: string, remedy: string): HyperfuncError {
    this.#refusals++;
    this.#lastRefusal = new HyperfuncError("NOT_VECTORISABLE", `${what} inside ${this.place}: ${remedy}`);
    return this.#lastRefusal;
  }
}
