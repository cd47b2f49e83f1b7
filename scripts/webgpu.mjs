/**
 * Runs the packages on WebGPU, on a Vulkan driver for CPUs: `node scripts/webgpu.mjs`.
 *
 * They are packed and installed with npm into an empty project, next to the optional packages that WebGPU needs in Node,
 * and packages/es/test/webgpu/program.ts runs there.
 */
import { execFileSync, execSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureInstalled, pnpm } from "./install.mjs";
import { softwareVulkan } from "./software-vulkan.mjs";

const LIMIT_MS = 100_000;
const { peerDependencies } = JSON.parse(readFileSync("packages/es/package.json", "utf8"));
/** Those that the packages are tested with. */
const OPTIONAL = ["@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-webgpu", "webgpu"].map(
  (name) => `${name}@${peerDependencies[name].replace("^", "")}`,
);

function packInto(folder) {
  mkdirSync(folder);
  const ours = "--filter @hyperfunc/core --filter @hyperfunc/es";
  const quiet = { stdio: ["ignore", "ignore", "inherit"] };
  execSync(`${pnpm} exec turbo run build --filter=@hyperfunc/es... --output-logs=errors-only`, quiet);
  execSync(`${pnpm} --recursive ${ours} pack --pack-destination "${folder}"`, quiet);
  return readdirSync(folder).map((name) => join(folder, name));
}

function makeConsumer(folder, tarballs) {
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "name": "consumer", "private": true, "type": "module" }\n');
  const options = ["--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", ["install", ...options, ...OPTIONAL, ...tarballs], { cwd: folder, stdio: "inherit" });
  const copies = execFileSync("npm", ["ls", "--all", "--parseable", "@tensorflow/tfjs-core"], {
    cwd: folder,
    encoding: "utf8",
  });
  if (new Set(copies.trim().split("\n")).size !== 1)
    throw new Error(`several copies of tfjs-core:\n${copies}`);
  cpSync("packages/es/test", join(folder, "test"), { recursive: true });
}

/** False when it fails or does not end by itself. */
function runProgram(folder, env) {
  const args = ["--import", import.meta.resolve("tsx"), "test/webgpu/program.ts"];
  const { status, signal } = spawnSync(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: "inherit",
    timeout: LIMIT_MS,
    killSignal: "SIGKILL",
  });
  if (signal !== null) console.log(`ended by ${signal} (limit ${LIMIT_MS / 1000} s)`);
  return status === 0;
}

const folder = mkdtempSync(join(tmpdir(), "hyperfunc-webgpu-"));
try {
  let driver;
  try {
    mkdirSync(join(folder, "driver"));
    driver = softwareVulkan(join(folder, "driver"));
  } catch (error) {
    console.log(`WebGPU was not run, because there is no Vulkan driver for CPUs: ${error.message}.`);
  }
  if (driver !== undefined) {
    console.log(`Mesa ${driver.version}, lavapipe`);
    ensureInstalled();
    makeConsumer(join(folder, "consumer"), packInto(join(folder, "packages")));
    if (!runProgram(join(folder, "consumer"), driver.env)) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
