import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** What a program of this folder prints, run from source in a process of its own. */
export function runProgram(address: string, options: readonly string[]): string {
  const tsx = createRequire(import.meta.url).resolve("tsx");
  return execFileSync(
    process.execPath,
    ["--conditions=@hyperfunc/source", "--import", tsx, fileURLToPath(address), ...options],
    { encoding: "utf8" },
  );
}
