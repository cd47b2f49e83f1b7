import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { TensorMemory } from "./tensor-memory.js";

const MIB = 2 ** 20;

describe("TensorMemory", () => {
  it("knows no bound before it has learned what a run takes", () => {
    expect(new TensorMemory(1).candidatesWithin(1_000_000)).toBe(Infinity);
  });

  it("fits as many candidates as leave half as much again free", () => {
    const memory = new TensorMemory(100);
    memory.learn(
      { candidates: 2, examples: 2, bytes: 2 * MIB },
      { candidates: 2, examples: 12, bytes: 4 * MIB },
    );
    // 3 MiB are there once, 0.15 MiB belong to every run: 97 MiB hold 646 runs.
    expect(memory.candidatesWithin(10)).toBe(64);
    expect(memory.candidatesWithin(646)).toBe(1);
  });

  it("never fits more than the limit, whatever was learned", () => {
    const size = fc.integer({ min: 0, max: 1e9 });
    fc.assert(
      fc.property(size, size, fc.integer({ min: 1, max: 5000 }), (once, grown, examples) => {
        const memory = new TensorMemory(512);
        memory.learn(
          { candidates: 2, examples: 2, bytes: once },
          { candidates: 2, examples: 18, bytes: once + grown },
        );
        try {
          const candidates = memory.candidatesWithin(examples);
          if (candidates < Infinity)
            expect(once + (candidates * examples * grown) / 32).toBeLessThanOrEqual(512 * MIB);
        } catch (error) {
          expect(error).toMatchObject({ code: "MEMORY_LIMIT" });
          expect(1.5 * once + (1.5 * examples * grown) / 32).toBeGreaterThan(512 * MIB - 1);
        }
      }),
    );
  });

  it("refuses with the numbers and the remedy", () => {
    const memory = new TensorMemory(10);
    memory.learn({ candidates: 1, examples: 2, bytes: MIB }, { candidates: 1, examples: 3, bytes: 2 * MIB });
    expect(() => memory.candidatesWithin(8)).toThrow(
      "One candidate on 8 examples needs about 14 MiB of tensors, and the system may use 10 MiB: " +
        "give fewer examples at a time, or raise memoryLimitMiB.",
    );
  });

  it.each([0, -1, NaN])("is no limit: %p", (limit) => {
    expect(() => new TensorMemory(limit)).toThrow(`memoryLimitMiB must be positive, got ${limit}.`);
  });
});
