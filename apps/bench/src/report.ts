/** What a run of the bench leaves in docs: a JSON file with everything, tables in performance.md, the curves as SVG. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import type { MachineLimits } from "./machine-limits.js";
import type { Scaling } from "./scaling.js";
import { scalingChart } from "./chart.js";
import type { Stage } from "./stages.js";

export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly target: number;
  readonly direction: "at most" | "at least";
  /** Absolute times and the spread. */
  readonly beside: string;
}

export interface Report {
  readonly date: string;
  readonly commit: string;
  readonly node: string;
  readonly processor: string;
  readonly backend: string;
  readonly limits: MachineLimits;
  readonly figures: readonly Figure[];
  readonly stages: readonly Stage[];
  readonly scaling?: Scaling;
  /** What could not be measured here, and why. */
  readonly missing: readonly string[];
}

const DOCS = new URL("../../../docs/", import.meta.url);
const START = "<!-- written by the bench -->";
const END = "<!-- end -->";

export function isMet({ value, target, direction }: Figure): boolean {
  return direction === "at most" ? value <= target : value >= target;
}

export function currentCommit(): string {
  return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
}

/** Writes docs/performance.json, docs/scaling.svg and the tables of docs/performance.md. */
export function writeReport(report: Report): void {
  writeFileSync(new URL("performance.json", DOCS), `${JSON.stringify(report, undefined, 2)}\n`);
  if (report.scaling !== undefined) writeFileSync(new URL("scaling.svg", DOCS), scalingChart(report.scaling));
  const file = new URL("performance.md", DOCS);
  const text = readFileSync(file, "utf8");
  const [before, rest] = text.split(START);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`docs/performance.md has lost its markers.`);
  writeFileSync(file, `${before}${START}\n\n${markdown(report)}\n\n${END}${after}`);
}

export function markdown(report: Report): string {
  const { limits } = report;
  return [
    `Commit ${report.commit}, ${report.date}, Node ${report.node}, ${report.processor}, ${report.backend}, one thread.`,
    table(
      ["what", "measured", "target", "met"],
      report.figures.map((figure) => [
        figure.what,
        `${short(figure.value)}${figure.unit} (${figure.beside})`,
        `${figure.direction} ${figure.target}${figure.unit}`,
        isMet(figure) ? "yes" : "no",
      ]),
    ),
    `The machine's limits, measured in the same run: ${short(limits.gflops)} GFLOP/s of ${limits.build} multiply-adds that touch no memory, ` +
      `${short(limits.writeGBs)} GB/s written, ${short(limits.streamGBs)} GB/s read and written. What the stages reach of them:`,
    table(
      ["stage, 32 candidates × 200 examples", "best", "of the multiply-add rate", "of the bandwidth"],
      report.stages.map((stage) => [
        stage.what,
        `${short(stage.bestMs)} ms`,
        percent(stage.computeShare),
        percent(stage.memoryShare),
      ]),
    ),
    ...(report.scaling === undefined ? [] : ["![Scaling](scaling.svg)"]),
    ...report.missing.map((reason) => `- Not measured: ${reason}`),
  ].join("\n\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export function short(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
