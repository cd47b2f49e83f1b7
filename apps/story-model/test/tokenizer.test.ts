import { describe, expect, it } from "@jest/globals";
import { BEGIN, END, readTokenizer } from "../src/tokenizer.js";

/** Marks, bytes, then these; the first has token 259. */
const PIECES: readonly (readonly [string, number])[] = [
  [" ", -20],
  ["a", -21],
  ["b", -22],
  ["c", -23],
  ["ab", -3],
  ["bc", -2],
  [" a", -1],
  ["abc", -4],
];
const FIRST = 259;

function tokenizerFile(pieces: readonly (readonly [string, number])[]): Uint8Array {
  const entries = pieces.map(([text, score]) => {
    const bytes = Buffer.from(text);
    const head = Buffer.alloc(8);
    head.writeFloatLE(score, 0);
    head.writeInt32LE(bytes.length, 4);
    return Buffer.concat([head, bytes]);
  });
  return Buffer.concat([Buffer.alloc(4), ...entries]);
}

const bytes = Array.from({ length: FIRST }, (_, id): [string, number] => [`<${id}>`, 0]);
const file = tokenizerFile([...bytes, ...PIECES]);
const tokenizer = readTokenizer(file);

/** The pieces of a text, without the mark of the beginning. */
const pieces = (text: string): (string | undefined)[] =>
  tokenizer
    .encode(text)
    .slice(1)
    .map((token) => PIECES[token - FIRST]?.[0]);

describe("Tokenizer", () => {
  it("joins the neighbours with the highest score, again and again, after a space of its own", () => {
    expect(pieces("abc")).toEqual([" a", "bc"]);
    expect(pieces("babc")).toEqual([" ", "b", "abc"]);
    expect(pieces("cab")).toEqual([" ", "c", "ab"]);
  });

  it("spells what it has no token for in bytes", () => {
    expect(tokenizer.encode("é")).toEqual([BEGIN, FIRST, 3 + 0xc3, 3 + 0xa9]);
    expect(tokenizer.decode(tokenizer.encode("aé"))).toBe("aé");
  });

  it("leaves out the space after the beginning, and only there", () => {
    const token = FIRST + PIECES.findIndex(([text]) => text === " a");
    expect(tokenizer.decode([BEGIN, token, token])).toBe("a a");
    expect(tokenizer.decode([token])).toBe(" a");
  });

  it("writes no marks, and knows no tokens beyond its own", () => {
    expect(tokenizer.decode([BEGIN, FIRST + 1, END, BEGIN])).toBe("a");
    expect(() => tokenizer.bytesOf(FIRST + PIECES.length, END)).toThrow("no token 267");
  });

  it("is not read from a file that is cut off", () => {
    expect(() => readTokenizer(file.subarray(0, -1))).toThrow("cut off");
  });
});
