/**
 * How much memory the tensors of a vectorised run take, and how many candidates fit into what a system may use.
 *
 * Learned from two small runs with different numbers of examples: what grows with them is taken to belong to the single
 * run of a candidate on an example, the rest to be there once.
 */
import { HyperfuncError, invalidArgument } from "../errors/hyperfunc-error.js";

/** What the tensors of one batched run took. */
export interface MeasuredRun {
  readonly candidates: number;
  readonly examples: number;
  readonly bytes: number;
}

const MIB = 2 ** 20;
const DEFAULT_LIMIT_MIB = 1024;
/** Kernels and metrics need room for what they make on the way. */
const HEADROOM = 1.5;

export class TensorMemory {
  readonly #limit: number;
  #perRun = 0;
  #once = 0;

  /** @throws INVALID_ARGUMENT unless the limit is positive; Infinity is none. */
  constructor(limitMiB = DEFAULT_LIMIT_MIB) {
    if (!(limitMiB > 0)) throw invalidArgument(`memoryLimitMiB must be positive, got ${limitMiB}.`);
    this.#limit = limitMiB * MIB;
  }

  learn(few: MeasuredRun, many: MeasuredRun): void {
    const runs = many.candidates * many.examples - few.candidates * few.examples;
    this.#perRun = (HEADROOM * Math.max(0, many.bytes - few.bytes)) / Math.max(1, runs);
    this.#once = HEADROOM * few.bytes;
  }

  /**
   * Candidates that may be evaluated on so many examples at the same time; Infinity before anything was learned.
   *
   * @throws MEMORY_LIMIT, with the numbers, when not even one may.
   */
  candidatesWithin(examples: number): number {
    const each = this.#perRun * examples;
    if (each === 0) return Infinity;
    const fit = Math.floor((this.#limit - this.#once) / each);
    if (fit >= 1) return fit;
    const needed = (this.#once + each) / MIB;
    const limit = this.#limit / MIB;
    throw new HyperfuncError(
      "MEMORY_LIMIT",
      `One candidate on ${examples} examples needs about ${rounded(needed)} MiB of tensors, and the system may use ` +
        `${rounded(limit)} MiB: give fewer examples at a time, or raise memoryLimitMiB. ` +
        "An optimizer's batchSize does not help here: the start and the end are measured on all examples.",
      { details: { neededMiB: Math.ceil(needed), limitMiB: limit } },
    );
  }
}

function rounded(mebibytes: number): string {
  return mebibytes < 10 ? mebibytes.toPrecision(2) : mebibytes.toFixed(0);
}
