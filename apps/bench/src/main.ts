/**
 * `pnpm bench`: the performance table, in one run. Ratios are taken between tasks that are run in turn, absolute times
 * stand beside them.
 *
 * Arguments: milliseconds per comparison (default 6000); `--write` puts the results into docs; `--scaling` measures the
 * scaling curves, too.
 */
import { cpus } from "node:os";
import { backendInfo, useBackend } from "@hyperfunc/es";
import { callCost } from "./call-cost.js";
import { forwardPass } from "./forward.js";
import { generation } from "./generation.js";
import { machineLimits } from "./machine-limits.js";
import { pytorch } from "./pytorch.js";
import { currentCommit, isMet, markdown, short, writeReport, type Figure, type Report } from "./report.js";
import { scaling } from "./scaling.js";
import { stages, type Stage } from "./stages.js";
import { threadTimes } from "./threads.js";
import { ratio, type Timing } from "./timing.js";
import { waiting } from "./waiting.js";

const options = process.argv.slice(2);
const MS = Number(options.find((option) => /^\d+$/.test(option)) ?? 6000);
const figures: Figure[] = [];
const missing: string[] = [];
const measuredStages: Stage[] = [];

await useBackend("wasm");
const info = backendInfo();
const limits = machineLimits(info.build ?? "simd");
for (const width of [64, 512]) await forwardFigures(width);
await otherFigures();

const report: Report = {
  date: new Date().toISOString().slice(0, 10),
  commit: currentCommit(),
  node: process.versions.node,
  processor: `${cpus()[0]?.model.trim() ?? "unknown processor"} (${cpus().length} cores)`,
  backend: `${info.name}, ${info.kernels} kernels${info.build === undefined ? "" : ` (${info.build})`}`,
  limits,
  figures,
  stages: measuredStages,
  missing,
  ...(options.includes("--scaling")
    ? { scaling: scaling((point) => console.error(JSON.stringify(point))) }
    : {}),
};
console.log(markdown(report));
if (options.includes("--write")) writeReport(report);

function add(figure: Figure): void {
  figures.push(figure);
  console.error(
    `${isMet(figure) ? "met   " : "missed"} ${figure.what}: ${short(figure.value)}${figure.unit}`,
  );
}

function ms({ median, best }: Timing): string {
  return `${short(median)} ms, best ${short(best)}`;
}

/** A ratio with both times; where they were run side by side, the ratio of every round. */
function addRatio(
  what: string,
  [a, b]: readonly [Timing, Timing],
  target: number,
  direction: Figure["direction"],
): void {
  const sideBySide = a.rounds.length === b.rounds.length ? ratio(a, b) : undefined;
  const value = sideBySide?.median ?? a.median / b.median;
  const spread = sideBySide ? `; ${short(sideBySide.low)} to ${short(sideBySide.high)}` : "";
  add({ what, value, unit: " ×", target, direction, beside: `${ms(a)} over ${ms(b)}${spread}` });
}

async function forwardFigures(width: number): Promise<void> {
  const shape = `MLP ${width}-${width}-10, 32 × 200`;
  const { byHand, vectorised, loop, readingLoop, readingWavefront } = await forwardPass(width, MS);
  addRatio(`${shape}: vectorised over by hand`, [vectorised, byHand], 1.15, "at most");
  addRatio(`${shape}: plain loop over vectorised`, [loop, vectorised], width === 64 ? 100 : 80, "at least");
  addRatio(
    `${shape}, a read between the calls: plain loop over wavefront`,
    [readingLoop, readingWavefront],
    width === 64 ? 3 : 5,
    "at least",
  );
  const torch = pytorch(width, MS / 4);
  if (torch === undefined) missing.push(`PyTorch beside width ${width}: no Python with torch was found.`);
  else {
    const beside = (time: { median: number; best: number }): Timing => ({ ...time, rounds: [] });
    const name = `${shape}: vectorised over PyTorch ${torch.version}`;
    addRatio(`${name}, EGGROLL's form by hand`, [vectorised, beside(torch.lowRank)], 1, "at most");
    addRatio(`PyTorch's vmap over vectorised, ${shape}`, [beside(torch.vmap), vectorised], 1.5, "at least");
    addRatio(
      `PyTorch's plain loop over vectorised, ${shape}`,
      [beside(torch.loop), vectorised],
      1,
      "at least",
    );
  }
  const { forward, generation: whole, leakedTensors } = await generation(width, MS / 3);
  addRatio(`${shape}: generation over forward pass`, [whole, forward], 2, "at most");
  add({
    what: `${shape}: tensors left after 40 generations`,
    value: leakedTensors,
    unit: "",
    target: 0,
    direction: "at most",
    beside: "of any size",
  });
  measuredStages.push(...(await stages(width, limits, MS / 2)));
}

async function otherFigures(): Promise<void> {
  const cost = await callCost(MS / 2);
  const call = { unit: " µs", direction: "at most" } as const;
  add({
    ...call,
    what: "a hyperfunction call above the bare function",
    value: cost.plainUs,
    target: 5,
    beside: "no plugins",
  });
  add({
    ...call,
    what: "a traced call above the bare function",
    value: cost.tracedUs,
    target: 20,
    beside: "one trace",
  });
  const io = await waiting();
  add({
    what: "64 × 32 runs of 10 ms I/O, 256 at a time: share of the ideal",
    value: (100 * io.idealMs) / io.medianMs,
    unit: " %",
    target: 90,
    direction: "at least",
    beside: `${short(io.medianMs)} ms, best ${short(io.bestMs)}, ideal ${io.idealMs} ms`,
  });
  for (const [width, examples] of [
    [128, 1024],
    [512, 512],
  ] as const) {
    const { what, one, two } = await threadTimes(width, examples);
    addRatio(`${what}: a generation in one thread over one in two`, [one, two], 1.7, "at least");
  }
}
