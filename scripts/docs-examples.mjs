/** Type-checks and runs every example in the READMEs, the docs and the @example blocks, and compares outputs. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { startExampleServer } from "./example-server.mjs";
import { extractExamples } from "./extract-examples.mjs";
import { eachOfTwo, runProgram } from "./programs.mjs";

// Below apps/examples, whose dependencies are what an example may import.
const folder = "apps/examples/.generated";

/** A line `…` stands for any lines. */
function matches(actual, expected) {
  if (expected.length === 0) return actual.length === 0;
  const [head, ...rest] = expected;
  if (head !== "…") return actual[0] === head && matches(actual.slice(1), rest);
  return Array.from({ length: actual.length + 1 }, (_, i) => actual.slice(i)).some((tail) =>
    matches(tail, rest),
  );
}

const trimmed = (text) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => line.trimEnd());

/** What `console.log(x); // value` comments promise, where every call has one; spaces and quotes do not count. */
function promisedByComments(code) {
  const comments = [...code.matchAll(/console\.log\([^]*?\);[ \t]*(?:\/\/(.*))?$/gm)].map(
    ([, comment]) => comment,
  );
  return comments.length > 0 && comments.every(Boolean) ? comments.join("") : undefined;
}

function matchesComments(actual, promised) {
  const bare = (text) => text.replaceAll(/[\s"'`]/g, "");
  const escaped = bare(promised).replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("…", ".*")}$`).test(bare(actual));
}

function write(example) {
  const name = `${example.file.replaceAll(/[^\w.-]/g, "__")}--${example.line}`;
  const cwd = join(folder, name);
  mkdirSync(cwd, { recursive: true });
  // Same line numbers as in the document, so that an error points there.
  writeFileSync(join(cwd, "example.ts"), `${"\n".repeat(example.line)}${example.code}\n`);
  const comments = example.output ? undefined : promisedByComments(example.code);
  return { ...example, name, cwd: resolve(cwd), comments };
}

async function failureOf(example) {
  const { failure, stdout, stderr } = await runProgram(join(example.cwd, "example.ts"), {
    cwd: example.cwd,
    timeoutMs: 60_000,
    environment: server.environment,
  });
  if (failure) return `${failure}\n${stderr}`;
  const { output, comments } = example;
  const kept = output
    ? matches(trimmed(stdout), trimmed(output.join("\n")))
    : !comments || matchesComments(stdout, comments);
  return kept ? undefined : `printed\n${stdout}instead of\n${output?.join("\n") ?? comments}`;
}

const server = await startExampleServer();
rmSync(folder, { recursive: true, force: true });
const examples = extractExamples().map(write);
let failed = 0;

if (examples.length > 0) {
  const config = { extends: "../../../tsconfig.check.json", include: ["*/example.ts"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", folder], {
    encoding: "utf8",
  });
  for (const error of tsc.stdout.split("\n").filter(Boolean)) {
    const example = examples.find(({ name }) => error.includes(`/${name}/`));
    console.log(example ? `FAIL types ${error.replace(/^.*example\.ts/, example.file)}` : error);
  }
  if (tsc.status !== 0) failed += new Set(tsc.stdout.match(/^\S+example\.ts/gm)).size || 1;
}

await eachOfTwo(
  examples.filter(({ run }) => run),
  async (example) => {
    const failure = await failureOf(example);
    if (!failure) return;
    failed++;
    console.log(`FAIL ${example.file}:${example.line} ${failure}`);
  },
);

server.close();
const compared = examples.filter(({ run, output, comments }) => run && (output ?? comments)).length;
console.log(
  `${examples.length} examples type-checked and run, ${compared} outputs compared, ${failed} failures`,
);
process.exitCode = failed === 0 ? 0 : 1;
