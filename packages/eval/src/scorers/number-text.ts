/** Numbers as people and language models write them. */

/** The usual case, which needs no closer look. */
const SIMPLE = /^-?\d{1,15}$/;
const PLAIN = /^[+-]?(?:\d+(?:_\d+)*(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const GROUPED = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$/;
const VULGAR = /^([+-]?)(\d*)([\u00BC-\u00BE\u2150-\u215E])$/;
const OPENING = /^["'`([{*_\\=:<>~]+/;
// The look-behind tries each run of punctuation once, which keeps the search linear.
const CLOSING = /(?<!["'`)\]}*_.,;:!?])["'`)\]}*_.,;:!?]+$/;

/**
 * The finite number that a text is, white space at its ends aside; undefined when it is none.
 *
 * Read are `-1.5e3`, `1_000`, thousands in groups (`1,234.5`), `$`, `€` or `£` in front, the Unicode minus, full-width
 * digits and vulgar fractions (`2½`). Refused are the empty text, `60%` (60 or 0.6?), `1,5` (1.5 or 15?), `0x10`,
 * `NaN` and infinities.
 */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (SIMPLE.test(trimmed)) return Number(trimmed);
  const ascii = asciiForms(trimmed).replace(/^([+-]?)[$€£]\s?/, "$1");
  const [, sign = "", whole = "", fraction] = VULGAR.exec(ascii) ?? [];
  if (fraction !== undefined) return (sign === "-" ? -1 : 1) * (Number(whole) + vulgarValue(fraction));
  if (!PLAIN.test(ascii) && !GROUPED.test(ascii)) return undefined;
  const value = Number(ascii.replaceAll(/[_,]/g, ""));
  return Number.isFinite(value) ? value : undefined;
}

/** The numbers among the words of a text, without the punctuation and Markdown around them. */
export function numbersIn(text: string): number[] {
  return text
    .split(/\s+/)
    .flatMap((word) => parseNumber(word.replace(OPENING, "").replace(CLOSING, "")) ?? []);
}

function asciiForms(text: string): string {
  return text
    .replaceAll(/[\uFF0B-\uFF19]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replaceAll(/[\u2212\uFE63]/g, "-");
}

/** Unicode's compatibility form of ½ is `1⁄2`, with a fraction slash. */
function vulgarValue(character: string): number {
  const [over = NaN, under = NaN] = character.normalize("NFKD").split("\u2044").map(Number);
  return over / under;
}
