/**
 * Keys by name: a seed and a path (`rngKey(7, "noise", generation, member)`) give a key that no other path gives.
 *
 * Every part is absorbed by one or more Threefry blocks, with the key so far as cipher key. Distinct parts under one key
 * are distinct counters of a permutation and can't collide; distinct paths collide with probability 2^-64.
 */
import { invalidArgument } from "../errors/hyperfunc-error.js";
import { fillBits, type RngKey } from "./threefry.js";

/** Keeps derivation apart from drawing: without it, `foldIn(key, 0)` would equal the first block drawn under `key`. */
const FOLD = 0x243f6a88;

/** High word of a quiet NaN, which no finite number has, so that a string never absorbs like a number. */
const STRING_HEADER = 0x7ff80001;

const number64 = new Float64Array(1);
const words = new Uint32Array(number64.buffer);
const block = new Uint32Array(2);

/**
 * The key of a path below a seed. The seed is any finite number; parts are finite numbers or strings, and `1` and `"1"`
 * differ.
 *
 * @throws INVALID_ARGUMENT for NaN or an infinity.
 * @example
 * import { rngKey } from "@hyperfunc/core";
 * console.log(rngKey(42, "classify.hp.weight", 7)); // [2811087879, 3855864308]
 */
export function rngKey(seed: number, ...path: readonly (string | number)[]): RngKey {
  let key = foldIn([0, 0], seed);
  for (const part of path) key = foldIn(key, part);
  return key;
}

/**
 * The key of `part` below `key`.
 *
 * @throws INVALID_ARGUMENT for NaN or an infinity.
 */
export function foldIn(key: RngKey, part: string | number): RngKey {
  if (typeof part === "number") {
    if (!Number.isFinite(part)) {
      throw invalidArgument(`A seed or key part must be a finite number or a string, got ${part}.`, { part });
    }
    number64[0] = part + 0; // -0 counts as 0
    return absorb(key, words[0] ?? 0, words[1] ?? 0);
  }
  let folded = absorb(key, part.length, STRING_HEADER);
  for (let i = 0; i < part.length; i += 4) {
    folded = absorb(folded, codeUnits(part, i), codeUnits(part, i + 2));
  }
  return folded;
}

function absorb(key: RngKey, low: number, high: number): RngKey {
  fillBits(block, [key[0] ^ FOLD, key[1]], high, low);
  return [block[0] ?? 0, block[1] ?? 0];
}

/** Two UTF-16 code units as one word; zero past the end, which the length in the header tells from a NUL character. */
function codeUnits(text: string, at: number): number {
  const first = at < text.length ? text.charCodeAt(at) : 0;
  const second = at + 1 < text.length ? text.charCodeAt(at + 1) : 0;
  return first | (second << 16);
}
