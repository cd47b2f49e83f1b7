import { expect, it } from "@jest/globals";
import { F1 } from "./f1.js";
import { wordTokens } from "./word-tokens.js";

it("weighs precision against recall", () => {
  const result = new F1().score({ output: "the big red dog", expected: "a red dog runs" });
  expect(result).toMatchObject({
    score: expect.closeTo(2 / 3, 12),
    feedback: "Expected 'a red dog runs' but got 'the big red dog' (precision 0.67, recall 0.67)",
    details: {
      precision: expect.closeTo(2 / 3, 12),
      recall: expect.closeTo(2 / 3, 12),
      answer: "a red dog runs",
    },
  });
});

it("counts words as often as they occur", () => {
  const judge = (output: string, expected: string): number => new F1().score({ output, expected }).score;
  expect(judge("paris paris paris", "paris")).toBeCloseTo(0.5, 12);
  expect(judge("paris", "paris paris paris")).toBeCloseTo(0.5, 12);
  expect(judge("paris paris", "paris paris")).toBe(1);
});

it("takes the best answer of a list", () => {
  const result = new F1().score({ output: "New York City", expected: ["NYC", "New York", "York"] });
  expect(result.details).toMatchObject({ answer: "New York" });
  expect(result.score).toBeCloseTo(0.8, 12);
});

it.each([
  ["The U.S. isn't a well-known (3.14) place!", ["us", "isnt", "well", "known", "3.14", "place"]],
  ["3.0 and 3 and 1e3 and $1,000.", ["3", "and", "3", "and", "1000", "and", "1000"]],
  ["theatre  an\nanthem\ttèa", ["theatre", "anthem", "tèa"]],
  ["STRASSE straße", ["strasse", "strasse"]],
  ["-5 1e999", ["5", "1e999"]],
  [" - ! ", []],
])("splits %j", (text, words) => {
  expect(wordTokens(text)).toEqual(words);
});

it("leaves stop words out, however they are written", () => {
  expect(wordTokens("Please, PLEASE say yes", ["please!"])).toEqual(["say", "yes"]);
});
