import { invalidArgument } from "../errors/hyperfunc-error.js";

/** One input of a program with what is expected of it. */
export interface Example<Input = unknown, Expected = unknown> {
  readonly inputs: Input;
  readonly expected: Expected;
  /** Names the example in reports and keys its random draws; default its position. */
  readonly id?: string;
}

/** Makes an example with inferred types. */
export function example<Input, Expected>(
  inputs: Input,
  expected: Expected,
  id?: string,
): Example<Input, Expected> {
  return id === undefined ? { inputs, expected } : { inputs, expected, id };
}

export function checkExamples(examples: readonly Example[], what: string): void {
  if (!Array.isArray(examples)) throw invalidArgument(`${what} must be an array of { inputs, expected }.`);
  if (examples.length === 0) throw invalidArgument(`${what} is empty; give at least one example.`);
  examples.forEach((entry: unknown, index) => {
    if (typeof entry === "object" && entry !== null && "inputs" in entry) return;
    throw invalidArgument(`${what}[${index}] has no "inputs"; an example is { inputs, expected }.`);
  });
}
