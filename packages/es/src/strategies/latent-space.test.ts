import { defineHpType, LMParam } from "@hyperfunc/core";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { fromNatural, latentLeaf, naturalBatch, toNatural, type LatentField } from "./latent-space.js";
import { memberBatch, reflected } from "./perturbation.js";
import { drawCount } from "./leaf.js";
import { drawNoise } from "./noise.js";

const number = (value: number): number => value;
const scalarFields: fc.Arbitrary<LatentField> = fc
  .record({
    min: fc.oneof(fc.constant(-Infinity), fc.double({ min: -50, max: 50, noNaN: true }).map(number)),
    width: fc.oneof(fc.constant(Infinity), fc.double({ min: 1, max: 100, noNaN: true })),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    scale: fc.constantFrom("linear" as const, "log" as const),
    integer: fc.boolean(),
  })
  .map(({ min, width, share, scale, integer }) => {
    const low = scale === "log" ? Math.abs(Number.isFinite(min) ? min : 0) + 0.5 : min;
    const high = Number.isFinite(low) ? low + width : 3 + width;
    const inside = Math.min(
      Math.max((Number.isFinite(low) ? low : -40) + share * Math.min(width, 10), low),
      high,
    );
    const initial = integer
      ? Math.min(Math.max(Math.round(inside), Math.ceil(low)), Math.floor(high))
      : inside;
    return {
      kind: "scalar",
      name: "v",
      default: initial,
      min: low,
      max: high,
      scale,
      integer,
      tensor: false,
    };
  });
const choiceFields: fc.Arbitrary<LatentField> = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.nat(5))
  .map(([count, index]) => ({
    kind: "choice",
    name: "c",
    choices: Array.from({ length: count }, (_, choice) => `choice ${choice}`),
    default: index % count,
  }));
const fields = fc.oneof(scalarFields, choiceFields);

function inRange(field: LatentField, value: number): boolean {
  if (field.kind === "choice") return field.choices[value] !== undefined;
  return value >= field.min && value <= field.max && (!field.integer || Number.isInteger(value));
}

/** Natural values of a population around the field's default. */
function population(field: LatentField, { sigma = 0.1, popSize = 64, seed = 0 } = {}): number[] {
  const pairing = { popSize, antithetic: true };
  const leaf = latentLeaf("f.hp.v", field);
  const noise = drawNoise(leaf, drawCount(pairing), seed, 0);
  const mean = fromNatural(field, field.default);
  const search = { leaf, mean, sigma: Math.max(sigma, leaf.minSigma ?? 0), noise };
  const latent = memberBatch(reflected(search, pairing), pairing);
  const natural = naturalBatch(leaf.path, field, latent, { ...pairing, seed, generation: 0 });
  return natural.kind === "dense" ? [...natural.values] : [];
}

describe("fromNatural and toNatural", () => {
  it("go back and forth for any field", () => {
    fc.assert(
      fc.property(fields, (field) => {
        const value = toNatural(field, fromNatural(field, field.default));
        if (field.kind === "choice" || field.integer) expect(value).toBe(field.default + 0);
        else
          expect(Math.abs(value - field.default)).toBeLessThanOrEqual(
            1e-12 * Math.max(1, Math.abs(field.default)),
          );
      }),
    );
  });

  it("stay in the range for any latent coordinates and any rounding", () => {
    const latents = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(
        fields,
        latents,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (field, latent, rounding) => {
          const own = latent.slice(0, field.kind === "choice" ? field.choices.length : 1);
          expect(inRange(field, toNatural(field, own, rounding))).toBe(true);
        },
      ),
    );
  });

  it("measure bounded numbers in shares of the range, or of its orders of magnitude", () => {
    const [temperature] = LMParam.fields;
    const rate = defineHpType({
      name: "T",
      fields: { lr: { default: 1e-3, min: 1e-5, max: 1e-1, scale: "log" } },
    }).fields[0];
    if (temperature?.kind !== "scalar" || rate?.kind !== "scalar") throw new Error("expected scalars");
    expect(fromNatural(temperature, 0.5)[0]).toBe(0.25);
    expect(toNatural(temperature, [1.25])).toBe(1.5);
    expect(fromNatural(rate, 1e-3)[0]).toBeCloseTo(0.5, 12);
    expect(toNatural(rate, [-0.25])).toBeCloseTo(1e-4, 12);
  });

  it("measure open sides in natural units, or in factors of e", () => {
    const open = defineHpType({
      name: "T",
      fields: {
        offset: { default: 7 },
        rate: { default: 1, min: 0.5, scale: "log" },
        count: { default: 3, min: 0, integer: true },
      },
    }).fields;
    const [offset, rate, count] = open;
    if (offset?.kind !== "scalar" || rate?.kind !== "scalar" || count?.kind !== "scalar")
      throw new Error("expected scalars");
    expect(fromNatural(offset, -12.5)[0]).toBe(-12.5);
    expect(toNatural(rate, [2])).toBeCloseTo(Math.E ** 2, 12);
    expect(toNatural(rate, [2 * Math.log(0.5) - 1])).toBeCloseTo(Math.E, 12);
    expect(toNatural(count, [-2.2])).toBe(2);
  });

  it("refuse a value outside the range", () => {
    const [temperature] = LMParam.fields;
    if (temperature?.kind !== "scalar") throw new Error("expected a scalar");
    expect(() => fromNatural(temperature, 3)).toThrow('"temperature" is 3, outside [0, 2].');
    expect(() => fromNatural(temperature, Number.NaN)).toThrow("NaN");
    expect(() => fromNatural({ kind: "choice", name: "model", choices: ["a", "b"], default: 0 }, 2)).toThrow(
      "outside [0, 1]",
    );
  });
});

