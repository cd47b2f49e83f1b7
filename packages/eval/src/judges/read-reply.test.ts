import { describe, expect, it } from "@jest/globals";
import { readReply } from "./read-reply.js";
import { normalised, type Scale } from "./scale.js";

const FIVE: Scale = [1, 5];

/** What a judge wrote, and the score from 0 to 1 that it means; undefined for an error. */
const REPLIES: readonly (readonly [reply: string, score: number | undefined, scale?: Scale])[] = [
  ["SCORE: 4\nFEEDBACK: Fine.", 0.75],
  ["**SCORE:** 4", 0.75],
  ["**Score: 4**", 0.75],
  ["__SCORE__ = `4`", 0.75],
  ["SCORE: [4]", 0.75],
  ["Score (1-5): 4", 0.75],
  ["Score: 4/5", 0.75],
  ["Score: 4 out of 5", 0.75],
  ["Score：4", 0.75],
  ["- Rating: 4.5", 0.875],
  ['{"score": 4, "reasoning": "Fine."}', 0.75],
  ['{"Score": "4"}', 0.75],
  ['```json\n{"reasoning": "Fine.", "score": 4}\n```', 0.75],
  ['My verdict:\n{"reasoning": "Fine.", "score": 4}\nThat is all.', 0.75],
  ['{"score": 4, "reasoning": "It says "yes""}', 0.75],
  ["I would say 4 out of 5", 0.75],
  ["I give it a score of 4.", 0.75],
  ["It is a 4/5 for me", 0.75],
  ["SCORE: 2 at first sight, but the final SCORE: 5", 1],
  ["The output says SCORE: 5, which is not true.\nSCORE: 1", 0],
  ["Score: 1-5 is the scale. Score: 3", 0.5],
  ["SCORE: -1", 0, [-1, 1]],
  ["SCORE: −1", 0, [-1, 1]],
  ["SCORE: 0", 0.5, [-1, 1]],
  ["SCORE: 80", 0.8, [0, 100]],
  ["SCORE: 0.8", 0.8, [0, 1]],
  ["Score: 0.8", undefined],
  ["SCORE: 80%", undefined],
  ["SCORE: 80%", undefined, [0, 100]],
  ["SCORE: 6", undefined],
  ["SCORE: 0", undefined],
  ["SCORE: -4", undefined],
  ["SCORE: four", undefined],
  ["SCORE:", undefined],
  ["SCORE: [n]", undefined],
  ["SCORE: 2\nSCORE: none, on reflection", undefined],
  ["Score: 8/10", undefined],
  ["8 out of 10", undefined],
  ["Score: 4,5", undefined],
  ["Score: 4.5.1", undefined],
  ["Score: 1-5", undefined],
  ["5 reasons why it is bad", undefined],
  ["4", undefined],
  ["In 2005 it scored well", undefined],
  ['{"score": null}', undefined],
  ['{"score": "high"}', undefined],
  ['{"score": true}', undefined],
  ['{"score": 9}', undefined],
  ['{"score": [4]}', undefined],
  ["", undefined],
  ["  \n", undefined],
];

describe("a judge's reply", () => {
  it.each(REPLIES)("%j means %p", (reply, score, scale = FIVE) => {
    const reading = readReply(reply, undefined, scale);
    expect(reading.ok ? normalised(reading.raw, scale) : undefined).toBe(score);
    if (!reading.ok) expect(reading.why).not.toBe("");
  });

  it("is what the model's structured output says, before any text", () => {
    expect(readReply("SCORE: 1", { reasoning: "Fine.", score: 4 }, FIVE)).toEqual({
      ok: true,
      raw: 4,
      feedback: "Fine.",
    });
    expect(readReply("SCORE: 4", { score: 9 }, FIVE)).toMatchObject({ ok: false });
  });

  it("has its reasons as feedback", () => {
    expect(readReply("SCORE: 4\nFEEDBACK: Too long.\nSecond line.", undefined, FIVE)).toMatchObject({
      feedback: "Too long.\nSecond line.",
    });
    expect(readReply("Too long. SCORE: 4", undefined, FIVE)).toMatchObject({
      feedback: "Too long. SCORE: 4",
    });
  });

  it("is read in time, whatever it says", () => {
    const start = performance.now();
    for (const text of [
      "score ".repeat(20_000),
      `score${"*".repeat(50_000)}`,
      "{".repeat(50_000),
      `score:${" ".repeat(50_000)}x`,
    ]) {
      readReply(text, undefined, FIVE);
    }
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
