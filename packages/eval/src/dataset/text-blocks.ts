import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { invalidArgument } from "@hyperfunc/core";

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = "\ufeff";

/**
 * The text of a file in blocks of whole lines, without a byte order mark.
 *
 * @throws INVALID_ARGUMENT, naming file and line, for what is not UTF-8.
 */
export async function* textBlocks(path: string): AsyncGenerator<string, void, undefined> {
  let line = 1;
  for await (const block of blocksOfLines(path)) {
    if (!isUtf8(block)) throw notUtf8(path, line, block);
    const text = block.toString("utf8");
    yield line === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
    line += newlines(block);
  }
}

async function* blocksOfLines(path: string): AsyncGenerator<Buffer, void, undefined> {
  let open: Buffer[] = [];
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      yield Buffer.concat([...open, chunk.subarray(0, end)]);
      open = [];
    }
    open.push(chunk.subarray(end));
  }
  const rest = Buffer.concat(open);
  if (rest.length > 0) yield rest;
}

function newlines(block: Buffer): number {
  let count = 0;
  for (let at = block.indexOf(NEWLINE); at >= 0; at = block.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

function notUtf8(path: string, firstLine: number, block: Buffer): Error {
  let line = firstLine;
  let start = 0;
  for (let end = block.indexOf(NEWLINE); end >= 0; end = block.indexOf(NEWLINE, start)) {
    if (!isUtf8(block.subarray(start, end))) break;
    start = end + 1;
    line++;
  }
  return invalidArgument(`${path}:${line}: the text is not UTF-8; save the file as UTF-8.`, { path, line });
}
