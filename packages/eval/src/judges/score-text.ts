/** Scores that a text states: labelled ones, and where nothing is labelled, one that is said in a sentence. */

/** A score with, where it was said, what it is out of; or why the statement cannot be read. */
export type StatedScore = { readonly at: number } & (
  { readonly value: number; readonly whole: number | undefined } | { readonly why: string }
);

/** White space within a line. Every repetition is bounded, so no text is slow to read. */
const GAP = String.raw`[^\S\n]{0,8}`;
const NUMBER = String.raw`[-+−]?\d{1,15}(?:\.\d{1,15})?`;
/** `Score:`, `**Score** (1-5) =`, `"score":`. Not `max_score:`. */
const LABEL = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?<![\p{L}\p{N}]_)(?:score|rating|grade)(?![\p{L}\p{N}])["'*_]{0,4}${GAP}(?:\((?<scale>[^)\n]{0,40})\)["'*_]{0,4}${GAP})?[:：=]`,
  "giu",
);
const VALUE = new RegExp(
  String.raw`^(?:[^\S\n]|[*_"'\x60\[(]){0,16}(?<value>${NUMBER})(?<tail>[^\n]{0,60})`,
  "u",
);
/** What may stand before a label in its line without making it another one: `Maximum score: 5` states none. */
const OWN_WORD = /(?:^|[^\p{L}])(?:final|overall|my|the|total)[^\S\n*_"']*$/iu;
const CLOSERS = /^[*_`"'\])]{0,8}/;
const WHOLE = new RegExp(
  String.raw`^${GAP}\(?${GAP}(?:points?${GAP})?(?:/|⁄|／|out of|of|sur)${GAP}[*_\x60\[(]{0,4}(?<whole>${NUMBER})[*_\x60\])]{0,4}`,
  "iu",
);
/** How a statement may go on: it ends, or words follow that change nothing. */
const END =
  /^(?:[^\S\n]*$|[.,;:!?](?:\s|$)|[^\S\n]+\((?![^)]*\d)|[^\S\n]+[-–—][^\S\n]+\p{L}|[^\S\n]+\p{L}|[}])/u;
/** Words that do change it: `3 to 4`, `4 percent`, `4 points`. */
const CHANGED = /^[^\S\n]+(?:to|or|of|out|sur|per|percent|points?|and|x)(?!\p{L})/iu;

/** The last score that a label states; undefined without labels. */
export function readScoreText(text: string): StatedScore | undefined {
  return [...text.matchAll(LABEL)].flatMap((match) => statement(text, match) ?? []).at(-1);
}

function statement(
  text: string,
  { index, 0: label, groups = {} }: RegExpMatchArray & { index?: number },
): StatedScore | undefined {
  const at = index ?? 0;
  if (!isOwn(text, at, label)) return undefined;
  const rest = text.slice(at + label.length, at + label.length + 120);
  const { value, tail = "" } = VALUE.exec(rest)?.groups ?? {};
  if (value === undefined) return { at, why: "its last score is no number" };
  const read = readValue(value, tail);
  if (read === undefined) return { at, why: `its score "${`${value}${tail}`.slice(0, 20)}" is not clear` };
  const best = groups["scale"]?.match(/\d+(?:\.\d+)?/g)?.at(-1);
  return { at, value: read.value, whole: read.whole ?? (best === undefined ? undefined : Number(best)) };
}

/** Whether the label is the judge's own: not another one's (`Maximum score`), and not within a quotation. */
function isOwn(text: string, at: number, label: string): boolean {
  const before = text.slice(Math.max(0, at - 200), at);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  if (/\p{L}[^\S\n*_"'“`]*$/u.test(line) && !OWN_WORD.test(line)) return false;
  // A key of JSON that is broken, where the line is nothing else.
  if (/^\w+["']/.test(label)) return /^\s*(?:[{"']|$)/.test(line);
  return !/["'“”‘`«][^\S\n*_]*$/u.test(line);
}

function readValue(value: string, tail: string): { value: number; whole: number | undefined } | undefined {
  const closed = tail.replace(CLOSERS, "");
  const over = WHOLE.exec(closed);
  const rest = over === null ? closed : closed.slice(over[0].length).replace(CLOSERS, "");
  if (!END.test(rest) || CHANGED.test(rest)) return undefined;
  const whole = over?.groups?.["whole"];
  return { value: Number(value.replace("−", "-")), whole: whole === undefined ? undefined : Number(whole) };
}

const SAID = new RegExp(
  String.raw`(?<![\p{L}\p{N}.,/])(?:(?:score|rating|grade)[^\S\n]{1,4}(?:of|is|would be)[^\S\n]{1,4}[*_]{0,2}(?<alone>${NUMBER})|(?<part>${NUMBER})${GAP}(?:/|out of)${GAP}(?<whole>${NUMBER}))(?=(?<tail>[^\n]{0,40}))`,
  "giu",
);
/** What may follow: `4/5 tests fail` counts tests. */
const AFTER =
  /^[*_`"')]{0,4}(?:[^\S\n]*$|[.,;!?](?:\s|$)|[^\S\n]+(?:for|because|as|since|overall|in)(?!\p{L}))/iu;
const DENIED = /(?:\bnot|n['’]t|\bfor|\bto|\bnever|\bwithout)\b[^.!?\n]{0,40}$/iu;

/** The one score that a sentence says: `4 out of 5`, `a score of 4`. With two of them nothing is clear. */
export function readSaid(text: string): StatedScore | undefined {
  const said = [...text.matchAll(SAID)];
  const [match] = said;
  if (match === undefined) return undefined;
  const { groups = {}, index: at } = match;
  if (said.length > 1) return { at, why: "it says more than one score" };
  const { alone, part = "", whole, tail = "" } = groups;
  if (!AFTER.test(tail) || DENIED.test(text.slice(Math.max(0, at - 60), at))) return undefined;
  return { at, value: Number(alone ?? part), whole: whole === undefined ? undefined : Number(whole) };
}
