/**
 * Finds a temperature and a nucleus for a real language model over HTTP, and says what that is worth on fresh seeds.
 *
 *   node --conditions=@hyperfunc/source scripts/run.mjs apps/story-model/src/main.ts [--seed 0] [--temperature 1.8] [--top-p 1]
 */
import { parseArgs } from "node:util";
import { meanInterval, pairedDifference } from "@hyperfunc/core";
import { languageModel } from "@hyperfunc/llm";
import { HELD_OUT_BEGINNINGS } from "./beginnings.js";
import { knownWords } from "./dictionary.js";
import { gridSearch, TEMPERATURES, TOP_PS, type Grid } from "./grid.js";
import { loadStoryModel } from "./model-files.js";
import { freshExamples, measureAt, qualityMetric, type SamplingPoint } from "./program.js";
import { searchSampling } from "./search.js";
import { StoryServer } from "./server.js";

const STEPS = 12;
const BATCH_SIZE = 4;
const HELD_OUT = 48;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "0" },
    temperature: { type: "string", default: "1.8" },
    "top-p": { type: "string", default: "1" },
  },
});
const start = { temperature: Number(values.temperature), topP: Number(values["top-p"]) };

const model = loadStoryModel();
const known = await knownWords(model);
console.log(`A story model of 260,000 parameters; its careful stories have ${known.size} words.`);
const server = await StoryServer.start(model);
try {
  await main();
} finally {
  await server.close();
}

async function main(): Promise<void> {
  const served = languageModel("stories260K", { baseUrl: server.baseUrl });
  const metric = qualityMetric(known);
  const started = Date.now();
  const { system, found, result } = await searchSampling(served, known, {
    start,
    steps: STEPS,
    batchSize: BATCH_SIZE,
    seed: Number(values.seed),
    onProgress: ({ step, mean }, point) => {
      const at = `${coordinates(point)}   candidates ${mean?.toFixed(3) ?? "-"}`;
      console.log(`step ${String(step).padStart(2)}/${STEPS}   ${at}   ${seconds(started)} s`);
    },
  });
  const { calls, totalTokens } = result.usage;
  console.log(`${calls} calls, ${totalTokens} tokens; the same for a grid:\n`);
  const grid = await gridSearch(system, metric, totalTokens);
  console.log(`${gridTable(grid)}\n`);

  const examples = freshExamples("held-out", HELD_OUT, HELD_OUT_BEGINNINGS);
  const at = async (point: SamplingPoint): Promise<readonly number[]> =>
    (await measureAt(system, point, examples, metric)).scores;
  const [before, after, best] = [await at(start), await at(found), await at(grid.best)];
  console.log(`On ${HELD_OUT} other examples, with other beginnings and fresh seeds:\n`);
  console.log(row("start", start, before));
  console.log(row("found", found, after));
  console.log(row("best of the grid", grid.best, best));
  console.log(`\n  found against start             ${gain(after, before)}`);
  console.log(`  found against best of the grid  ${gain(after, best)}`);
}

function gridTable({ points, examples, tokens }: Grid): string {
  const cell = (text: string): string => text.padStart(7);
  const header = ["topP", ...TOP_PS.map((topP) => topP.toFixed(1))].map(cell).join("");
  const rows = TEMPERATURES.map((temperature) => {
    const here = points.filter((point) => point.temperature === temperature);
    const qualities = here.map(({ quality }) => cell(quality.toFixed(3))).join("");
    return `  T ${temperature.toFixed(1)}${qualities}`;
  });
  return [`${header}   (${examples} examples a point, ${tokens} tokens)`, ...rows].join("\n");
}

function row(name: string, point: SamplingPoint, scores: readonly number[]): string {
  return `  ${name.padEnd(18)}${coordinates(point)}   quality ${meanInterval(scores).mean.toFixed(3)}`;
}

function gain(a: readonly number[], b: readonly number[]): string {
  const { mean, interval } = pairedDifference(a, b);
  const range =
    interval === undefined ? "" : `, 95 % interval ${signed(interval.low)} to ${signed(interval.high)}`;
  return `${signed(mean)}${range}`;
}

function coordinates({ temperature, topP }: SamplingPoint): string {
  return `temperature ${temperature.toFixed(2)}   topP ${topP.toFixed(2)}`;
}

function signed(value: number): string {
  return `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(3)}`;
}

function seconds(since: number): string {
  return ((Date.now() - since) / 1000).toFixed(0);
}
