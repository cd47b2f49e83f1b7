import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { codePointCount, editDistance } from "./edit-distance.js";
import { Levenshtein } from "./levenshtein.js";

/** The table of Wagner and Fischer, 1974. */
function table(left: string, right: string): number {
  const [a, b] = [[...left], [...right]];
  let row = [0, ...b.map((_, j) => j + 1)];
  for (const [i, x] of a.entries()) {
    const next = [i + 1];
    for (const [j, y] of b.entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (x === y ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

describe("editDistance", () => {
  it.each(["ab", "abcdefgh", "aé😀\ud800"])("is the table's, letters of %s", (letters) => {
    const text = fc.string({ unit: fc.constantFrom(...letters), maxLength: 80, size: "max" });
    fc.assert(
      fc.property(text, text, (left, right) => expect(editDistance(left, right)).toBe(table(left, right))),
      { numRuns: 200 },
    );
  });

  it.each([31, 32, 33, 64, 65, 96])("is the table's at %d rows, where words end", (length) => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: length, maxLength: length });
    fc.assert(
      fc.property(text, text, (left, right) =>
        expect(editDistance(`x${left}`, `y${right}z`)).toBe(table(`x${left}`, `y${right}z`)),
      ),
      { numRuns: 50 },
    );
  });

  it("counts code points", () => {
    expect(editDistance("😀", "😁")).toBe(1);
    expect([codePointCount("😀a"), codePointCount("")]).toEqual([2, 0]);
  });
});

describe("Levenshtein", () => {
  it("says how many edits", () => {
    expect(new Levenshtein().score({ output: "kitten", expected: "sitting" })).toEqual({
      score: expect.closeTo(4 / 7, 12),
      feedback: "Expected 'sitting' but got 'kitten' (3 edits, longer text 7)",
      details: { distance: 3, length: 7 },
      status: "ok",
    });
  });

  it("keeps case and normal form unless told otherwise", () => {
    const judge = (options: object): number =>
      new Levenshtein(options).score({ output: "CAFE\u0301", expected: "caf\u00e9" }).score;
    expect(judge({})).toBe(0);
    expect(judge({ caseSensitive: false })).toBe(1);
    expect(judge({ normalizeUnicode: false })).toBe(0);
  });
});
