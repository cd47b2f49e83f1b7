/**
 * node scripts/build-kernels.mjs: compiles assembly/ into src/kernels/binaries.ts, twice: with plain SIMD, and
 * with the fused multiply-add of relaxed SIMD. The same sources and compiler give the same bytes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const folder = new URL("../assembly/", import.meta.url);
const target = new URL("../src/kernels/binaries.ts", import.meta.url);

async function compile(features) {
  let binary;
  const options = [
    "index.ts",
    ...["--outFile", "kernels.wasm", "--optimizeLevel", "3", "--shrinkLevel", "0", "--converge"],
    ...["--noAssert", "--importMemory", "--runtime", "stub"],
    ...features.flatMap((feature) => ["--enable", feature]),
  ];
  const { error, stderr } = await asc.main(options, {
    readFile: (name) => {
      try {
        return readFileSync(new URL(name, folder), "utf8");
      } catch {
        return null; // the compiler asks for files that may be elsewhere
      }
    },
    writeFile: (name, content) => {
      if (name.endsWith(".wasm")) binary = content;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`The kernels do not compile: ${error.message}\n${stderr.toString()}`);
  if (sections(binary).includes(DATA)) {
    throw new Error("The kernels have static data, which would overwrite memory that belongs to tfjs.");
  }
  return Buffer.from(binary).toString("base64");
}

const DATA = 11;

/** Numbers of the sections of a WebAssembly module. */
function sections(binary) {
  const found = [];
  for (let at = 8; at < binary.length;) {
    found.push(binary[at++]);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = binary[at++];
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    at += size;
  }
  return found;
}

writeFileSync(
  target,
  `/** Compiled from assembly/ by scripts/build-kernels.mjs; do not edit. */

export const SIMD =
  "${await compile(["simd"])}";

export const RELAXED_SIMD =
  "${await compile(["simd", "relaxed-simd"])}";
`,
);
console.log(`Written: ${fileURLToPath(target)}`);
