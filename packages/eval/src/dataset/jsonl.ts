/** Datasets as JSON Lines: one example a line, in UTF-8. */
import { rename, rm, writeFile } from "node:fs/promises";
import { invalidArgument } from "@hyperfunc/core";
import type { DatasetExample, DatasetRecord } from "./dataset-example.js";
import { insteadOf } from "./instead-of.js";
import { checkNotEmpty, fileCollector, fromLine, type DatasetOptions } from "./read-options.js";
import { textBlocks } from "./text-blocks.js";

/** Which fields of a line are what. A list of fields becomes an object of them. */
export interface JsonlFields extends DatasetOptions {
  /** Default `"inputs"`. */
  readonly inputs?: string | readonly string[];
  /** Default `"expected"`. */
  readonly expected?: string | readonly string[];
  /** A string or a whole number. Default `"id"`, where a line has it. */
  readonly id?: string;
  /** A string or a list of strings. Default `"tags"`, where a line has it. */
  readonly tags?: string;
  /** A string or a whole number. Default `"group"`, where a line has it. */
  readonly group?: string;
  readonly parse?: never;
}

/** A function that checks a line, which is any JSON value, and makes an example of it. */
export interface JsonlParse<Inputs, Expected> extends DatasetOptions {
  readonly parse: (line: unknown) => DatasetRecord<Inputs, Expected>;
}

/** @throws INVALID_ARGUMENT, naming file and line, for what is no JSON or no example. */
export async function readJsonl<Inputs, Expected>(
  path: string,
  options: JsonlFields | JsonlParse<Inputs, Expected>,
): Promise<readonly DatasetExample<Inputs, Expected>[]> {
  const collector = fileCollector<Inputs, Expected>(path, options);
  const fields = new LineFields<Inputs, Expected>(options.parse === undefined ? options : {});
  const { parse = (line: unknown) => fields.recordOf(line) } = options;
  let number = 0;
  for await (const block of textBlocks(path)) {
    const lines = block.split("\n");
    if (block.endsWith("\n")) lines.pop();
    for (const line of lines) {
      number++;
      // Takes a byte order mark too, which files that were joined have in the middle.
      const text = line.trim();
      if (text !== "")
        collector.add(
          fromLine(path, number, () => parse(parsedJson(text))),
          number,
        );
    }
  }
  checkNotEmpty(collector.examples, path);
  fields.checkSeen(path);
  return collector.examples;
}

/** The lines of examples, each with its newline. */
export function* jsonLines(examples: Iterable<DatasetExample>): Generator<string, void, undefined> {
  for (const { id, inputs, expected, tags, group } of examples) {
    const line = { id, inputs, expected, ...(tags.length === 0 ? {} : { tags }), group };
    yield `${JSON.stringify(line)}\n`;
  }
}

/** Writes a file in one step, so that a crash cannot leave part of a dataset that looks like all of it. */
export async function writeJsonl(path: string, examples: Iterable<DatasetExample>): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    await writeFile(temporary, blocksOf(jsonLines(examples)));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Every block is one call of the file system. */
function* blocksOf(lines: Iterable<string>): Generator<string, void, undefined> {
  let block = "";
  for (const line of lines) {
    block += line;
    if (block.length < 2 ** 16) continue;
    yield block;
    block = "";
  }
  yield block;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidArgument(`the line is not JSON: ${(error as Error).message}`);
  }
}

type Line = Readonly<Record<string, unknown>>;

class LineFields<Inputs, Expected> {
  readonly #fields: JsonlFields & Required<Pick<JsonlFields, "inputs" | "id" | "tags" | "group">>;
  readonly #used: ReadonlySet<string>;
  /** Fields the options name that not every line needs, as long as no line had them. */
  readonly #unseen: Set<string>;
  readonly #known = new Set<string>();

  constructor(options: JsonlFields) {
    this.#fields = { inputs: "inputs", id: "id", tags: "tags", group: "group", ...options };
    const { inputs, id, tags, group } = this.#fields;
    this.#used = new Set([inputs, id, tags, group].flat());
    this.#unseen = new Set([options.id, options.tags, options.group].filter((name) => name !== undefined));
  }

  recordOf(value: unknown): DatasetRecord<Inputs, Expected> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw invalidArgument("the line is not a JSON object.");
    }
    const line = value as Line;
    if (this.#unseen.size > 0) this.#see(line);
    const { inputs, id, tags, group } = this.#fields;
    return {
      inputs: picked(line, inputs) as Inputs,
      expected: this.#expectedOf(line) as Expected,
      id: nameIn(line, id),
      tags: tagsIn(line, tags),
      group: nameIn(line, group),
    };
  }

  /** @throws INVALID_ARGUMENT for a field that the options name and no line has. */
  checkSeen(path: string): void {
    const [name] = this.#unseen;
    if (name === undefined) return;
    throw invalidArgument(
      `No line of ${path} has the field ${JSON.stringify(name)}; ${insteadOf(name, this.#known)}`,
      { path, field: name },
    );
  }

  /** A line without "expected" means that nothing is expected, unless another field may hold it. */
  #expectedOf(line: Line): unknown {
    const { expected } = this.#fields;
    if (expected !== undefined) return picked(line, expected);
    const unlabelled = Object.keys(line).every((name) => this.#used.has(name));
    return unlabelled ? undefined : fieldOf(line, "expected");
  }

  #see(line: Line): void {
    for (const name of Object.keys(line)) {
      this.#known.add(name);
      this.#unseen.delete(name);
    }
  }
}

function picked(line: Line, names: string | readonly string[]): unknown {
  if (typeof names === "string") return fieldOf(line, names);
  return Object.fromEntries(names.map((name) => [name, fieldOf(line, name)]));
}

function fieldOf(line: Line, name: string): unknown {
  if (Object.hasOwn(line, name)) return line[name];
  throw invalidArgument(
    `the line has no field ${JSON.stringify(name)}; ${insteadOf(name, Object.keys(line))}`,
    { field: name },
  );
}

function nameIn(line: Line, field: string): string | undefined {
  const value = Object.hasOwn(line, field) ? line[field] : undefined;
  if (value === undefined || value === null || typeof value === "string") return value ?? undefined;
  // JSON.parse rounds larger numbers, so that two ids could become one.
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  throw invalidArgument(
    `the field ${JSON.stringify(field)} must be a string or a whole number below 2^53, got ${JSON.stringify(value)}.`,
    { field },
  );
}

function tagsIn(line: Line, field: string): readonly string[] | undefined {
  const value = Object.hasOwn(line, field) ? line[field] : undefined;
  if (value === undefined || value === null) return undefined;
  // A list of anything else than strings is an error of the example.
  return typeof value === "string" ? [value] : (value as readonly string[]);
}
