/** Examples for evaluation and optimisation, and ways to choose and divide them that do not deceive. */
import { basename, extname } from "node:path";
import { invalidArgument, type Json } from "@hyperfunc/core";
import { contentHash, hashOfAll } from "./content-hash.js";
import { readCsv, type Cells, type ColumnNames, type CsvColumns, type CsvParse } from "./csv.js";
import type { DatasetExample, DatasetRecord } from "./dataset-example.js";
import { ExampleCollector } from "./example-collector.js";
import { checkTag, firstFacts, partPath, tagsOf, type Facts, type SplitOrigin } from "./facts.js";
import { jsonLines, readJsonl, writeJsonl, type JsonlFields, type JsonlParse } from "./jsonl.js";
import type { DatasetOptions } from "./read-options.js";
import { checkCount, sampledIds } from "./sample.js";
import { boundariesOf } from "./shares.js";
import { assignParts, checkedKey, type SplitOptions } from "./split.js";

/**
 * An immutable list of examples with unique ids; inputs and expected are copied and frozen.
 *
 * Its `examples` are what systems evaluate and optimise on. Derived datasets hold the same examples; the original never
 * changes.
 *
 * @example
 * import { Dataset } from "@hyperfunc/eval";
 * const dataset = Dataset.of([
 *   { inputs: { question: "2 + 2" }, expected: "4", tags: ["arithmetic"] },
 *   { inputs: { question: "Capital of France" }, expected: "Paris" },
 * ]);
 * console.log(dataset.withTag("arithmetic").length); // 1
 */
export class Dataset<Inputs = unknown, Expected = unknown> implements Iterable<
  DatasetExample<Inputs, Expected>
