/** Words of an answer, normalised so that spelling and punctuation do not count. */
import { foldCase } from "./canonical-text.js";

const PUNCTUATION = /[!-/:-@[-`{-~]/g;
// The look-behind tries each run of punctuation once, which keeps the search linear.
const EDGES = /^[\s!-/:-@[-`{-~]+|(?<![\s!-/:-@[-`{-~])[\s!-/:-@[-`{-~]+$/g;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * SQuAD's normalisation with DROP's numbers: words are separated by white space and hyphens, case is folded, ASCII
 * punctuation and English articles are dropped, numbers are compared by value (`3.0` is `3`, `(3.14)` is `3.14`).
 */
export function wordTokens(text: string, stopWords: readonly string[] = []): string[] {
  const stops = new Set(stopWords.map((word) => normalize(folded(word))));
  return folded(text)
    .split(/[ -]/)
    .map(normalize)
    .filter((word) => !stops.has(word))
    .flatMap((words) => words.split(/\s+/))
    .filter((word) => word !== "");
}

function folded(text: string): string {
  return foldCase(text.normalize("NFC"));
}

function normalize(word: string): string {
  const number = [word.trim(), word.replaceAll(EDGES, "")].find((text) => NUMBER.test(text));
  if (number !== undefined && Number.isFinite(Number(number))) return String(Number(number));
  return word
    .replaceAll(PUNCTUATION, "")
    .replaceAll(/(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}
