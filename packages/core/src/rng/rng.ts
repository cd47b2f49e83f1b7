/**
 * Random draws for programs and optimizers, addressed by name instead of by order.
 *
 * An `Rng` counts its own draws, but a fork depends only on the seed and the path to it: concurrent code that forks per
 * task draws the same numbers in whatever order the tasks run.
 */
import { invalidArgument } from "../errors/hyperfunc-error.js";
import { foldIn, rngKey } from "./rng-key.js";
import { fillBits, type RngKey } from "./threefry.js";

/** A source of random draws. Forks are independent of each other and of how much their parent has drawn. */
export interface Rng {
  /** In [0, 1), with all 53 bits of a float64. */
  uniform(): number;
  /** From the standard normal distribution. */
  normal(): number;
  /** An integer between `min` and `maxInclusive`, without modulo bias. */
  int(min: number, maxInclusive: number): number;
  /** One element, each with the same probability. */
  choice<T>(list: readonly T[]): T;
  /** A new array in random order. */
  shuffle<T>(list: readonly T[]): T[];
  /** The source at a path below this one. */
  fork(...path: readonly (string | number)[]): Rng;
}

const TWO_53 = 2 ** 53;
const block = new Uint32Array(2);

/**
 * The source of random draws at a path below a seed.
 *
 * @throws INVALID_ARGUMENT when the seed or a number in the path is not finite.
 * @example
 * import { createRng } from "@hyperfunc/core";
 * const rng = createRng(0, "train");
 * const order = rng.fork("epoch", 3).shuffle(["a", "b", "c"]);
 * rng.uniform();
 * console.log(rng.fork("epoch", 3).shuffle(["a", "b", "c"]).join() === order.join()); // true
 */
export function createRng(seed: number, ...path: readonly (string | number)[]): Rng {
  return new CounterRng(rngKey(seed, ...path));
}

class CounterRng implements Rng {
  readonly #key: RngKey;
  #drawn = 0;

  constructor(key: RngKey) {
    this.#key = key;
  }

  uniform(): number {
    return this.#next53() / TWO_53;
  }

  normal(): number {
    // Box-Muller; 1 - u is in (0, 1], where the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  int(min: number, maxInclusive: number): number {
    const count = maxInclusive - min + 1;
    if (!Number.isSafeInteger(min) || !Number.isSafeInteger(maxInclusive) || count < 1 || count > TWO_53) {
      throw invalidArgument(
        `int(min, maxInclusive) needs integers with min <= maxInclusive, got ${min} and ${maxInclusive}.`,
        { min, maxInclusive },
      );
    }
    const limit = TWO_53 - (TWO_53 % count);
    let draw = this.#next53();
    while (draw >= limit) draw = this.#next53();
    return min + (draw % count);
  }

  choice<T>(list: readonly T[]): T {
    if (list.length === 0)
      throw invalidArgument("choice(list) needs at least one element, got an empty list.");
    return list[this.int(0, list.length - 1)] as T;
  }

  shuffle<T>(list: readonly T[]): T[] {
    const result = [...list];
    for (let last = result.length - 1; last > 0; last--) {
      const other = this.int(0, last);
      const swapped = result[last] as T;
      result[last] = result[other] as T;
      result[other] = swapped;
    }
    return result;
  }

  fork(...path: readonly (string | number)[]): Rng {
    let key = this.#key;
    for (const part of path) key = foldIn(key, part);
    return new CounterRng(key);
  }

  #next53(): number {
    const index = this.#drawn++;
    fillBits(block, this.#key, Math.floor(index / 2 ** 32), index);
    return ((block[0] ?? 0) >>> 5) * 2 ** 26 + ((block[1] ?? 0) >>> 6);
  }
}
