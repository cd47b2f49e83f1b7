import { expect, it } from "@jest/globals";
import { ClassificationAccuracy } from "./classification-accuracy.js";

it("keeps both labels for a confusion matrix, as they were given", () => {
  const result = new ClassificationAccuracy({ trim: true }).score({ output: " dog", expected: "cat" });
  expect(result).toEqual({
    score: 0,
    feedback: "Predicted ' dog', expected 'cat'",
    details: { predicted: " dog", expected: "cat" },
    status: "ok",
  });
});

it("trims and folds only when asked", () => {
  const judge = (options: object): number =>
    new ClassificationAccuracy(options).score({ output: "Cat ", expected: "cat" }).score;
  expect([{}, { trim: true }, { caseSensitive: false }].map(judge)).toEqual([0, 0, 0]);
  expect(judge({ trim: true, caseSensitive: false })).toBe(1);
});

it("takes a label of white space for none, when it trims", () => {
  expect(new ClassificationAccuracy({ trim: true }).score({ output: "a", expected: " " }).status).toBe(
    "error",
  );
  expect(new ClassificationAccuracy().score({ output: " ", expected: " " }).score).toBe(1);
});
