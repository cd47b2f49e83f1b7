/** Runs every program of apps/examples. */
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { eachOfTwo, runProgram } from "./programs.mjs";

const folder = "apps/examples/src";
const programs = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
let failed = 0;
await eachOfTwo(programs, async (name) => {
  const start = performance.now();
  const { failure, stdout, stderr } = await runProgram(resolve(folder, name), {
    cwd: resolve("apps/examples"),
    timeoutMs: 120_000,
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(failure ? `FAIL ${name}: ${failure}\n${stdout}${stderr}` : `ok ${name} (${seconds} s)`);
  if (failure) failed++;
});
console.log(`${programs.length} programs, ${failed} failures`);
process.exitCode = failed === 0 && programs.length > 0 ? 0 : 1;
