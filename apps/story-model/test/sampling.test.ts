import { describe, expect, it } from "@jest/globals";
import { createRng } from "@hyperfunc/core";
import { Sampler, type Sampling } from "../src/sampling.js";

const PLAIN: Sampling = { temperature: 1, topP: 1, presencePenalty: 0, frequencyPenalty: 0 };
/** Logits of tokens with these probabilities. */
const PROBABILITIES = [0.05, 0.5, 0.15, 0.3];
const LOGITS = Float32Array.from(PROBABILITIES, Math.log);
const DRAWS = 20_000;

/** Share of each token in many first draws. */
function shares(sampling: Partial<Sampling>): number[] {
  const counts = PROBABILITIES.map(() => 0);
  const rng = createRng(0, "shares");
  for (let draw = 0; draw < DRAWS; draw++) {
    const token = new Sampler({ ...PLAIN, ...sampling }, rng).draw(LOGITS);
    counts[token] = (counts[token] ?? 0) + 1;
  }
  return counts.map((count) => count / DRAWS);
}

function expectShares(actual: readonly number[], expected: readonly number[]): void {
  expected.forEach((share, token) => {
    const error = Math.sqrt((share * (1 - share)) / DRAWS);
    expect(Math.abs((actual[token] ?? 0) - share)).toBeLessThanOrEqual(4.5 * error);
  });
}

describe("Sampler", () => {
  it("draws tokens with their probabilities", () => {
    expectShares(shares({}), PROBABILITIES);
  });

  it("sharpens and flattens them with the temperature", () => {
    for (const temperature of [0.5, 2]) {
      const powers = PROBABILITIES.map((probability) => probability ** (1 / temperature));
      const total = powers.reduce((sum, power) => sum + power, 0);
      expectShares(
        shares({ temperature }),
        powers.map((power) => power / total),
      );
    }
  });

  it.each<[number, number[]]>([
    [0.95, [0, 0.5 / 0.95, 0.15 / 0.95, 0.3 / 0.95]],
    [0.81, [0, 0.5 / 0.95, 0.15 / 0.95, 0.3 / 0.95]],
    [0.79, [0, 0.5 / 0.8, 0, 0.3 / 0.8]],
    [0.3, [0, 1, 0, 0]],
    [0, [0, 1, 0, 0]],
  ])("keeps the fewest tokens that have the mass %d together", (topP, expected) => {
    expectShares(shares({ topP }), expected);
  });

  it("takes the most likely token at temperature 0, whatever the seed", () => {
    expect(shares({ temperature: 0 })).toEqual([0, 1, 0, 0]);
  });

  it("takes the penalties off the logits of what it has drawn: once for presence, each time for frequency", () => {
    const logits = Float32Array.of(2, 1.5, 0);
    const drawn = (sampling: Partial<Sampling>, count: number): number[] => {
      const sampler = new Sampler({ ...PLAIN, temperature: 0, ...sampling }, createRng(0));
      return Array.from({ length: count }, () => sampler.draw(logits));
    };
    // 2 and 1.5; then 1 and 1.5; then 1 and 0.5, from which nothing more is taken.
    expect(drawn({ presencePenalty: 1 }, 4)).toEqual([0, 1, 0, 0]);
    // 2 and 1.5; 1 and 1.5; 1 and 0.5; 0 and 0.5; 0 and -0.5; -1 and -0.5, when the third token is the highest.
    expect(drawn({ frequencyPenalty: 1 }, 6)).toEqual([0, 1, 0, 1, 0, 2]);
    expect(drawn({ presencePenalty: -1 }, 4)).toEqual([0, 0, 0, 0]);
    expect([...logits]).toEqual([2, 1.5, 0]);
  });
});
