import { describe, expect, it } from "@jest/globals";
import { Dataset } from "./dataset.js";

describe("a dataset of 100,000 examples", () => {
  it("is made, hashed and split in seconds", () => {
    const records = Array.from({ length: 100_000 }, (_, i) => ({
      inputs: { question: `What is ${i} plus ${7 * i}? Answer with the number only.`, context: ["a", "b"] },
      expected: String(8 * i),
      tags: [i % 2 === 0 ? "even" : "odd"],
      group: `user ${i % 20_000}`,
    }));
    const start = performance.now();
    const dataset = Dataset.of(records);
    expect(dataset.hash).toHaveLength(64);
    const { train, test } = dataset.split({ train: 0.8, test: 0.2 });
    const elapsedMs = performance.now() - start;
    expect(train.length + test.length).toBe(100_000);
    // About 3 s on two idle cores; what is quadratic would take minutes.
    expect(elapsedMs).toBeLessThan(30_000);
  });
});
