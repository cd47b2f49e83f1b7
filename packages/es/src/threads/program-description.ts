/** Whether a thread has loaded the program that is optimised. */
import { HyperfuncError, tensorEngine, type Leaf } from "@hyperfunc/core";
import type { ProgramDescription } from "./protocol.js";

export function describeProgram(program: {
  readonly leaves: readonly Leaf[];
  readonly systemSeed: number;
  readonly examples: number;
}): ProgramDescription {
  return {
    engine: tensorEngine()?.signature() ?? "none",
    systemSeed: program.systemSeed,
    examples: program.examples,
    leaves: program.leaves.map(({ path, field }) => [path, JSON.stringify(field)]),
  };
}

/** @throws PROGRAM_MISMATCH naming every difference between the module's program and the one that is optimised. */
export function checkSameProgram(module: string, own: ProgramDescription, wanted: ProgramDescription): void {
  const differences = [
    ...different("backend and kernels", own.engine, wanted.engine),
    ...different("seed of the system", own.systemSeed, wanted.systemSeed),
    ...different("number of training examples", own.examples, wanted.examples),
    ...differentLeaves(new Map(own.leaves), new Map(wanted.leaves)),
  ];
  if (differences.length === 0) return;
  throw new HyperfuncError(
    "PROGRAM_MISMATCH",
    `The program of threads.module ${module} is not the one that is optimised: ${differences.join("; ")}. ` +
      `Take system, data and metric of the optimisation from that module.`,
    { details: { differences } },
  );
}

function different(what: string, own: string | number, wanted: string | number): string[] {
  return own === wanted ? [] : [`its ${what} is ${own}, not ${wanted}`];
}

function differentLeaves(own: ReadonlyMap<string, string>, wanted: ReadonlyMap<string, string>): string[] {
  const paths = [...new Set([...wanted.keys(), ...own.keys()])];
  return paths.flatMap((path) => {
    const [mine, theirs] = [own.get(path), wanted.get(path)];
    if (mine === undefined) return [`"${path}" is missing`];
    if (theirs === undefined) return [`"${path}" is not optimised`];
    return mine === theirs ? [] : [`"${path}" is ${mine}, not ${theirs}`];
  });
}
