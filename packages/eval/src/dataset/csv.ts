/** Datasets from CSV: RFC 4180 with any line endings, in UTF-8, the columns named by the first line. */
import { pipeline } from "node:stream/promises";
import { invalidArgument } from "@hyperfunc/core";
import { CsvError, parse as csvParser } from "csv-parse";
import type { DatasetExample, DatasetRecord } from "./dataset-example.js";
import { insteadOf } from "./instead-of.js";
import { checkNotEmpty, fileCollector, fromLine, type DatasetOptions } from "./read-options.js";
import { textBlocks } from "./text-blocks.js";

interface CsvOptions extends DatasetOptions {
  /** Between the fields of a line. Default `","`. */
  readonly delimiter?: string;
}

/** Which columns are what; all cells are strings. A list of columns becomes an object of them, a single one its cell. */
export interface CsvColumns<Inputs, Expected> extends CsvOptions {
  readonly inputs: Inputs;
  /** Default: nothing is expected. */
  readonly expected?: Expected;
  /** An empty cell is no id. Default none. */
  readonly id?: string;
  /** Tags separated by commas or semicolons. Default none. */
  readonly tags?: string;
  /** An empty cell is no group. Default none. */
  readonly group?: string;
  readonly parse?: never;
}

/** A function that makes an example from the cells of a line; `cell` throws for a column that is not there. */
export interface CsvParse<Inputs, Expected> extends CsvOptions {
  readonly parse: (cell: (column: string) => string) => DatasetRecord<Inputs, Expected>;
}

export type ColumnNames = string | readonly string[] | undefined;

/** What the cells of named columns become. */
export type Cells<Names extends ColumnNames> = Names extends readonly (infer Name extends string)[]
  ? { readonly [Column in Name]: string }
  : Names extends string
    ? string
    : undefined;

/** @throws INVALID_ARGUMENT, naming file and line, for what is no CSV or no example, and for columns that are not there. */
export async function readCsv<Inputs, Expected>(
  path: string,
  options: CsvColumns<ColumnNames, ColumnNames> | CsvParse<Inputs, Expected>,
): Promise<readonly DatasetExample<Inputs, Expected>[]> {
  const { delimiter = "," } = options;
  if (typeof delimiter !== "string" || delimiter === "") {
    throw invalidArgument(`delimiter must be a string that is not empty, got ${JSON.stringify(delimiter)}.`);
  }
  const collector = fileCollector<Inputs, Expected>(path, options);
  let header: Header | undefined;
  // The parser's own line numbers count a CRLF inside quotes twice.
  let lines = 0;

  const rowOf = (cells: readonly string[]): Cell | undefined => {
    if (header !== undefined) return header.row(cells);
    header = new Header(cells, delimiter);
    if (options.parse === undefined) header.check(columnsOf(options));
    return undefined;
  };
  const recordOf =
    options.parse ?? ((row: Cell) => columnsRecord(row, options) as DatasetRecord<Inputs, Expected>);
  const onRecord = (cells: string[], { empty_lines }: { readonly empty_lines: number }): null => {
    const line = lines + empty_lines + 1;
    lines += 1 + cells.reduce((sum, cell) => sum + lineBreaks(cell), 0);
    const row = fromLine(path, line, () => rowOf(cells));
    if (row !== undefined)
      collector.add(
        fromLine(path, line, () => recordOf(row)),
        line,
      );
    return null;
  };

  const parser = csvParser({
    delimiter,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    skip_empty_lines: true,
    on_record: onRecord,
  });
  try {
    // The parser makes nothing to read: every record is taken up as soon as it is parsed.
    await pipeline(textBlocks(path), parser.resume());
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = lines + Number(error.empty_lines) + 1;
    throw invalidArgument(`${path}:${line}: ${MEANING[error.code] ?? error.message}`, { path, line });
  }
  checkNotEmpty(collector.examples, path);
  return collector.examples;
}

const MEANING: Readonly<Partial<Record<CsvError["code"], string>>> = {
  CSV_QUOTE_NOT_CLOSED: "a quoted field of this record is never closed.",
  CSV_INVALID_CLOSING_QUOTE:
    'a quoted field of this record goes on after its closing quote; write a quote inside a field as "".',
  INVALID_OPENING_QUOTE:
    'a field of this record has a quote but does not begin with it; quote the whole field, and write the quote as "".',
};

type Cell = (column: string) => string;

class Header {
  readonly #columns: readonly string[];
  readonly #delimiter: string;

  constructor(cells: readonly string[], delimiter: string) {
    this.#columns = cells.map((cell) => cell.trim());
    this.#delimiter = delimiter;
  }

  check(columns: readonly string[]): void {
    for (const column of columns) this.#indexOf(column);
  }

  /** The cells of a record, or undefined for a blank line. */
  row(cells: readonly string[]): Cell | undefined {
    const { length } = this.#columns;
    if (cells.length === length) return (column) => cells[this.#indexOf(column)] ?? "";
    if (cells.length === 1 && cells[0]?.trim() === "") return undefined;
    throw invalidArgument(
      `the record has ${cells.length} fields, the header ${length}; quote a field that holds ${JSON.stringify(this.#delimiter)} or a line break.`,
    );
  }

  #indexOf(column: string): number {
    const index = this.#columns.indexOf(column);
    if (index >= 0 && index === this.#columns.lastIndexOf(column)) return index;
    const name = JSON.stringify(column);
    if (index >= 0) throw invalidArgument(`the header has several columns ${name}; rename them.`, { column });
    throw invalidArgument(
      `the header has no column ${name}; ${insteadOf(column, this.#columns)}${this.#otherDelimiter()}`,
      { column },
    );
  }

  #otherDelimiter(): string {
    const other = [";", "\t", "|", ","].find((mark) => this.#columns[0]?.includes(mark));
    if (this.#columns.length > 1 || other === undefined) return "";
    return ` For a file with another delimiter pass delimiter: ${JSON.stringify(other)}.`;
  }
}

type Columns = CsvColumns<ColumnNames, ColumnNames>;

function columnsOf({ inputs, expected, id, tags, group }: Columns): string[] {
  return [inputs, expected, id, tags, group].flat().filter((name) => name !== undefined);
}

function columnsRecord(cell: Cell, { inputs, expected, id, tags, group }: Columns): DatasetRecord {
  const optional = (column: string | undefined) => (column === undefined ? "" : cell(column)) || undefined;
  return {
    inputs: cellsOf(cell, inputs),
    expected: cellsOf(cell, expected),
    id: optional(id),
    tags: optional(tags)
      ?.split(/[,;]/)
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ""),
    group: optional(group),
  };
}

function cellsOf(cell: Cell, names: ColumnNames): unknown {
  if (names === undefined) return undefined;
  if (typeof names === "string") return cell(names);
  return Object.fromEntries(names.map((name) => [name, cell(name)]));
}

function lineBreaks(cell: string): number {
  return /[\r\n]/.test(cell) ? (cell.match(/\r\n|\r|\n/g)?.length ?? 0) : 0;
}
