import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { studentTwoSidedP, studentTwoSidedQuantile } from "./student-t.js";

/** Two-sided critical values: NIST/SEMATECH e-Handbook 1.3.6.7.2, with the further digits of R's qt. */
const TABLE = [
  [0.9, 1, 6.313751514675],
  [0.95, 1, 12.706204736175],
  [0.999, 1, 636.619248768717],
  [0.95, 2, 4.302652729749],
  [0.9, 3, 2.353363434802],
  [0.95, 4, 2.776445105198],
  [0.95, 5, 2.570581835636],
  [0.95, 10, 2.228138851965],
  [0.99, 10, 3.169272672617],
  [0.95, 20, 2.085963447266],
  [0.95, 30, 2.042272456301],
  [0.99, 60, 2.660283028855],
  [0.95, 100, 1.983971518523],
  [0.95, 1000, 1.962339080826],
  [0.95, 1e7, 1.959964221],
] as const;

describe("studentTwoSidedQuantile", () => {
  it.each(TABLE)("at %d with %d degrees of freedom is %d", (level, degrees, expected) => {
    expect(Math.abs(studentTwoSidedQuantile(level, degrees) - expected)).toBeLessThan(1e-6);
  });

  it("agrees with the closed forms for 1 and 2 degrees of freedom", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1 - 1e-9, noNaN: true }), (level) => {
        const tangent = Math.tan((Math.PI / 2) * level);
        expect(studentTwoSidedQuantile(level, 1) / tangent).toBeCloseTo(1, 6);
        const two = level * Math.sqrt(2 / ((1 - level) * (1 + level)));
        expect(studentTwoSidedQuantile(level, 2) / two).toBeCloseTo(1, 6);
      }),
    );
  });
});

describe("studentTwoSidedP", () => {
  it.each(TABLE)(
    "of the critical value at %d with %d degrees of freedom is the rest",
    (level, degrees, critical) => {
      expect(Math.abs(studentTwoSidedP(critical, degrees) - (1 - level))).toBeLessThan(1e-9);
    },
  );

  it("runs from 1 to 0, the same on both sides", () => {
    expect(studentTwoSidedP(0, 5)).toBe(1);
    expect(studentTwoSidedP(Infinity, 5)).toBe(0);
    expect(studentTwoSidedP(1e200, 5)).toBe(0);
    expect(studentTwoSidedP(-2, 5)).toBe(studentTwoSidedP(2, 5));
    expect(studentTwoSidedP(1e-9, 5)).toBeCloseTo(1, 8);
  });
});
