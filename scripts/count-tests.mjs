/** node scripts/count-tests.mjs a.json b.json: prints "passed failed", summed over jest's --json results. */
import { existsSync, readFileSync } from "node:fs";

let passed = 0;
let failed = 0;
for (const file of process.argv.slice(2).filter((name) => existsSync(name))) {
  const result = JSON.parse(readFileSync(file, "utf8"));
  passed += result.numPassedTests;
  failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
}
console.log(passed, failed);
