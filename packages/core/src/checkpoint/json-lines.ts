/**
 * An append-only file of JSON objects, one a line. A crash can tear the last line, which is then skipped: an object cut
 * short is never valid JSON.
 */
import { dirname } from "node:path";
import { readIfThere, syncDirectory, writeDurably, type FileSystem } from "./file-system.js";

/** Appends durably and reads back; one instance per file. */
export class JsonLines {
  readonly #fs: FileSystem;
  readonly #path: string;
  #lastWrite: Promise<void> = Promise.resolve();
  #batch: { readonly lines: string[]; readonly written: Promise<void> } | undefined;
  /** Whether the file may end in the middle of a line, after a crash or a failed write. */
  #torn = true;
  #created = false;

  constructor(fs: FileSystem, path: string) {
    this.#fs = fs;
    this.#path = path;
  }

  /**
   * Resolves when the line, a JSON object, is on the disk. Lines that arrive while another write is under way are written
   * together, so that a wide run does not wait for the disk once per line.
   */
  append(line: string): Promise<void> {
    this.#batch ??= this.#openBatch();
    this.#batch.lines.push(line);
    return this.#batch.written;
  }

  /** All lines that are intact, in order. */
  async read(): Promise<unknown[]> {
    await this.#lastWrite;
    const text = (await readIfThere(this.#fs, this.#path)) ?? "";
    return text.split("\n").flatMap((line) => {
      const record = parseLine(line);
      return record === undefined ? [] : [record];
    });
  }

  #openBatch(): { readonly lines: string[]; readonly written: Promise<void> } {
    const lines: string[] = [];
    const written = this.#lastWrite.then(() => {
      this.#batch = undefined;
      return this.#write(lines);
    });
    // The next batch follows whatever becomes of this one, whose callers learn of a failure themselves.
    this.#lastWrite = written.catch(() => undefined);
    return { lines, written };
  }

  async #write(lines: readonly string[]): Promise<void> {
    const directory = dirname(this.#path);
    if (!this.#created) await this.#fs.mkdir(directory, { recursive: true });
    const text = `${this.#torn ? "\n" : ""}${lines.join("\n")}\n`;
    this.#torn = true;
    await writeDurably(this.#fs, this.#path, text, "a");
    this.#torn = false;
    if (this.#created) return;
    await syncDirectory(this.#fs, directory);
    this.#created = true;
  }
}

function parseLine(line: string): unknown {
  if (line === "") return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
