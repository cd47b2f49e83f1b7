import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { StopStrings } from "../src/stop-strings.js";

describe("StopStrings", () => {
  it("cuts before the stop string that is complete first, however the text is cut into pieces", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 });
    const stopStrings = fc.array(fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 4 }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 6 }), stopStrings, (pieces, given) => {
        const cutter = new StopStrings(given);
        const passed = pieces.map((piece) => cutter.push(piece));
        const text = pieces.join("");
        // Letter by letter: the first place at which the text ends with a stop string.
        const end = Array.from(text, (_, index) => index + 1).find((length) =>
          given.some((stop) => text.slice(0, length).endsWith(stop)),
        );
        const stops = given.filter((stop) => text.slice(0, end).endsWith(stop)).map((stop) => stop.length);
        expect(cutter.found).toBe(end !== undefined);
        const kept = end === undefined ? text : text.slice(0, end - Math.max(...stops));
        expect(passed.join("") + cutter.end()).toBe(kept);
      }),
      { numRuns: 1000 },
    );
  });

  it("holds back no more than may be the beginning of one", () => {
    const cutter = new StopStrings(["end"]);
    const passed = [cutter.push("the e"), cutter.push("va"), cutter.push(" en"), cutter.end()];
    expect(passed).toEqual(["the ", "eva", " ", "en"]);
  });
});
