import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { createRng, type Rng } from "./rng.js";

const draws = (rng: Rng, count = 5): number[] => Array.from({ length: count }, () => rng.uniform());
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe("createRng", () => {
  it("repeats itself for the same seed and path", () => {
    expect(draws(createRng(1, "a", 2))).toEqual(draws(createRng(1, "a", 2)));
    expect(draws(createRng(1, "a", 2))).toEqual(draws(createRng(1).fork("a").fork(2)));
    expect(draws(createRng(1, "a", 2))).not.toEqual(draws(createRng(1, "a", 3)));
  });

  it("forks independently of what the parent has drawn, and of its siblings", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(20), fc.nat(20), (seed, before, other) => {
        const parent = createRng(seed);
        draws(parent, before);
        draws(parent.fork("other"), other);
        expect(draws(parent.fork("child"))).toEqual(draws(createRng(seed).fork("child")));
      }),
    );
  });

  it("draws uniformly in [0, 1) with 53 bits", () => {
    const values = draws(createRng(2), 100_000);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(4.5 * Math.sqrt(1 / 12 / values.length));
    for (let bit = 1; bit <= 53; bit++) {
      const ones = values.filter((value) => Math.floor(value * 2 ** bit) % 2 === 1).length;
      expect(Math.abs(ones / values.length - 0.5)).toBeLessThan(4.5 * Math.sqrt(0.25 / values.length));
    }
  });

  it("draws standard normals", () => {
    const rng = createRng(3);
    const values = Array.from({ length: 100_000 }, () => rng.normal());
    expect(Math.abs(mean(values))).toBeLessThan(4.5 / Math.sqrt(values.length));
    expect(Math.abs(mean(values.map((x) => x * x)) - 1)).toBeLessThan(4.5 * Math.sqrt(2 / values.length));
    expect(Math.abs(mean(values.map((x) => x ** 4)) - 3)).toBeLessThan(4.5 * Math.sqrt(96 / values.length));
  });

  it("draws parents, forks and forks of forks that do not correlate", () => {
    const parent = createRng(4);
    const streams = [parent, parent.fork(0), parent.fork("0"), parent.fork(0, 0)].map((rng) =>
      draws(rng, 50_000),
    );
    for (const [i, one] of streams.entries()) {
      for (const other of streams.slice(i + 1)) {
        const product = mean(one.map((value, index) => (value - 0.5) * ((other[index] ?? 0) - 0.5)));
        expect(Math.abs(product)).toBeLessThan((4.5 * (1 / 12)) / Math.sqrt(one.length));
      }
    }
  });

  it("draws integers from the whole range, equally often", () => {
    const rng = createRng(5);
    const counts = new Map<number, number>();
    for (let i = 0; i < 70_000; i++) {
      const value = rng.int(-3, 3);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    expect(rng.int(4, 4)).toBe(4);
    // Three quarters of the generator's range: a plain remainder would put half of the draws into the first third.
    const wide = Array.from({ length: 3000 }, () => rng.int(0, 3 * 2 ** 51 - 1));
    expect(wide.filter((value) => value < 2 ** 51).length / wide.length).toBeCloseTo(1 / 3, 1);
    expect(Number.isSafeInteger(rng.int(Number.MIN_SAFE_INTEGER, 0))).toBe(true);
  });

  it.each([
    [1, 0],
    [0.5, 1],
    [0, NaN],
    [0, Infinity],
    [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ])("refuses int(%d, %d)", (min, max) => {
    expect(() => createRng(0).int(min, max)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });

  it("shuffles into a new array in which every order is equally likely", () => {
    const rng = createRng(6);
    const list = Object.freeze(["a", "b", "c"]);
    const counts = new Map<string, number>();
    for (let i = 0; i < 12_000; i++) {
      const order = rng.shuffle(list).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(["abc", "acb", "bac", "bca", "cab", "cba"]);
    for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(250);
  });

  it("chooses among all elements, and refuses an empty list", () => {
    const rng = createRng(7);
    expect(new Set(Array.from({ length: 100 }, () => rng.choice([1, 2, undefined])))).toEqual(
      new Set([1, 2, undefined]),
    );
    expect(() => rng.choice([])).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });
});
