import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { shapeFitness, unitVariance, type FitnessShaping } from "./shaping.js";

const kinds = ["centered-rank", "z-score", "none"] as const;
const kind = fc.constantFrom(...kinds);
const anything = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, undefined, Number.MAX_VALUE, -Number.MAX_VALUE, 0),
);
const isOrdinary = (value: number | undefined): boolean =>
  value === undefined ||
  !Number.isFinite(value) ||
  value === 0 ||
  (Math.abs(value) > 1e-290 && Math.abs(value) < 1e290);
const shape = (fitness: (number | undefined)[], shaping: FitnessShaping): number[] => [
  ...shapeFitness(fitness, shaping, { antithetic: false }).values,
];

describe("shapeFitness", () => {
  it("spreads centred ranks over [-0.5, 0.5]; ties share their average rank", () => {
    expect(shape([10, -3, 5], "centered-rank")).toEqual([0.5, -0.5, 0]);
    expect(shape([1, 1, 7, 0], "centered-rank")).toEqual([0, 0, 0.5, -0.5]);
    expect(shape([2, 2, 2, 9], "centered-rank")).toEqual([-1 / 6, -1 / 6, -1 / 6, 0.5]);
  });

  it("gives z-scores variance 1, and only centres with none", () => {
    shape([1, 3], "z-score").forEach((value, member) => expect(value).toBeCloseTo(2 * member - 1, 14));
    expect(shape([1, 3, 8], "none")).toEqual([-3, -1, 4]);
  });

  it("gives zeros when all fitness is equal, whatever rounding does to its mean", () => {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(value, fc.nat(20), kind, (value, count, shaping) => {
        expect(shape(new Array<number>(count).fill(value), shaping)).toEqual(
          new Array<number>(count).fill(0),
        );
      }),
    );
  });

  it("leaves out members without fitness, and their antithetic partners", () => {
    const fitness = [1, 2, undefined, 100, 3, Number.NaN, 4, 5, Infinity, 0];
    expect(shapeFitness(fitness, "none")).toEqual({
      values: Float64Array.of(-2, -1, 0, 0, 0, 0, 1, 2, 0, 0),
      valid: 4,
    });
    expect(shapeFitness(fitness, "none", { antithetic: false }).valid).toBe(7);
  });

  it("is finite, centred and monotone for any fitness", () => {
    fc.assert(
      fc.property(
        fc.array(anything, { maxLength: 24 }),
        kind,
        fc.boolean(),
        (fitness, shaping, antithetic) => {
          // Without scaling, the mean of numbers at the ends of the float64 range is not exact.
          fc.pre(shaping !== "none" || fitness.every(isOrdinary));
          const even = antithetic && fitness.length % 2 === 1 ? fitness.slice(1) : fitness;
          const { values, valid } = shapeFitness(even, shaping, { antithetic });
          const scale = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
          expect(values.every(Number.isFinite)).toBe(true);
          expect(Math.abs(values.reduce((sum, value) => sum + value / (scale || 1), 0))).toBeLessThan(1e-9);
          if (shaping === "centered-rank") expect(scale).toBeLessThanOrEqual(0.5);
          const counted = even.flatMap((value, member) =>
            value !== undefined && values[member] !== undefined && values[member] !== 0
              ? [[value, values[member]] as const]
              : [],
          );
          expect(valid).toBeGreaterThanOrEqual(counted.length);
          for (const [left, leftShaped] of counted) {
            for (const [right, rightShaped] of counted)
              if (left < right) expect(leftShaped).toBeLessThanOrEqual(rightShaped);
          }
        },
      ),
    );
  });

  it("does not care about the scale of ranks and z-scores", () => {
    const numbers = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(
        numbers,
        fc.constantFrom("centered-rank" as const, "z-score" as const),
        (fitness, shaping) => {
          const scaled = shape(
            fitness.map((value) => value * 1024 + 3),
            shaping,
          );
          shape(fitness, shaping).forEach((value, member) => {
            expect(scaled[member]).toBeCloseTo(value, 9);
          });
        },
      ),
    );
  });

  it("says what is wrong with an entry that is no number", () => {
    expect(() => shapeFitness([1, "2" as unknown as number], "none")).toThrow("fitness[1] is string 2");
    expect(() => shapeFitness([Promise.resolve(1) as unknown as number, 1], "none")).toThrow(
      "await it first",
    );
    expect(() => shapeFitness([1, 2], "rank" as "none")).toThrow('Unknown fitness shaping "rank"');
  });
});

describe("unitVariance", () => {
  it("scales to variance 1 over the members that count, and leaves zeros alone", () => {
    const shaped = shapeFitness([4, 1, undefined, 1, 9, 2], "centered-rank");
    const values = unitVariance(shaped);
    expect(values.reduce((sum, value) => sum + value * value, 0) / shaped.valid).toBeCloseTo(1, 12);
    expect([...unitVariance(shapeFitness([3, 3], "centered-rank"))]).toEqual([0, 0]);
  });
});
