/** Every row of the tables in docs/scorers.md. */
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "@jest/globals";
import type { ScoreResult } from "@hyperfunc/core";
import { ClassificationAccuracy } from "./classification-accuracy.js";
import { ContainsMatch } from "./contains-match.js";
import { ExactMatch } from "./exact-match.js";
import { F1 } from "./f1.js";
import { JsonMatch } from "./json-match.js";
import { Levenshtein } from "./levenshtein.js";
import { NumericDistance } from "./numeric-distance.js";
import { RegexMatch } from "./regex-match.js";

const CLASSES = {
  ExactMatch,
  ClassificationAccuracy,
  ContainsMatch,
  RegexMatch,
  NumericDistance,
  Levenshtein,
  F1,
  JsonMatch,
};

const text = readFileSync(new URL("../../../../docs/scorers.md", import.meta.url), "utf8");

/** Rows of [output, expected, options, score] below the heading `## name`. */
function rowsOf(name: string): string[][] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${name}\n`)) ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .slice(1)
        .split(/(?<!\\)\|/)
        .map((cell) =>
          cell
            .trim()
            .replace(/^`(.*)`$/, "$1")
            .replaceAll("\\|", "|"),
        ),
    );
}

/** Values of another realm, as scorers meet them in sandboxes and test runners. */
const value = (code: string): unknown => runInNewContext(`(${code})`);

describe.each(Object.entries(CLASSES))("docs/scorers.md: %s", (name, Class) => {
  const rows = rowsOf(name);

  it("has a table", () => {
    expect(rows.length).toBeGreaterThanOrEqual(10);
  });

  it.each(rows)("%s beside %s with {%s} gives %s", (output = "", expected = "", options = "", score = "") => {
    const given = { ...(options === "" ? {} : (value(options) as object)) };
    const result: ScoreResult = new Class(given).score({ output: value(output), expected: value(expected) });
    if (score === "error") {
      expect(result).toMatchObject({ score: 0, status: "error", details: { error: result.feedback } });
      expect(result.feedback).not.toBe("");
      return;
    }
    expect(result.status).toBe("ok");
    expect(/^[01]$/.test(score) ? result.score : Number(result.score.toFixed(2))).toBe(Number(score));
    expect(result.feedback === "").toBe(result.score === 1);
  });
});
