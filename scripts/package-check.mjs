/**
 * Checks the packages as a consumer gets them: packed, linted, installed with npm into an empty project,
 * imported, required and type-checked. `node scripts/package-check.mjs [publint|attw|install]`
 */
import { execFileSync, execSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pnpm } from "./install.mjs";

const packages = readdirSync("packages").map((folder) => ({
  folder: join("packages", folder),
  manifest: JSON.parse(readFileSync(join("packages", folder, "package.json"), "utf8")),
}));
const root = JSON.parse(readFileSync("package.json", "utf8"));
const tarballs = resolve(".generated/packages");
const node = (script, args, options) =>
  execFileSync(process.execPath, [resolve(script), ...args], { stdio: "inherit", ...options });

function pack() {
  rmSync(tarballs, { recursive: true, force: true });
  mkdirSync(tarballs, { recursive: true });
  execSync(`${pnpm} --recursive --filter "./packages/*" pack --pack-destination "${tarballs}"`, {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return readdirSync(tarballs).map((name) => join(tarballs, name));
}

/** Every specifier that a consumer may write, `@hyperfunc/core/testing` among them. */
function specifiers() {
  return packages.flatMap(({ manifest }) =>
    Object.keys(manifest.exports)
      .filter((path) => path !== "./package.json")
      .map((path) => manifest.name + path.slice(1)),
  );
}

function writeConsumer(folder) {
  const names = specifiers();
  const write = (name, lines) => writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
  const check = (name, module) =>
    `if (Object.keys(${module}).length === 0) throw new Error("nothing exported by ${name}");`;
  write("package.json", ['{ "name": "consumer", "private": true, "type": "module" }']);
  write("import.mjs", [
    ...names.map((name, i) => `import * as m${i} from "${name}"; ${check(name, `m${i}`)}`),
    'import { createRequire } from "node:module";',
    "const require = createRequire(import.meta.url);",
    ...names.map(
      (name, i) => `if (require("${name}") !== m${i}) throw new Error("${name}: import and require differ");`,
    ),
    ...packages.map(({ manifest }) => `require("${manifest.name}/package.json");`),
  ]);
  write("require.cjs", [...names.map((name) => check(name, `require("${name}")`))]);
  write("types.ts", [
    ...names.map((name, i) => `import * as m${i} from "${name}";`),
    `export const modules = [${names.map((_, i) => `m${i}`).join(", ")}];`,
  ]);
  // Core's declarations must stand on their own: no browser library, nothing skipped.
  write("core.ts", [
    'export * from "@hyperfunc/core";',
    'export * as testing from "@hyperfunc/core/testing";',
  ]);
}

function installAndUse(files) {
  const folder = mkdtempSync(join(tmpdir(), "hyperfunc-consumer-"));
  try {
    writeConsumer(folder);
    const types = `@types/node@${root.devDependencies["@types/node"]}`;
    execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", types, ...files], {
      cwd: folder,
      stdio: "inherit",
    });
    const run = (script, ...args) => node(script, args, { cwd: folder });
    const tsc = (...args) =>
      run("node_modules/typescript/bin/tsc", "--noEmit", "--strict", "--target", "es2022", ...args);
    const bundler = ["--module", "esnext", "--moduleResolution", "bundler"];
    run(join(folder, "import.mjs"));
    run(join(folder, "require.cjs"));
    tsc("--module", "nodenext", "--skipLibCheck", "types.ts");
    tsc(...bundler, "--skipLibCheck", "types.ts");
    tsc("--module", "nodenext", "--lib", "es2022", "--types", "node", "core.ts");
    tsc(...bundler, "--lib", "es2022", "--types", "node", "core.ts");
    console.log(`imported, required and type-checked: ${specifiers().join(", ")}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const checks = {
  publint: (files) => files.forEach((file) => node("node_modules/publint/src/cli.js", ["--strict", file])),
  attw: (files) =>
    files.forEach((file) =>
      node("node_modules/@arethetypeswrong/cli/dist/index.js", ["--profile", "esm-only", file]),
    ),
  install: installAndUse,
};
const files = pack();
for (const name of process.argv[2] ? [process.argv[2]] : Object.keys(checks)) {
  console.log(`${name}: ${files.length} packages`);
  checks[name](files);
}
