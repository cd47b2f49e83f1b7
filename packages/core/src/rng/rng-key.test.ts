import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isHyperfuncError } from "../errors/hyperfunc-error.js";
import { foldIn, rngKey } from "./rng-key.js";
import { fillBits } from "./threefry.js";

const part = fc.oneof(fc.string(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));

/** The same key for parts that are the same, and only those: `-0` counts as 0. */
const name = (parts: readonly (string | number)[]): string =>
  JSON.stringify(parts.map((value) => (typeof value === "number" ? ["number", value + 0] : value)));

describe("rngKey", () => {
  it("gives different paths different keys", () => {
    const keys = new Map<string, string>();
    fc.assert(
      fc.property(fc.integer(), fc.array(part, { maxLength: 4 }), (seed, path) => {
        const key = rngKey(seed, ...path).join();
        const owner = name([seed, ...path]);
        expect(keys.get(key) ?? owner).toBe(owner);
        keys.set(key, owner);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    [
      ["ab", "c"],
      ["a", "bc"],
    ],
    [["1"], [1]],
    [[""], []],
    [["a\0"], ["a"]],
    [["abcd", ""], ["abcd"]],
    [
      [1, 2],
      [2, 1],
    ],
    [[2 ** 53], [2 ** 53 - 1]],
    [[1 + 2 ** -52], [1]],
  ])("tells %j from %j", (one, other) => {
    expect(rngKey(0, ...one)).not.toEqual(rngKey(0, ...other));
  });

  it("is the fold of its parts", () => {
    expect(rngKey(5, "a", 1)).toEqual(foldIn(foldIn(rngKey(5), "a"), 1));
    expect(rngKey(-0)).toEqual(rngKey(0));
  });

  it("does not change from release to release", () => {
    expect(rngKey(42, "classify.hp.weight", 7)).toEqual([2811087879, 3855864308]);
  });

  it("derives keys that nobody draws under the same key", () => {
    const drawn = new Uint32Array(2);
    fillBits(drawn, [1, 2], 0, 0);
    expect([...drawn]).not.toEqual(foldIn([1, 2], 0));
  });

  it.each([NaN, Infinity, -Infinity])("refuses %d", (bad) => {
    for (const make of [() => rngKey(bad), () => rngKey(0, bad)]) {
      expect(make).toThrow(`must be a finite number or a string, got ${bad}`);
      try {
        make();
      } catch (error) {
        expect(isHyperfuncError(error, "INVALID_ARGUMENT")).toBe(true);
      }
    }
  });
});