describe("a population around a default", () => {
  it("has no dead zone: a default on its bound is moved by both members of every pair", () => {
    fc.assert(
      fc.property(scalarFields, fc.boolean(), fc.nat(), (field, upper, seed) => {
        if (field.kind !== "scalar" || field.integer) return;
        const bound = upper ? field.max : field.min;
        fc.pre(Number.isFinite(bound));
        const atBound = { ...field, default: bound };
        expect(population(atBound, { seed, popSize: 16 }).every((value) => value !== bound)).toBe(true);
      }),
    );
  });

  it("moves integers in every range, also with weak noise, and both ways when there is room", () => {
    for (const [min, max, initial] of [
      [0, 1, 0],
      [0, 1, 1],
      [1, 20, 4],
      [1, 1000, 500],
      [-5, Infinity, 3],
    ] as const) {
      for (const scale of ["linear", "log"] as const) {
        if (scale === "log" && min <= 0) continue;
        const field: LatentField = {
          kind: "scalar",
          name: "k",
          default: initial,
          min,
          max,
          scale,
          integer: true,
          tensor: false,
        };
        const values = population(field, { sigma: 0.001 });
        const moved = values.filter((value) => value !== initial).length;
        expect(moved).toBeGreaterThan(3);
        expect(values.every(Number.isInteger)).toBe(true);
        if (initial > min && initial < max) {
          expect(values.some((value) => value > initial)).toBe(true);
          expect(values.some((value) => value < initial)).toBe(true);
        }
      }
    }
  });

  it("rounds both members of a pair with the same draw, and follows the latent value on average", () => {
    const field: LatentField = {
      kind: "scalar",
      name: "k",
      default: 4,
      min: 0,
      max: 10,
      scale: "linear",
      integer: true,
      tensor: false,
    };
    const at = { popSize: 4000, antithetic: true, seed: 3, generation: 2 };
    const latent = { kind: "dense", values: new Float64Array(4000).fill(0.437) } as const;
    const natural = naturalBatch("k", field, latent, at);
    if (natural.kind !== "dense") throw new Error("expected dense values");
    const { values } = natural;
    for (let pair = 0; pair < 2000; pair++) expect(values[2 * pair]).toBe(values[2 * pair + 1]);
    expect([...values].reduce((sum, value) => sum + value, 0) / 4000).toBeCloseTo(4.37, 1);
  });

  it("tries other choices often at sigma 0.1 to 0.3, and no less with weaker noise", () => {
    const field: LatentField = { kind: "choice", name: "c", choices: ["a", "b", "c"], default: 1 };
    const others = (sigma: number): number =>
      population(field, { sigma, popSize: 4000 }).filter((value) => value !== 1).length / 4000;
    expect(others(0.1)).toBeGreaterThan(0.1);
    expect(others(0.3)).toBeLessThan(0.75);
    expect(others(0.3)).toBeGreaterThan(others(0.1));
    expect(others(0.01)).toBe(others(0.1));
  });

  it("is the same whoever draws it", () => {
    const field: LatentField = {
      kind: "scalar",
      name: "k",
      default: 4,
      min: 0,
      max: 10,
      scale: "linear",
      integer: true,
      tensor: false,
    };
    expect(population(field, { popSize: 32 })).toEqual(population(field, { popSize: 64 }).slice(0, 32));
  });
});
