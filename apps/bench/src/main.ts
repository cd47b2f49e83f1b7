/** `pnpm bench`: the performance table. Ratios come from one run, absolute times stand beside them. */
import { backendInfo, useBackend } from "@hyperfunc/es";
import { callCost } from "./call-cost.js";
import { forwardPass } from "./forward.js";
import { generation } from "./generation.js";
import { waiting } from "./waiting.js";

const MS = Number(process.argv[2] ?? 6000);

interface Row {
  readonly what: string;
  readonly measured: string;
  readonly target: string;
  readonly met: boolean;
}

const rows: Row[] = [];
const add = (
  what: string,
  value: number,
  unit: string,
  target: number,
  direction: "at most" | "at least",
  beside: string,
): void => {
  const met = direction === "at most" ? value <= target : value >= target;
  rows.push({
    what,
    measured: `${value.toPrecision(3)}${unit} (${beside})`,
    target: `${direction} ${target}${unit}`,
    met,
  });
};
const ms = (value: number): string => `${value.toPrecision(3)} ms`;

await useBackend("wasm");
for (const width of [64, 512]) {
  const row = await forwardPass(width, MS);
  const shape = `MLP ${width}-${width}-10, 32 × 200`;
  const { vectorisedMs, loopMs, byHandMs } = row;
  add(
    `${shape}: vectorised over by hand`,
    vectorisedMs / byHandMs,
    " ×",
    1.15,
    "at most",
    `${ms(vectorisedMs)} over ${ms(byHandMs)}`,
  );
  add(
    `${shape}: plain loop over vectorised`,
    loopMs / vectorisedMs,
    " ×",
    width === 64 ? 100 : 80,
    "at least",
    `${ms(loopMs)} over ${ms(vectorisedMs)}`,
  );
  add(
    `${shape}, a read between the calls: plain loop over wavefront`,
    row.readingLoopMs / row.readingWavefrontMs,
    " ×",
    width === 64 ? 3 : 5,
    "at least",
    `${ms(row.readingLoopMs)} over ${ms(row.readingWavefrontMs)}`,
  );
  const { forwardMs, generationMs, leakedTensors } = await generation(width, MS / 3);
  add(
    `${shape}: generation over forward pass`,
    generationMs / forwardMs,
    " ×",
    2,
    "at most",
    `${ms(generationMs)} over ${ms(forwardMs)}`,
  );
  add(`${shape}: tensors left after 40 generations`, leakedTensors, "", 0, "at most", "of any size");
}
const cost = await callCost();
add("a hyperfunction call above the bare function", cost.plainUs, " µs", 5, "at most", "no plugins");
add("a traced call above the bare function", cost.tracedUs, " µs", 20, "at most", "one trace");
const io = await waiting();
add(
  "64 × 32 runs of 10 ms I/O, 256 at a time: share of the ideal",
  (100 * io.idealMs) / io.medianMs,
  " %",
  90,
  "at least",
  `${ms(io.medianMs)}, ideal ${ms(io.idealMs)}`,
);

const info = backendInfo();
console.log(`Node ${process.version}, backend ${info.name}, ${info.kernels} kernels; medians\n`);
console.log("| what | measured | target | met |\n| --- | --- | --- | --- |");
for (const { what, measured, target, met } of rows)
  console.log(`| ${what} | ${measured} | ${target} | ${met ? "yes" : "no"} |`);
console.log("\nNot measured here: PyTorch beside it.");
