import { createRng } from "@hyperfunc/core";

/**
 * Batches of example positions, a function of the generation alone: every epoch is another shuffle, keyed by (seed,
 * epoch), so that all examples are seen equally often and a continued run sees the same batches.
 */
export class Minibatches {
  readonly #count: number;
  readonly #size: number;
  readonly #seed: number;
  #epoch = -1;
  #order: readonly number[] = [];

  /** `size` undefined: every generation sees all examples. */
  constructor(count: number, size: number | undefined, seed: number) {
    this.#count = count;
    this.#size = size ?? count;
    this.#seed = seed;
  }

  /** Undefined when the batch is everything. */
  at(generation: number): readonly number[] | undefined {
    if (this.#size === this.#count) return undefined;
    const perEpoch = Math.floor(this.#count / this.#size);
    const epoch = Math.floor(generation / perEpoch);
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#order = createRng(this.#seed, "minibatches", epoch).shuffle(
        Array.from({ length: this.#count }, (_, i) => i),
      );
    }
    const from = (generation % perEpoch) * this.#size;
    return this.#order.slice(from, from + this.#size);
  }
}
