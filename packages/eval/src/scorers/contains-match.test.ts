import { expect, it } from "@jest/globals";
import { ContainsMatch } from "./contains-match.js";

it("gives the share of a list that was found, and says what was not", () => {
  const result = new ContainsMatch().score({
    output: "Red and BLUE",
    expected: ["RED", "green", "blue", "pink"],
  });
  expect(result).toEqual({
    score: 0.5,
    feedback: "Output does not contain 'green', 'pink'",
    details: { found: ["RED", "blue"], missing: ["green", "pink"] },
    status: "ok",
  });
});

it("asks for one of a list with mode any", () => {
  const scorer = new ContainsMatch({ mode: "any" });
  expect(scorer.score({ output: "red", expected: ["green", "red"] })).toMatchObject({
    score: 1,
    feedback: "",
  });
  expect(scorer.score({ output: "x", expected: ["green", "red"] }).feedback).toBe(
    "Output does not contain any of 'green', 'red'",
  );
  expect(scorer.score({ output: "x", expected: "red" }).feedback).toBe("Output does not contain 'red'");
});

it("never takes a text that is found everywhere", () => {
  for (const expected of ["", undefined, null, [], [""], ["a", null], {}, [["a"]], NaN]) {
    for (const mode of ["all", "any"] as const) {
      const result = new ContainsMatch({ mode }).score({ output: "anything", expected });
      expect(result).toMatchObject({ score: 0, status: "error" });
    }
  }
});
