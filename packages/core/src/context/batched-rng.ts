/**
 * The sources of all runs that one batched run stands for.
 *
 * A single number cannot be drawn for all of them at once. A package that knows tensors draws from each source and lays
 * the values out as the layout says, so that every run gets what it would have drawn by itself.
 */
import { HyperfuncError } from "../errors/hyperfunc-error.js";
import type { Rng } from "../rng/rng.js";
import type { BatchLayout } from "../tensors/tensor-engine.js";
import { currentFrame } from "./frame.js";

/** A member of the batch draws from `source`, which it may have in common with others. */
export interface BatchedSource {
  readonly candidate: number;
  readonly source: Rng;
}

const CANDIDATE = "candidate";

/** What a context's `rng` is in a batched run: its forks are batched too, and its single draws are refused. */
export class BatchedRng implements Rng {
  #made: readonly BatchedSource[] | undefined;
  readonly #make: () => readonly BatchedSource[];

  constructor(
    readonly layout: BatchLayout,
    make: () => readonly BatchedSource[],
  ) {
    this.#make = make;
  }

  /** In the order of the layout's members. */
  get sources(): readonly BatchedSource[] {
    return (this.#made ??= this.#make());
  }

  uniform(): never {
    throw refusal("rng.uniform()");
  }

  normal(): never {
    throw refusal("rng.normal()");
  }

  int(): never {
    throw refusal("rng.int()");
  }

  choice(): never {
    throw refusal("rng.choice()");
  }

  shuffle(): never {
    throw refusal("rng.shuffle()");
  }

  /** What members had in common stays common. */
  fork(...path: readonly (string | number)[]): BatchedRng {
    return new BatchedRng(this.layout, () => {
      const forks = new Map<Rng, Rng>();
      return this.sources.map(({ candidate, source }) => {
        const fork = forks.get(source) ?? source.fork(...path);
        forks.set(source, fork);
        return { candidate, source: fork };
      });
    });
  }

  forkByCandidate(): BatchedRng {
    return new BatchedRng(this.layout, () =>
      this.sources.map(({ candidate, source }) => ({
        candidate,
        source: source.fork(CANDIDATE, candidate),
      })),
    );
  }
}

function refusal(what: string): HyperfuncError {
  return new HyperfuncError(
    "NOT_VECTORISABLE",
    `${what} gives a number, which differs between the runs of a batch: draw a tensor with randomNormal, randomUniform or dropout of @hyperfunc/es, or let the calls run one by one.`,
  );
}

/**
 * The source below `rng` that belongs to the current candidate of a population alone.
 *
 * What a context's `rng` draws is common to all candidates, so that they are compared under the same luck. Draws from
 * this source differ between them, and are as reproducible: they depend on the seed, the example, the call path and the
 * candidate's index. Outside of a population the index is 0.
 *
 * @example
 * import { createRng, perCandidate } from "@hyperfunc/core";
 * const rng = createRng(0);
 * console.log(perCandidate(rng).uniform() === perCandidate(rng).uniform()); // true
 */
export function perCandidate(rng: Rng): Rng {
  if (rng instanceof BatchedRng) return rng.forkByCandidate();
  return rng.fork(CANDIDATE, currentFrame()?.run.candidate ?? 0);
}
