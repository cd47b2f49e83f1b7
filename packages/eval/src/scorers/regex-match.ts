import { types } from "node:util";
import { invalidArgument, type Scorer, type ScoreResult } from "@hyperfunc/core";
import { boundedExec } from "./bounded-exec.js";
import { canonicalText } from "./canonical-text.js";
import { requirePositive, withDefaults } from "./options.js";
import { scored, unjudged, type ComparedOutput } from "./result.js";
import { shown, shownValue } from "./shown.js";

export interface RegexMatchOptions {
  /** A JavaScript pattern; default the expected value is the pattern. */
  readonly pattern?: string | RegExp | undefined;
  /** Default "i" for a string, a RegExp's own for a RegExp. `g` and `y` have no effect. */
  readonly flags?: string | undefined;
  /** The whole output must match. Default false: a match anywhere counts. */
  readonly fullMatch?: boolean;
  /** Longest time of one match, in milliseconds; a longer one is an error. Default 250. */
  readonly timeoutMs?: number;
}

/**
 * 1 when the output matches the pattern, else 0.
 *
 * The pattern is the option or, without one, the expected value. `details` holds `match`, its `groups` by position and
 * its `namedGroups`; a RegExp given is never changed. The text is searched as it is, without a Unicode normal form; an
 * output that is an object is searched as JSON. An expected value that is no valid pattern is an error, as is a match
 * that takes longer than `timeoutMs`: patterns like `(a+)+$` need exponential time.
 *
 * @throws INVALID_ARGUMENT for an invalid pattern or flags.
 * @example
 * import { RegexMatch } from "@hyperfunc/eval";
 * const scorer = new RegexMatch({ pattern: "(?<year>\\d{4})-\\d{2}-\\d{2}" });
 * console.log(scorer.score({ output: "Due 2024-05-01." }).details?.["match"]); // 2024-05-01
 * console.log(scorer.score({ output: "Due soon." }).score); // 0
 */
export class RegexMatch implements Scorer<unknown, unknown, unknown> {
  readonly name = "RegexMatch";
  readonly options: Readonly<Required<RegexMatchOptions>>;
  readonly #pattern: Compiled | undefined;

  constructor(options: RegexMatchOptions = {}) {
    this.options = withDefaults(
      this.name,
      { pattern: undefined, flags: undefined, fullMatch: false, timeoutMs: 250 },
      options,
    );
    const { pattern, flags, timeoutMs } = this.options;
    requirePositive(this.name, "timeoutMs", timeoutMs);
    if (flags !== undefined && typeof flags !== "string") {
      throw invalidArgument(`${this.name}: flags must be a string such as "im", got ${shownValue(flags)}.`);
    }
    // Flags are tried even where the pattern comes later, in the expected value.
    const compiled = this.#compile(pattern ?? "x");
    if (typeof compiled === "string") {
      throw invalidArgument(
        `${this.name}: ${compiled}. Patterns are JavaScript's: a named group is (?<name>…), flags are an option.`,
      );
    }
    this.#pattern = pattern === undefined ? undefined : compiled;
  }

  score({ output, expected }: Pick<ComparedOutput, "output"> & Partial<ComparedOutput>): ScoreResult {
    const compiled = this.#pattern ?? this.#compile(expected);
    if (typeof compiled === "string") return unjudged(`The expected value is no pattern: ${compiled}`);
    const { regExp, title } = compiled;
    const { text, problem } = canonicalText(output, false);
    if (problem !== undefined) return scored(0, `The output is ${problem}`);
    const { match, problem: failure } = boundedExec(regExp, text, this.options.timeoutMs);
    if (failure !== undefined) return unjudged(`The pattern ${title} ${failure}`);
    if (match === null) return scored(0, `${shown(text)} does not match ${title}`, { match });
    const [whole, ...groups] = match;
    const named = match.groups === undefined ? {} : { namedGroups: { ...match.groups } };
    return scored(1, "", { match: whole, groups, ...named });
  }

  /** The pattern without state, or what is wrong with it. */
  #compile(pattern: unknown): Compiled | string {
    const { flags, fullMatch } = this.options;
    const isRegExp = types.isRegExp(pattern);
    if (!isRegExp && (typeof pattern !== "string" || pattern === "")) {
      return `a pattern must be a RegExp or a string that is not empty, got ${shownValue(pattern)}`;
    }
    const source = isRegExp ? pattern.source : pattern;
    const wanted = flags ?? (isRegExp ? pattern.flags : "i");
    try {
      const search = new RegExp(source, wanted.replaceAll(/[gy]/g, ""));
      // Look-arounds, since ^ and $ match at line ends too where the flag m says so.
      const regExp = fullMatch ? new RegExp(`(?<![^])(?:${source})(?![^])`, search.flags) : search;
      return { regExp, title: `${fullMatch ? "as a whole " : ""}${String(search)}` };
    } catch (error) {
      return (error as SyntaxError).message;
    }
  }
}

interface Compiled {
  readonly regExp: RegExp;
  /** As it is named in feedback. */
  readonly title: string;
}
