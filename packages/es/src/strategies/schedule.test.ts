import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { checkSchedule, scheduleAt } from "./schedule.js";

describe("scheduleAt", () => {
  it("is constant for a number and for a constant schedule", () => {
    expect(scheduleAt(0.3, 17)).toBe(0.3);
    expect(scheduleAt({ kind: "constant", from: 0.3 }, 17)).toBe(0.3);
  });

  it("goes half way in its own sense", () => {
    expect(scheduleAt({ kind: "linear", from: 1, to: 0.2, steps: 10 }, 5)).toBeCloseTo(0.6, 12);
    expect(scheduleAt({ kind: "cosine", from: 1, to: 0.2, steps: 10 }, 5)).toBeCloseTo(0.6, 12);
    expect(scheduleAt({ kind: "exponential", from: 1, to: 0.01, steps: 10 }, 5)).toBeCloseTo(0.1, 12);
  });

  it("starts at from, ends at to exactly, and never leaves the span between them", () => {
    const positive = fc.double({ min: 1e-6, max: 1e3, noNaN: true });
    const kind = fc.constantFrom("linear" as const, "cosine" as const, "exponential" as const);
    fc.assert(
      fc.property(
        kind,
        positive,
        positive,
        fc.integer({ min: 1, max: 50 }),
        fc.nat(200),
        (kind, from, to, steps, generation) => {
          const schedule = { kind, from, to, steps };
          expect(scheduleAt(schedule, 0)).toBe(from);
          expect(scheduleAt(schedule, steps + generation)).toBe(to);
          const value = scheduleAt(schedule, generation);
          const slack = 1e-12 * Math.max(from, to);
          expect(value).toBeGreaterThanOrEqual(Math.min(from, to) - slack);
          expect(value).toBeLessThanOrEqual(Math.max(from, to) + slack);
        },
      ),
    );
  });
});

describe("checkSchedule", () => {
  it("refuses what is not positive and names it", () => {
    expect(() => checkSchedule("sigma", 0, "positive")).toThrow(
      "sigma must be a positive finite number, got 0.",
    );
    expect(() => checkSchedule("lr", Number.NaN, "zero")).toThrow(
      "lr must be a positive finite number, got NaN.",
    );
    expect(() => checkSchedule("sigma", { kind: "linear", from: 1, to: 0, steps: 5 }, "positive")).toThrow(
      "sigma.to",
    );
    expect(() => checkSchedule("lr", { kind: "exponential", from: 1, to: 0, steps: 5 }, "zero")).toThrow(
      "lr.to",
    );
    expect(() => checkSchedule("lr", { kind: "cosine", from: 1, to: 0, steps: 0 }, "zero")).toThrow(
      "lr.steps",
    );
    expect(() => checkSchedule("lr", { kind: "wavy" as "linear", from: 1, to: 0, steps: 1 }, "zero")).toThrow(
      'unknown schedule kind "wavy"',
    );
  });

  it("lets a learning rate fade to zero", () => {
    expect(() => checkSchedule("lr", { kind: "cosine", from: 1, to: 0, steps: 5 }, "zero")).not.toThrow();
  });
});
