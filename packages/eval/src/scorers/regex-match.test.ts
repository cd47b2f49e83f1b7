import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { boundedExec, mostSteps } from "./bounded-exec.js";
import { RegexMatch } from "./regex-match.js";

describe("RegexMatch", () => {
  it("gives the match and its groups", () => {
    const scorer = new RegexMatch({ pattern: "(?<y>\\d{4})-(\\d\\d)(x)?" });
    expect(scorer.score({ output: "on 2024-05" })).toEqual({
      score: 1,
      feedback: "",
      details: { match: "2024-05", groups: ["2024", "05", undefined], namedGroups: { y: "2024" } },
      status: "ok",
    });
    expect(scorer.score({ output: "soon" })).toEqual({
      score: 0,
      feedback: "'soon' does not match /(?<y>\\d{4})-(\\d\\d)(x)?/i",
      details: { match: null },
      status: "ok",
    });
  });

  it.each(["g", "y", "gy", "giy"])(
    "has no state with the flags %s, and leaves the pattern alone",
    (flags) => {
      const pattern = new RegExp("A", flags);
      pattern.lastIndex = 3;
      const scorer = new RegexMatch({ pattern });
      const scores = [1, 2, 3].map(() => scorer.score({ output: "xxA" }).score);
      expect(scores).toEqual([1, 1, 1]);
      expect(pattern.lastIndex).toBe(3);
      expect(new RegexMatch().score({ output: "xxA", expected: pattern }).score).toBe(1);
    },
  );

  it("prefers its pattern to the expected value", () => {
    const scorer = new RegexMatch({ pattern: "a" });
    expect(scorer.score({ output: "a", expected: "b" }).score).toBe(1);
    expect(scorer.score({ output: "b", expected: "b" }).score).toBe(0);
    expect(scorer.score({ output: "a", expected: "(" }).score).toBe(1);
  });

  it("keeps a RegExp's own flags unless it is given some", () => {
    const judge = (options: object): number => new RegexMatch(options).score({ output: "A" }).score;
    expect(judge({ pattern: /a/ })).toBe(0);
    expect(judge({ pattern: /a/, flags: "i" })).toBe(1);
    expect(judge({ pattern: "a" })).toBe(1);
  });

  it.each(["", "m", "u", "v", "s", "im"])("matches all of the output with fullMatch, flags %p", (flags) => {
    const judge = (output: string): number =>
      new RegexMatch({ pattern: "a|ab|(c)\\1", flags, fullMatch: true }).score({ output }).score;
    expect(["a", "ab", "cc", "abc", "xa", "a\n", "a\nab", "c"].map(judge)).toEqual([1, 1, 1, 0, 0, 0, 0, 0]);
  });

  it("says what is wrong with an expected pattern", () => {
    const { status, feedback } = new RegexMatch().score({ output: "x", expected: "[" });
    expect([status, feedback]).toEqual(["error", expect.stringContaining("Unterminated character class")]);
  });
});

describe("a match in bounded time", () => {
  it.each([
    [/^(a+)+$/, "a".repeat(40) + "!"],
    [/(a|a)*$/, "a".repeat(40) + "!"],
    [/(?:a|b|ab)*c/, "ab".repeat(40)],
    [/(.*)\1x/, "a".repeat(20_000)],
    [/a*a*a*a*a*b/, "a".repeat(3000)],
    [new RegExp(`${"a*".repeat(12)}b`), "a".repeat(100)],
  ])("gives up %s", (pattern, text) => {
    const start = performance.now();
    const { problem } = boundedExec(pattern, text, 20);
    expect(problem).toContain("took longer than 20 ms");
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it("is an error of the scorer, and the next match works", () => {
    const scorer = new RegexMatch({ pattern: "^(a+)+$", timeoutMs: 20 });
    expect(scorer.score({ output: "a".repeat(40) + "!" })).toMatchObject({
      score: 0,
      status: "error",
      details: { error: "The pattern /^(a+)+$/i took longer than 20 ms on a text of 41 characters" },
    });
    expect(scorer.score({ output: "aaa" }).score).toBe(1);
  });

  it("leaves the watchdog out where the pattern's form bounds the work", () => {
    expect(mostSteps("order \\d+", 200)).toBeLessThan(1e6);
    expect(mostSteps("^(?:yes|no|maybe)$", 200)).toBeLessThan(1e6);
    expect(mostSteps("literal", 100_000)).toBeLessThan(1e6);
    for (const source of ["(a+)+", "(?:a|a)*", "(a){2,}", "(?<n>a+)?b", "((a+)b)*"]) {
      expect(mostSteps(source, 5)).toBe(Infinity);
    }
    expect(mostSteps("(.*)\\1", 200)).toBeGreaterThan(1e6);
  });

  it("gives what exec gives", () => {
    const part = fc.constantFrom(
      "a",
      "b",
      "[ab]",
      "a+",
      "b*",
      "(a|b)",
      "(?:ab)+",
      "(a?)",
      "^",
      "$",
      "\\b",
      "|",
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 6 }),
        fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 12 }),
        (parts, text) => {
          const pattern = new RegExp(parts.join(""));
          expect(boundedExec(pattern, text, 5000).match).toEqual(pattern.exec(text));
        },
      ),
    );
  });
});
