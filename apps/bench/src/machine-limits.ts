/**
 * The machine's own limits, which no kernel passes: multiply-adds per second and bytes per second, on one thread.
 *
 * Measured in a process of its own, since compiling leaves a large heap behind, which slows down what comes after.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { runProgram } from "./run-program.js";

export interface MachineLimits {
  /** `relaxed-simd` where multiplications and additions are fused. */
  readonly build: "relaxed-simd" | "simd";
  /** Float32 operations per second / 1e9; a multiply-add is two. */
  readonly gflops: number;
  /** Writing memory that is not in any cache, GB/s. */
  readonly writeGBs: number;
  /** Reading and writing such memory, counted both ways, GB/s. */
  readonly streamGBs: number;
}

interface Peak {
  readonly memory: WebAssembly.Memory;
  multiplyAdds(rounds: number): number;
  write(to: number, bytes: number): void;
  addOne(from: number, to: number, bytes: number): void;
}

const ROUNDS = 2_000_000;
/** 12 registers of 4 lanes, a multiplication and an addition each. */
const OPERATIONS = ROUNDS * 12 * 4 * 2;
const BYTES = 64 * 2 ** 20;

export function machineLimits(build: MachineLimits["build"]): MachineLimits {
  return JSON.parse(runProgram(import.meta.url, [build])) as MachineLimits;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(JSON.stringify(await measured(process.argv[2] === "relaxed-simd" ? "relaxed-simd" : "simd")));

async function measured(build: MachineLimits["build"]): Promise<MachineLimits> {
  const peak = await compiled(build);
  peak.memory.grow(Math.ceil((2 * BYTES + 64) / 65_536));
  return {
    build,
    gflops: OPERATIONS / seconds(() => peak.multiplyAdds(ROUNDS)) / 1e9,
    writeGBs: BYTES / seconds(() => peak.write(64, BYTES)) / 1e9,
    streamGBs: (2 * BYTES) / seconds(() => peak.addOne(64, 64 + BYTES, BYTES)) / 1e9,
  };
}

/** The best of several runs: what disturbs them only makes them slower. */
function seconds(run: () => unknown): number {
  let best = Infinity;
  for (let round = 0; round < 15; round++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best / 1000;
}

async function compiled(build: MachineLimits["build"]): Promise<Peak> {
  let binary: Uint8Array | undefined;
  const features = build === "relaxed-simd" ? ["simd", "relaxed-simd"] : ["simd"];
  const { error } = await asc.main(
    ["peak.ts", "-o", "peak.wasm", "-O3", "--noAssert", "--runtime", "stub"].concat(
      features.flatMap((feature) => ["--enable", feature]),
    ),
    {
      readFile: (name) => {
        try {
          return readFileSync(new URL(`../assembly/${name}`, import.meta.url), "utf8");
        } catch {
          return null;
        }
      },
      writeFile: (name, contents) => {
        if (name.endsWith(".wasm") && typeof contents !== "string") binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error !== null) throw error;
  if (binary === undefined) throw new Error("peak.ts was compiled to nothing.");
  const { instance } = await WebAssembly.instantiate(Uint8Array.from(binary));
  return instance.exports as unknown as Peak;
}
