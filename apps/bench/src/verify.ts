/**
 * `npm run verify`: results that need many seeds or minutes of training. The table it prints is committed in
 * docs/results.md with its commit and date.
 */
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { useBackend } from "@hyperfunc/es";
import { loadDigits, trainReadout } from "./digits.js";

/** Seconds of training, and of a short training. */
const [SECONDS, SHORT] = [60, 10];
const SEEDS = [0, 1, 2, 3, 4];

interface Row {
  readonly what: string;
  readonly measured: string;
  readonly target: string;
  readonly met: boolean;
}

/** The report that the demo prints with --json. */
interface DemoReport {
  readonly sumAccuracy: number;
  readonly digitAccuracy: number;
  readonly reward: number;
  readonly rewardNeverAbstaining: number;
}

await useBackend("wasm");
const rows = [...demo(), ...(await digits()), xor()];
console.log("\n| what | measured | target | met |\n| --- | --- | --- | --- |");
for (const { what, measured, target, met } of rows)
  console.log(`| ${what} | ${measured} | ${target} | ${met ? "yes" : "no"} |`);
if (rows.some(({ met }) => !met)) process.exitCode = 1;

function demo(): Row[] {
  const short = `MNIST addition, ${SHORT} s, 5 seeds:`;
  const long = `MNIST addition, ${SECONDS} s, 5 seeds:`;
  const sumsSoon = reports(SHORT).map((report) => report.sumAccuracy);
  const found = reports(SECONDS);
  const sums = found.map((report) => report.sumAccuracy);
  const digitAccuracies = found.map((report) => report.digitAccuracy);
  const gains = found.map(({ reward, rewardNeverAbstaining }) => reward - rewardNeverAbstaining);
  return [
    row(`${short} median test sum accuracy`, median(sumsSoon), 0.83, list(sumsSoon)),
    row(`${long} median test sum accuracy`, median(sums), 0.87, list(sums)),
    row(`${long} lowest test sum accuracy`, Math.min(...sums), 0.85, list(sums)),
    row(`${long} median test digit accuracy`, median(digitAccuracies), 0.93, list(digitAccuracies)),
    row(`${long} median test gain in reward by abstaining`, median(gains), 0.08, list(gains)),
  ];
}

function reports(seconds: number): DemoReport[] {
  return SEEDS.map((seed) => {
    const args = ["--seed", `${seed}`, "--seconds", `${seconds}`, "--no-save", "--json"];
    const report = JSON.parse(runApp("demo/src/main.ts", args).trim().split("\n").at(-1) ?? "") as DemoReport;
    console.log(`demo, ${seconds} s, seed ${seed}:`, JSON.stringify(report));
    return report;
  });
}

async function digits(): Promise<Row[]> {
  const data = loadDigits();
  const accuracies = async (rank: number | undefined): Promise<number[]> => {
    const found: number[] = [];
    for (const seed of SEEDS) {
      const { heldOutAccuracy } = await trainReadout(data, seed, rank);
      console.log(`digits 7 × 7, rank ${rank ?? "full"}, seed ${seed}: ${heldOutAccuracy.toFixed(4)}`);
      found.push(heldOutAccuracy);
    }
    return found;
  };
  const one = await accuracies(1);
  const full = await accuracies(undefined);
  const what = "Digits 7 × 7, linear, 300 generations of 64, 5 seeds:";
  return [
    row(`${what} lowest held-out accuracy, rank 1`, Math.min(...one), 0.82, list(one)),
    row(
      `${what} median of rank 1 minus median of full rank`,
      median(one) - median(full),
      -0.01,
      `full rank ${list(full)}`,
    ),
  ];
}

function xor(): Row {
  const solved = /solved (\d+) of 20/.exec(runApp("examples/src/xor.ts", ["20"]))?.[1];
  return row("XOR: seeds solved of 20", Number(solved), 20, "300 generations of 64");
}

function row(what: string, value: number, target: number, beside: string): Row {
  return {
    what,
    measured: `${value.toPrecision(3)} (${beside})`,
    target: `at least ${target}`,
    met: value >= target,
  };
}

function runApp(program: string, args: readonly string[]): string {
  const tsx = createRequire(import.meta.url).resolve("tsx");
  const file = fileURLToPath(new URL(`../../${program}`, import.meta.url));
  return execFileSync(process.execPath, ["--conditions=@hyperfunc/source", "--import", tsx, file, ...args], {
    encoding: "utf8",
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function list(values: readonly number[]): string {
  return values.map((value) => value.toFixed(3)).join(", ");
}
