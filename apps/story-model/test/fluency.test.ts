import { describe, expect, it } from "@jest/globals";
import { storyQuality, wordsOf } from "../src/fluency.js";

describe("wordsOf", () => {
  it("reads words in lower case, and leaves out one that may be cut off", () => {
    expect(wordsOf(' park. She didn\'t "Stop"! Lu')).toEqual(["park", "she", "didn't", "stop"]);
    expect(wordsOf("He naïvely ran.")).toEqual(["he", "naïvely", "ran"]);
    expect(wordsOf("")).toEqual([]);
  });
});

describe("storyQuality", () => {
  const known = new Set(["a", "dog", "ran", "sat"]);

  it("is the cube of the share of known words, times the share of different pairs", () => {
    expect(storyQuality(["a dog ran."], known)).toBe(1);
    expect(storyQuality(["a dog ran.", "a dog ran."], known)).toBe(2 / 4);
    expect(storyQuality(["a dog ran.", "a dog sat."], known)).toBe(3 / 4);
    expect(storyQuality(["a dog blarg ran."], known)).toBeCloseTo((3 / 4) ** 3);
  });

  it("makes no pair of the end of one story and the beginning of the next", () => {
    expect(storyQuality(["dog dog.", "dog dog."], known)).toBe(1 / 2);
  });

  it("is 0 where there is nothing to read", () => {
    expect(storyQuality([], known)).toBe(0);
    expect(storyQuality(["a."], known)).toBe(0);
  });
});
