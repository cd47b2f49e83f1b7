import { HyperfuncError, invalidArgument } from "@hyperfunc/core";
import { ExampleCollector, type Duplicates } from "./example-collector.js";

export interface DatasetOptions {
  /** Appears in error messages and reports. Default for files the file's name without its ending, else none. */
  readonly name?: string | undefined;
  /** What becomes of an example that is there already, with the same id and content. Default `"error"`. */
  readonly duplicates?: Duplicates | undefined;
}

/** Collects the examples of a file, whose positions are lines. */
export function fileCollector<Inputs, Expected>(
  path: string,
  { duplicates = "error" }: DatasetOptions,
): ExampleCollector<Inputs, Expected> {
  return new ExampleCollector(duplicates, (line) => `${path}:${line}`);
}

/** @throws INVALID_ARGUMENT for a file without examples, which is more often the wrong file than what was meant. */
export function checkNotEmpty(examples: readonly unknown[], path: string): void {
  if (examples.length === 0) throw invalidArgument(`${path} holds no examples.`, { path });
}

/** What `make` makes of a line; its errors with file and line. */
export function fromLine<Made>(path: string, line: number, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const details = { path, line };
    throw new HyperfuncError("INVALID_ARGUMENT", `${path}:${line}: ${message}`, { cause: error, details });
  }
}
