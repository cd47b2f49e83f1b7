import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { fillBits, type RngKey } from "./threefry.js";

const word = fc.integer({ min: 0, max: 0xffffffff });
const key = fc.tuple(word, word);

function bits(length: number, key: RngKey, counterHigh: number, counterLow?: number): number[] {
  const out = new Uint32Array(length);
  fillBits(out, key, counterHigh, counterLow);
  return [...out];
}

describe("fillBits", () => {
  it.each([
    [[0, 0], 0, 0, [0x6b200159, 0x99ba4efe]],
    [[0xffffffff, 0xffffffff], 0xffffffff, 0xffffffff, [0x1cb996fc, 0xbb002be7]],
    [[0x13198a2e, 0x03707344], 0x243f6a88, 0x85a308d3, [0xc4923a9c, 0x483df7a0]],
  ] as const)("gives the known answer of Random123 for key %j, counter %d %d", (key, low, high, answer) => {
    expect(bits(2, key, high, low)).toEqual(answer);
  });

  it("numbers its blocks from counterLow, whatever the length", () => {
    fc.assert(
      fc.property(key, word, word, fc.integer({ min: 1, max: 3000 }), (key, high, low, length) => {
        const all = bits(length, key, high, low);
        const block = Math.floor((length - 1) / 2);
        const last = bits(2, key, high, low + block).slice(0, length - 2 * block);
        expect(all.slice(2 * block)).toEqual(last);
      }),
      { numRuns: 50 },
    );
  });

  it("wraps counterLow at 2^32", () => {
    expect(bits(4, [1, 2], 3, 0xffffffff).slice(2)).toEqual(bits(2, [1, 2], 3, 0));
  });

  it("changes about half of the bits when one bit of key or counter changes", () => {
    fc.assert(
      fc.property(key, word, word, fc.nat(127), ([k0, k1], high, low, flipped) => {
        const flip = (value: number, at: number): number =>
          (value ^ (flipped >>> 5 === at ? 1 << (flipped & 31) : 0)) >>> 0;
        const before = bits(2, [k0, k1], high, low);
        const after = bits(2, [flip(k0, 0), flip(k1, 1)], flip(high, 2), flip(low, 3));
        const changed = before
          .map((value, index) => ((value ^ (after[index] ?? 0)) >>> 0).toString(2).replaceAll("0", "").length)
          .reduce((sum, ones) => sum + ones, 0);
        // 64 fair coins fall outside less than once in 10^9 times.
        expect(changed).toBeGreaterThanOrEqual(8);
        expect(changed).toBeLessThanOrEqual(56);
      }),
      { numRuns: 500 },
    );
  });
});
