/**
 * Text as tokens and back: byte-pair encoding by scores (Sennrich et al. 2016, as SentencePiece does it for Llama), with
 * a token for every byte that no other token covers.
 */

/** Ends one text and begins the next. */
export const BEGIN = 1;
export const END = 2;
/** Token of byte 0. */
const FIRST_BYTE = 3;
const BYTE_COUNT = 256;
const BYTES_OF_NUMBER = 4;

interface Piece {
  readonly bytes: Uint8Array;
  readonly score: number;
}

export class Tokenizer {
  readonly #pieces: readonly Piece[];
  /** The pieces as text, which a token of one byte may not be; those are never looked up. */
  readonly #texts: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
    const decoder = new TextDecoder();
    this.#texts = pieces.map(({ bytes }) => decoder.decode(bytes));
    this.#ids = new Map(
      this.#texts.map((text, id): [string, number] => [text, id]).slice(FIRST_BYTE + BYTE_COUNT),
    );
  }

  get size(): number {
    return this.#pieces.length;
  }

  /**
   * The tokens of a text, the beginning mark first. Like every word within a text, the first one is encoded with a space
   * before it.
   */
  encode(text: string): number[] {
    if (text === "") return [BEGIN];
    const tokens = [...` ${text}`].flatMap((character) => this.#character(character));
    for (;;) {
      const merge = this.#bestMerge(tokens);
      if (merge === undefined) return [BEGIN, ...tokens];
      tokens.splice(merge.at, 2, merge.token);
    }
  }

  /** The bytes that a token stands for after another one: right after the beginning mark, words need no space. */
  bytesOf(token: number, previous: number): Uint8Array {
    const piece = this.#pieces[token];
    if (piece === undefined) throw new RangeError(`There is no token ${token}.`);
    if (token >= FIRST_BYTE && token < FIRST_BYTE + BYTE_COUNT) return Uint8Array.of(token - FIRST_BYTE);
    if (token < FIRST_BYTE) return new Uint8Array();
    return previous === BEGIN && piece.bytes[0] === SPACE ? piece.bytes.subarray(1) : piece.bytes;
  }

  /** A whole text. */
  decode(tokens: readonly number[]): string {
    const bytes = tokens.flatMap((token, at) => [...this.bytesOf(token, tokens[at - 1] ?? END)]);
    return new TextDecoder().decode(Uint8Array.from(bytes));
  }

  /** One token, or one for each byte. */
  #character(character: string): number[] {
    const id = this.#ids.get(character);
    if (id !== undefined) return [id];
    return [...new TextEncoder().encode(character)].map((byte) => FIRST_BYTE + byte);
  }

  /** Of all neighbours that are a token together, those with the highest score, the first of equals. */
  #bestMerge(tokens: readonly number[]): { readonly at: number; readonly token: number } | undefined {
    let best: { readonly at: number; readonly token: number; readonly score: number } | undefined;
    for (let at = 0; at + 1 < tokens.length; at++) {
      const token = this.#ids.get(this.#text(tokens[at]) + this.#text(tokens[at + 1]));
      if (token === undefined) continue;
      const score = this.#pieces[token]?.score ?? -Infinity;
      if (best === undefined || score > best.score) best = { at, token, score };
    }
    return best;
  }

  #text(token: number | undefined): string {
    return this.#texts[token ?? 0] ?? "";
  }
}

const SPACE = 0x20;

/**
 * Reads the file that llama2.c keeps its tokenizers in: the length of the longest token, then for every token its score,
 * its length in bytes and its bytes.
 *
 * @throws RangeError for a file that is cut off.
 */
export function readTokenizer(file: Uint8Array): Tokenizer {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const pieces: Piece[] = [];
  for (let at = BYTES_OF_NUMBER; at < file.length;) {
    const score = view.getFloat32(at, true);
    const length = view.getInt32(at + BYTES_OF_NUMBER, true);
    const from = at + 2 * BYTES_OF_NUMBER;
    at = from + length;
    if (length < 0 || at > file.length) throw new RangeError("The tokenizer file is cut off.");
    pieces.push({ bytes: file.slice(from, at), score });
  }
  return new Tokenizer(pieces);
}
