import { readFile, rename, writeFile } from "node:fs/promises";
import { HyperfuncError } from "../errors/hyperfunc-error.js";
import type { SavedState } from "../parameters/saved-state.js";

/** Replaces the file in one step, so that a crash leaves the old state or the new one. */
export async function writeStateFile(path: string, state: SavedState): Promise<void> {
  const temporary = `${path}.tmp`;
  await writeFile(temporary, `${JSON.stringify(state, undefined, 1)}\n`);
  await rename(temporary, path);
}

/** @throws PROGRAM_MISMATCH when the file is not JSON. */
export async function readStateFile(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8");
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new HyperfuncError("PROGRAM_MISMATCH", `${path} is not JSON, so it is no saved state.`, {
      cause: error,
    });
  }
}
