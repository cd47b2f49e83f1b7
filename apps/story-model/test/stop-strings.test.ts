import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { StopStrings } from "../src/stop-strings.js";

describe("StopStrings", () => {
  it("cuts before the first stop string, however the text is cut into pieces", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 });
    const stops = fc.array(fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 4 }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 6 }), stops, (pieces, given) => {
        const cutter = new StopStrings(given);
        const passed = pieces.map((piece) => cutter.push(piece));
        const text = pieces.join("");
        const found = given.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
        expect(cutter.found).toBe(found.length > 0);
        expect(passed.join("") + cutter.end()).toBe(text.slice(0, Math.min(text.length, ...found)));
      }),
    );
  });

  it("holds back no more than may be the beginning of one", () => {
    const cutter = new StopStrings(["end"]);
    const passed = [cutter.push("the e"), cutter.push("va"), cutter.push(" en"), cutter.end()];
    expect(passed).toEqual(["the ", "eva", " ", "en"]);
  });
});
