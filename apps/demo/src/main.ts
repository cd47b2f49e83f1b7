/** MNIST addition, trained end to end from sums alone, without backpropagation. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { backendInfo, useBackend } from "@hyperfunc/es";
import { USAGE, readCommandLine, type CommandLine } from "./command-line.js";
import { loadPairs, type Pairs } from "./digits.js";
import { planGenerations } from "./plan.js";
import { AddDigits } from "./program.js";
import { ProgressLine } from "./progress-line.js";
import { gallery, report, table } from "./report.js";
import { train } from "./train.js";

const FOLDER = ".hyperfunc-demo";
const MODEL = `${FOLDER}/model.json`;
const PLAN = `${FOLDER}/plan.json`;

const commandLine = readCommandLine(process.argv.slice(2));
if (commandLine === "help") console.log(USAGE);
else await main(commandLine);

async function main(options: CommandLine): Promise<void> {
  await useBackend("wasm");
  const started = Date.now();
  const pairs = loadPairs();
  console.log(
    `MNIST addition: ${pairs.train.length} training pairs, ${pairs.validation.length} for validation, ${pairs.test.length} for test ` +
      `(loaded in ${((Date.now() - started) / 1000).toFixed(1)} s, backend ${backendInfo().name})`,
  );
  const system = options.load ? await load() : await trained(pairs, options);
  if (system === undefined) return;
  const measured = await report(system, pairs.test);
  console.log(`\nOn ${pairs.test.length} test pairs:\n${table(measured)}`);
  const { trace } = await system.trace(pairs.test[0]?.example.inputs ?? fail());
  console.log(`\nThe program as a graph:\n\n${trace.toMermaid()}`);
  console.log(`\n${await gallery(system, pairs.test.slice(0, 3))}`);
  if (options.save && !options.load) {
    await system.save(MODEL);
    console.log(`\nSaved ${MODEL}; "npm run demo -- --load" uses it.`);
  }
  if (options.json) console.log(JSON.stringify(measured));
}

async function load(): Promise<AddDigits> {
  if (!existsSync(MODEL)) {
    throw new Error(`There is no ${MODEL}; run the demo without --load first.`);
  }
  const system = new AddDigits();
  await system.load(MODEL);
  return system;
}

/** The trained system, or undefined when the user interrupted it. */
async function trained(pairs: Pairs, options: CommandLine): Promise<AddDigits | undefined> {
  const { seed, save } = options;
  const plan = options.resume
    ? readPlan()
    : { seed, generations: options.generations ?? (await planGenerations(pairs, options)) };
  const checkpoint = save ? `${FOLDER}/checkpoints` : undefined;
  if (checkpoint !== undefined && !options.resume) {
    rmSync(checkpoint, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(PLAN, JSON.stringify(plan));
  }
  const interruption = new AbortController();
  process.once("SIGINT", () => {
    interruption.abort();
  });
  const line = new ProgressLine(pairs.validation);
  const { system, cautious } = await train(pairs, {
    ...plan,
    ...(checkpoint === undefined ? {} : { checkpoint }),
    signal: interruption.signal,
    onProgress: (phase, progress) => line.show(phase, progress),
  });
  if (cautious) return system;
  console.log(save ? 'Interrupted. "npm run demo -- --resume" goes on from here.' : "Interrupted.");
  return undefined;
}

function readPlan(): { seed: number; generations: number } {
  if (!existsSync(PLAN))
    throw new Error("There is no interrupted run to resume; run the demo without --resume.");
  return JSON.parse(readFileSync(PLAN, "utf8")) as { seed: number; generations: number };
}

function fail(): never {
  throw new RangeError("There are no test pairs.");
}