> {
  readonly examples: readonly DatasetExample<Inputs, Expected>[];
  readonly name: string | undefined;
  /** The split that this is a part of, also after choosing from it; undefined before a split. */
  readonly origin: SplitOrigin | undefined;
  readonly #facts: Facts;
  #hash: string | undefined;

  private constructor(examples: readonly DatasetExample<Inputs, Expected>[], facts: Facts) {
    this.examples = Object.freeze([...examples]);
    this.name = facts.name;
    this.origin = facts.origin;
    this.#facts = facts;
  }

  /**
   * Makes a dataset of examples; those without id get one from their content.
   *
   * @throws INVALID_ARGUMENT, naming the example and the path in it, for inputs or expected that are no JSON values, for
   * an id that is given twice, and, unless `duplicates` says otherwise, for an example that is given twice.
   */
  static of<Inputs, Expected>(
    examples: Iterable<DatasetRecord<Inputs, Expected>>,
    { name, duplicates = "error" }: DatasetOptions = {},
  ): Dataset<Inputs, Expected> {
    const collector = new ExampleCollector<Inputs, Expected>(duplicates, (index) => `examples[${index}]`);
    let index = 0;
    for (const record of examples) collector.add(record, index++);
    return new Dataset(collector.examples, firstFacts(collector.examples, name));
  }

  /**
   * Reads JSON Lines: by default `{ inputs, expected, id?, tags?, group? }` a line, else the fields that are named, or
   * what `parse` makes of a line. Without `parse` the types are taken on trust.
   *
   * Blank lines, CRLF and a byte order mark are fine. Other fields are ignored; "expected" may be missing by default from
   * lines that hold none of those.
   *
   * @throws INVALID_ARGUMENT, naming file and line, for what is not UTF-8, JSON or an example, and for missing fields.
   * @example
   * import { writeFile } from "node:fs/promises";
   * import { Dataset } from "@hyperfunc/eval";
   * await writeFile("sums.jsonl", '{"question": "2 + 2", "answer": 4}\n{"question": "3 * 3", "answer": 9}\n');
   * const dataset = await Dataset.fromJsonl<{ question: string }, number>("sums.jsonl", {
   *   inputs: ["question"],
   *   expected: "answer",
   * });
   * console.log(dataset.examples.map(({ expected }) => expected).join()); // 4,9
   */
  static async fromJsonl<Inputs, Expected>(
    path: string,
    options: JsonlParse<Inputs, Expected>,
  ): Promise<Dataset<Inputs, Expected>>;
  static async fromJsonl<Inputs = Json, Expected = Json>(
    path: string,
    options?: JsonlFields,
  ): Promise<Dataset<Inputs, Expected>>;
  static async fromJsonl<Inputs, Expected>(
    path: string,
    options: JsonlFields | JsonlParse<Inputs, Expected> = {},
  ): Promise<Dataset<Inputs, Expected>> {
    const examples = await readJsonl(path, options);
    return new Dataset(examples, firstFacts(examples, options.name ?? nameOfFile(path)));
  }

  /**
   * Reads CSV (RFC 4180) whose first line names the columns: those that are named, as strings, or what `parse` makes of
   * the cells.
   *
   * @throws INVALID_ARGUMENT, naming file and line, for what is not UTF-8, CSV or an example; for a column that is not
   * there, naming those that are.
   * @example
   * import { writeFile } from "node:fs/promises";
   * import { Dataset } from "@hyperfunc/eval";
   * await writeFile("capitals.csv", 'question,answer\n"Capital of France, today?",Paris\n');
   * const dataset = await Dataset.fromCsv("capitals.csv", { inputs: ["question"], expected: "answer" });
   * console.log(dataset.examples[0]?.inputs.question); // Capital of France, today?
   * @example
   * import { writeFile } from "node:fs/promises";
   * import { Dataset } from "@hyperfunc/eval";
   * await writeFile("sums.csv", "a;b;sum\n2;2;4\n");
   * const dataset = await Dataset.fromCsv("sums.csv", {
   *   delimiter: ";",
   *   parse: (cell) => ({ inputs: [Number(cell("a")), Number(cell("b"))], expected: Number(cell("sum")) }),
   * });
   * console.log(dataset.examples[0]?.expected); // 4
   */
  static async fromCsv<Inputs, Expected>(
    path: string,
    options: CsvParse<Inputs, Expected>,
  ): Promise<Dataset<Inputs, Expected>>;
  static async fromCsv<
    const Inputs extends string | readonly string[],
    const Expected extends ColumnNames = undefined,
  >(path: string, options: CsvColumns<Inputs, Expected>): Promise<Dataset<Cells<Inputs>, Cells<Expected>>>;
  static async fromCsv<Inputs, Expected>(
    path: string,
    options: CsvColumns<ColumnNames, ColumnNames> | CsvParse<Inputs, Expected>,
  ): Promise<Dataset<Inputs, Expected>> {
    const examples = await readCsv(path, options);
    return new Dataset(examples, firstFacts(examples, options.name ?? nameOfFile(path)));
  }

  get length(): number {
    return this.examples.length;
  }

  get ids(): readonly string[] {
    return this.examples.map(({ id }) => id);
  }

  /**
   * SHA-256, in hexadecimal, of what the examples hold, ids, tags and groups too, in any order: the same on every machine
   * for the same content. The dataset's name does not count.
   */
  get hash(): string {
    return (this.#hash ??= hashOfAll(this.examples.map(contentHash)));
  }

  /** What the example stays together with in a split: what `by` said of it in an earlier split, else its own group. */
  groupOf({ id, group }: DatasetExample): string | undefined {
    return this.#facts.groups.get(id) ?? group;
  }

  [Symbol.iterator](): Iterator<DatasetExample<Inputs, Expected>> {
    return this.examples[Symbol.iterator]();
  }

  /** The examples for which `predicate` holds. */
  filter(predicate: (example: DatasetExample<Inputs, Expected>) => boolean): Dataset<Inputs, Expected> {
    return new Dataset(this.examples.filter(predicate), this.#facts);
  }

  /** The examples with a tag. @throws INVALID_ARGUMENT for a tag that no example has, nor had before choosing from them. */
  withTag(tag: string): Dataset<Inputs, Expected> {
    checkTag(tag, this.#facts);
    return this.filter(({ tags }) => tags.includes(tag));
  }

  /** The examples without a tag. @throws INVALID_ARGUMENT for a tag that no example has, nor had before choosing from them. */
  withoutTag(tag: string): Dataset<Inputs, Expected> {
    checkTag(tag, this.#facts);
    return this.filter(({ tags }) => !tags.includes(tag));
  }

  /** The first `count` examples, or all where there are fewer. @throws INVALID_ARGUMENT unless `count` is a positive whole number. */
  take(count: number): Dataset<Inputs, Expected> {
    checkCount(count);
    return new Dataset(this.examples.slice(0, count), this.#facts);
  }

  /**
   * `count` examples at random, in their order, or all where there are fewer. The choice depends on ids and seed (default
   * 0) only, and a larger sample holds the smaller ones.
   *
   * @throws INVALID_ARGUMENT unless `count` is a positive whole number.
   */
  sample(count: number, { seed = 0 }: { readonly seed?: number } = {}): Dataset<Inputs, Expected> {
    checkCount(count);
    const chosen = sampledIds(this.ids, count, seed);
    return this.filter(({ id }) => chosen.has(id));
  }

  /**
   * A dataset of changed examples, which keep id, tags and group unless `change` returns others.
   *
   * @throws INVALID_ARGUMENT as `Dataset.of` does.
   * @example
   * import { Dataset } from "@hyperfunc/eval";
   * const dataset = Dataset.of([{ inputs: "2 + 2", expected: "4", id: "sum" }]);
   * const asked = dataset.map(({ inputs, expected }) => ({ inputs: { question: inputs }, expected }));
   * console.log(asked.examples[0]?.id, asked.examples[0]?.inputs.question); // sum 2 + 2
   */
  map<NewInputs, NewExpected>(
    change: (example: DatasetExample<Inputs, Expected>) => DatasetRecord<NewInputs, NewExpected>,
  ): Dataset<NewInputs, NewExpected> {
    const place = (index: number) => `The changed example ${JSON.stringify(this.ids[index])}`;
    const collector = new ExampleCollector<NewInputs, NewExpected>("error", place);
    const groups = new Map<string, string>();
    for (const [index, example] of this.examples.entries()) {
      const changed = change(example) as DatasetRecord<NewInputs, NewExpected> | null | undefined;
      if (changed === undefined || changed === null)
        throw invalidArgument(`${place(index)} is ${changed}; give { inputs, expected }.`);
      const { id = example.id, tags = example.tags, group = example.group } = changed;
      collector.add({ ...changed, id, tags, group }, index);
      const kept = this.#facts.groups.get(example.id);
      if (kept !== undefined) groups.set(id, kept);
    }
    const knownTags = new Set([...this.#facts.knownTags, ...tagsOf(collector.examples)]);
    return new Dataset(collector.examples, { ...this.#facts, knownTags, groups });
  }

  /**
   * Divides the examples into parts by shares that are positive and sum to 1, so that nothing leaks: inputs that differ
   * only in case, whitespace, invisible characters or Unicode form are on one side, and so is every group.
   *
   * The part depends on the inputs, or the group, and the seed only: it is the same in any order of the examples and of
   * the shares, and stays when examples are added, unless an addition links two groups by shared inputs. The shares are
   * met on average, of n groups within about sqrt(n · share · (1 − share)). With `stratify` each stratum meets them to
   * less than one group, but an addition can move a few across; `stratify: () => ""` is one stratum of all. Parts can be
   * split again; one that was written and read again needs another seed for that.
   *
   * @throws INVALID_ARGUMENT for other shares, and for a part that would be empty.
   * @example
   * import { Dataset } from "@hyperfunc/eval";
   * const dataset = Dataset.of(
   *   Array.from({ length: 100 }, (_, i) => ({ inputs: `${i} + ${i}`, expected: 2 * i, tags: [i < 50 ? "small" : "large"] })),
   * );
   * const { train, test } = dataset.split({ train: 0.8, test: 0.2 }, { stratify: ({ tags }) => tags.join() });
   * console.log(train.length, test.withTag("small").length); // 80 10
   */
  split<const Part extends string>(
    shares: Readonly<Record<Part, number>>,
    options: SplitOptions<Inputs, Expected> = {},
  ): { readonly [Name in Part]: Dataset<Inputs, Expected> } {
    const { seed = 0, by } = options;
    const boundaries = boundariesOf(shares);
    const groups = new Map(this.#facts.groups);
    if (by !== undefined) {
      for (const example of this.examples) groups.set(example.id, checkedKey(by(example), "by", example));
    }
    const groupOf = ({ id, group }: DatasetExample) => groups.get(id) ?? group;
    const assigned = assignParts(this.examples, boundaries, groupOf, options, partPath(this.origin));
    const parts = boundaries.map(({ part, share }) => {
      const examples = this.examples.filter((_, index) => assigned[index] === part);
      const name = this.name === undefined ? part : `${this.name}/${part}`;
      const origin = { dataset: this, part, share, seed };
      return [part, new Dataset(examples, { ...this.#facts, name, origin, groups })] as const;
    });
    return Object.fromEntries(parts) as { readonly [Name in Part]: Dataset<Inputs, Expected> };
  }

  /** The dataset as JSON Lines, one example a line, which `fromJsonl` reads back to the same hash. */
  toJsonLines(): string {
    return [...jsonLines(this.examples)].join("");
  }

  /** Writes the dataset as JSON Lines; an existing file is replaced when all is written. */
  async toJsonl(path: string): Promise<void> {
    await writeJsonl(path, this.examples);
  }
}

function nameOfFile(path: string): string {
  return basename(path, extname(path));
}
