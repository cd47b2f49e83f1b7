import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { reflect } from "./reflection.js";

const finite = fc.double({ min: -100, max: 100, noNaN: true });

describe("reflect", () => {
  it("returns what is inside, bit for bit, and folds the rest back by as much as it overshoots", () => {
    expect(reflect(0.3, 0, 1)).toBe(0.3);
    expect(reflect(1.25, 0, 1)).toBe(0.75);
    expect(reflect(-0.25, 0, 1)).toBe(0.25);
    expect(reflect(2.25, 0, 1)).toBe(0.25);
    expect(reflect(-3, -1, Infinity)).toBe(1);
    expect(reflect(3, -Infinity, 1)).toBe(-1);
    expect(reflect(5, 2, 2)).toBe(2);
  });

  it("always lands inside, and mirrors at both ends", () => {
    fc.assert(
      fc.property(finite, finite, finite, (x, one, other) => {
        const [min, max] = [Math.min(one, other), Math.max(one, other)];
        const value = reflect(x, min, max);
        expect(value).toBeGreaterThanOrEqual(min);
        expect(value).toBeLessThanOrEqual(max);
        if (max - min > 1e-3) {
          expect(reflect(2 * max - x, min, max)).toBeCloseTo(value, 9);
          expect(reflect(2 * min - x, min, max)).toBeCloseTo(value, 9);
        }
      }),
    );
  });
});
