import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { globalNorm } from "./moments.js";
import { stepRule, type StepRuleOptions } from "./step.js";

const gradients = fc.array(fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -3, max: 3, noNaN: true }))), {
  minLength: 1,
  maxLength: 12,
});

/** Directions over a sequence of gradients of two leaves, of sizes 2 and 1. */
function directions(options: StepRuleOptions, sequence: readonly number[][]): number[][] {
  const rule = stepRule(options);
  let state = rule.init([2, 1]);
  return sequence.map(([x = 0, y = 0, z = 0]) => {
    const step = rule.update([Float32Array.of(x, y), Float32Array.of(z)], state);
    state = step.state;
    return step.direction.flatMap((leaf) => [...leaf]);
  });
}

function expectClose(actual: readonly number[][], expected: readonly number[][], digits = 4): void {
  actual.forEach((row, index) => {
    row.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[index]?.[i] ?? Number.NaN, digits);
    });
  });
}

describe("stepRule", () => {
  it("sgd goes along the gradient, with momentum along the sum of what is left of the earlier ones", () => {
    fc.assert(
      fc.property(gradients, (sequence) => {
        const rounded = sequence.map((row) => row.map(Math.fround));
        expect(directions("sgd", sequence)).toEqual(rounded);
        const heavy = rounded.map((_, now) =>
          [0, 1, 2].map((i) =>
            rounded
              .slice(0, now + 1)
              .reduce((sum, row, then) => sum + 0.5 ** (now - then) * (row[i] ?? 0), 0),
          ),
        );
        expectClose(directions({ kind: "sgd", momentum: 0.5 }, sequence), heavy);
      }),
    );
  });

  it("adam follows algorithm 1 of Kingma and Ba", () => {
    fc.assert(
      fc.property(gradients, (sequence) => {
        const m = [0, 0, 0];
        const v = [0, 0, 0];
        const expected = sequence.map((row, index) =>
          row.map((value, i) => {
            m[i] = 0.9 * (m[i] ?? 0) + 0.1 * value;
            v[i] = 0.99 * (v[i] ?? 0) + 0.01 * value ** 2;
            return (
              (m[i] ?? 0) /
              (1 - 0.9 ** (index + 1)) /
              (Math.sqrt((v[i] ?? 0) / (1 - 0.99 ** (index + 1))) + 1e-2)
            );
          }),
        );
        expectClose(directions({ kind: "adam", epsilon: 1e-2 }, sequence), expected, 3);
      }),
    );
    expect(directions("adam", [[5, -0.001, 0]])[0]?.map((value) => Math.round(value * 1e3) / 1e3)).toEqual([
      1, -1, 0,
    ]);
  });

  it("clipup takes a first step of length 1 whatever the gradient, and never one above its top speed", () => {
    fc.assert(
      fc.property(gradients, (sequence) => {
        const moves = directions("clipup", sequence).map((row) => globalNorm([Float32Array.from(row)]));
        const still = sequence.every((row) => row.every((value) => Math.fround(value) ** 2 === 0));
        if (Math.hypot(...(sequence[0] ?? [])) > 1e-3) expect(moves[0]).toBeCloseTo(1, 5);
        if (still) expect(moves.every((length) => length === 0)).toBe(true);
        for (const length of moves) expect(length).toBeLessThanOrEqual(2 + 1e-6);
      }),
    );
    const steady =
      directions(
        "clipup",
        Array.from({ length: 40 }, () => [3, 0, 4]),
      ).at(-1) ?? [];
    expectClose([steady], [[1.2, 0, 1.6]]);
  });

  it("writes neither to the gradient nor to the state", () => {
    for (const options of ["sgd", { kind: "sgd", momentum: 0.9 }, "adam", "clipup"] as const) {
      const rule = stepRule(options);
      const gradient = [Float32Array.of(1, 2), Float32Array.of(3)];
      const { state } = rule.update(gradient, rule.init([2, 1]));
      const before = JSON.stringify([state, gradient]);
      rule.update(gradient, state);
      expect(JSON.stringify([state, gradient])).toBe(before);
      expect(state.moments.length).toBe(rule.slots);
      expect(state.count).toBe(1);
    }
  });

  it("names what it refuses", () => {
    expect(() => stepRule("adamw" as "adam")).toThrow(
      'Unknown step rule "adamw"; use "sgd", "adam" or "clipup".',
    );
    expect(() => stepRule({ kind: "sgd", momentum: 1 })).toThrow(
      "momentum of sgd must be at least 0 and below 1, got 1",
    );
    expect(() => stepRule({ kind: "adam", beta2: -1 })).toThrow("beta2 of adam");
    expect(() => stepRule({ kind: "adam", epsilon: 0 })).toThrow("epsilon of adam");
    expect(() => stepRule({ kind: "clipup", maxSpeed: Number.NaN })).toThrow("maxSpeed of clipup");
  });
});
