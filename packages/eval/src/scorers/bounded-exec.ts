/**
 * One match of a regular expression in bounded time.
 *
 * A pattern such as `(a+)+$` takes exponential time on a short text, and nothing in the language stops it. V8 does stop
 * a script that runs longer than its timeout, inside a match as well, so the match runs under `node:vm`'s watchdog.
 * That costs about 0.2 ms a call (against 0.0002 ms for the match of a line of text), so it is left out where the
 * pattern's own form bounds the work. What nothing stops is V8's compilation of a pattern, which takes seconds from some
 * 40 optional parts in a row (`a?a?a?…`).
 */
import { createContext, Script } from "node:vm";

export type BoundedMatch =
  | { readonly match: RegExpExecArray | null; readonly problem?: undefined }
  | { readonly match?: undefined; readonly problem: string };

/** Steps of backtracking that take a few milliseconds. */
const FEW = 1e6;

const sandbox: { run: (() => RegExpExecArray | null) | undefined } = { run: undefined };
const context = createContext(sandbox);
const script = new Script("run()");

/** `pattern.exec(text)`, given up after `timeoutMs` milliseconds; the pattern must be neither global nor sticky. */
export function boundedExec(pattern: RegExp, text: string, timeoutMs: number): BoundedMatch {
  try {
    if (mostSteps(pattern.source, text.length) <= FEW) return { match: pattern.exec(text) };
    sandbox.run = () => pattern.exec(text);
    return { match: script.runInContext(context, { timeout: timeoutMs }) as RegExpExecArray | null };
  } catch (error) {
    const { code } = error as { code?: unknown };
    return code === "ERR_SCRIPT_EXECUTION_TIMEOUT"
      ? { problem: `took longer than ${timeoutMs} ms on a text of ${text.length} characters` }
      : { problem: `failed: ${String((error as Error).message)}` };
  } finally {
    sandbox.run = undefined;
  }
}

/**
 * A bound of the steps a backtracking matcher can take: with k quantifiers none of which repeats a group, each has at
 * most n + 1 lengths to try at each of n + 1 starts, times the ways through the alternatives; a repeated group has no
 * bound. Quantifiers are counted inside character classes and escapes too, which only makes the bound larger.
 */
export function mostSteps(source: string, length: number): number {
  const bare = source.replaceAll("(?", "(");
  if (/\)[*+?{]/.test(bare)) return Infinity;
  const quantifiers = bare.match(/[*+?{]|\\[k\d]/g)?.length ?? 0;
  const alternatives = bare.match(/\|/g)?.length ?? 0;
  const groups = bare.match(/\(/g)?.length ?? 0;
  const ways = Math.min(2 ** alternatives, (alternatives + 1) ** (groups + 1));
  return ways * (length + 1) ** (quantifiers + 1);
}
