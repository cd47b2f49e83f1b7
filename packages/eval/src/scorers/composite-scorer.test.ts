import { describe, expect, it } from "@jest/globals";
import { expectTypeOf } from "expect-type";
import type { Scorer, ScoreResult } from "@hyperfunc/core";
import { CompositeScorer } from "./composite-scorer.js";
import { ContainsMatch } from "./contains-match.js";
import { ExactMatch } from "./exact-match.js";

const judged = { output: "It is 42", expected: "42", inputs: {} };
const fixed = (score: number, feedback = "", name?: string): Scorer => ({
  ...(name === undefined ? {} : { name }),
  score: () => ({ score, feedback, status: "ok" }),
});
const failing = (error: unknown): Scorer => ({ name: "Failing", score: () => Promise.reject(error) });

describe("CompositeScorer", () => {
  it("is the weighted mean, at once where every part is", () => {
    const scorer = new CompositeScorer([
      [new ExactMatch(), 2],
      [new ContainsMatch(), 1],
      [fixed(0.5, "half"), 1],
    ]);
    expect(scorer.score(judged)).toEqual({
      score: 0.375,
      feedback: "[ExactMatch] Expected '42' but got 'It is 42' | [scorer 3] half",
      details: {
        individualScores: [
          {
            name: "ExactMatch",
            weight: 2,
            score: 0,
            feedback: "Expected '42' but got 'It is 42'",
            details: {},
            status: "ok",
          },
          {
            name: "ContainsMatch",
            weight: 1,
            score: 1,
            feedback: "",
            details: { found: ["42"], missing: [] },
            status: "ok",
          },
          { name: "scorer 3", weight: 1, score: 0.5, feedback: "half", status: "ok" },
        ],
      },
      status: "ok",
    });
  });

  it("may leave the feedback out", () => {
    const scorer = new CompositeScorer([[new ExactMatch(), 1]], { combineFeedback: false });
    expect(scorer.score(judged)).toMatchObject({ score: 0, feedback: "" });
  });

  it("hands on all it is given", async () => {
    const { signal } = new AbortController();
    const seen: unknown[] = [];
    const part: Scorer = { score: (given) => (seen.push(given), { score: 1, feedback: "", status: "ok" }) };
    await new CompositeScorer([[part, 1]]).score({ ...judged, rollout: 2, signal });
    expect(seen).toEqual([{ ...judged, rollout: 2, signal }]);
  });

  it("runs asynchronous parts at the same time", async () => {
    const waiting: (() => void)[] = [];
    const slow = (score: number): Scorer => ({
      score: async () => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        return { score, feedback: "", status: "ok" };
      },
    });
    const result = new CompositeScorer([
      [slow(1), 3],
      [slow(0), 1],
      [new ContainsMatch(), 0],
    ]).score(judged);
    expect(result).toBeInstanceOf(Promise);
    expect(waiting).toHaveLength(2);
    waiting.forEach((resolve) => resolve());
    expect(await result).toMatchObject({ score: 0.75, status: "ok" });
  });

  it("is an error that names the part that could not judge", async () => {
    const inner = new CompositeScorer([[new ContainsMatch(), 1]]);
    const scorer = new CompositeScorer([
      [fixed(1), 1],
      [inner, 0],
    ]);
    const result = await scorer.score({ ...judged, expected: "" });
    expect(result).toMatchObject({ score: 0, status: "error", details: { error: result.feedback } });
    expect(result.feedback).toMatch(
      /^\[CompositeScorer\] \[ContainsMatch\] The expected value '' is no text/,
    );
  });

  it.each([NaN, -0.1, 1.1, Infinity, undefined, "1"])("takes a part's score of %p for an error", (score) => {
    const result = new CompositeScorer([
      [fixed(score as number, "", "Odd"), 1],
      [fixed(1), 1],
    ]).score(judged);
    expect(result).toMatchObject({
      score: 0,
      status: "error",
      feedback: expect.stringContaining("[Odd] gave the score"),
    });
  });

  it("takes a part without a result for an error", () => {
    const empty = { name: "Empty", score: () => undefined } as unknown as Scorer;
    expect(new CompositeScorer([[empty, 1]]).score(judged)).toMatchObject({
      status: "error",
      feedback: "[Empty] gave the score undefined, which is not between 0 and 1",
    });
  });

  it("throws what a part throws, once every part has settled", async () => {
    let settled = false;
    const late: Scorer = {
      score: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        settled = true;
        throw new Error("late");
      },
    };
    const throwing: Scorer = {
      score: () => {
        throw new Error("at once");
      },
    };
    await expect(
      new CompositeScorer([
        [late, 1],
        [throwing, 1],
      ]).score(judged),
    ).rejects.toThrow("late");
    await expect(
      new CompositeScorer([
        [failing(new Error("first")), 1],
        [late, 1],
      ]).score(judged),
    ).rejects.toThrow("first");
    expect(settled).toBe(true);
  });

  it.each([
    [[], "needs at least one [scorer, weight], got []"],
    ["x", "needs at least one [scorer, weight], got 'x'"],
    [[fixed(1)], "part 0 must be [scorer, weight]"],
    [[[() => 1, 1]], "part 0 must be [scorer, weight]"],
    [
      [
        [fixed(1), 1],
        [fixed(1), -1],
      ],
      "the weight of part 1 must be a finite number from 0, got -1",
    ],
    [[[fixed(1), NaN]], "the weight of part 0 must be a finite number from 0, got NaN"],
    [[[fixed(1), Infinity]], "got Infinity"],
    [[[fixed(1), "1"]], "got '1'"],
    [
      [
        [fixed(1), 0],
        [fixed(1), 0],
      ],
      "the weights add up to 0; give at least one a finite weight above 0",
    ],
    [
      [
        [fixed(1), 1e308],
        [fixed(1), 1e308],
      ],
      "the weights add up to Infinity",
    ],
  ])("refuses %j", (scorers, message) => {
    expect(() => new CompositeScorer(scorers as never)).toThrow(message);
  });

  it("does not follow later changes of the list", () => {
    const list: [Scorer, number][] = [[fixed(1), 1]];
    const scorer = new CompositeScorer(list);
    list.push([fixed(0), 1]);
    expect(scorer.score(judged)).toMatchObject({ score: 1 });
  });

  it("infers what its parts judge", () => {
    const typed: Scorer<{ q: string }, string, number> = {
      score: () => ({ score: 1, feedback: "", status: "ok" }),
    };
    const scorer = new CompositeScorer([[typed, 1]]);
    expectTypeOf(scorer).toEqualTypeOf<CompositeScorer<{ q: string }, string, number>>();
    expectTypeOf(new CompositeScorer([[new ExactMatch(), 1]])).toEqualTypeOf<CompositeScorer>();
    expectTypeOf(scorer.score).returns.toEqualTypeOf<ScoreResult | Promise<ScoreResult>>();
  });
});
