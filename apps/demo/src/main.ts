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

try {
  const commandLine = readCommandLine(process.argv.slice(2));
  if (commandLine === "help") console.log(USAGE);
  else await main(commandLine);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

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
  const { save, resume } = options;
  const checkpoint = save || resume ? `${FOLDER}/checkpoints` : undefined;
  const interruption = new AbortController();
  process.once("SIGINT", () => {
    interruption.abort();
  });
  if (!resume) rmSync(PLAN, { force: true });
  const plan = resume ? readPlan() : await newPlan(pairs, options);
  if (interruption.signal.aborted) {
    console.log("Interrupted before the first generation.");
    return undefined;
  }
  if (checkpoint !== undefined && !resume) {
    rmSync(checkpoint, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(PLAN, JSON.stringify(plan));
  }
  const line = new ProgressLine(pairs.validation);
  const system = await train(pairs, {
    ...plan,
    ...(checkpoint === undefined ? {} : { checkpoint }),
    signal: interruption.signal,
    onProgress: (phase, progress) => line.show(phase, progress),
  });
  if (system !== undefined) {
    rmSync(PLAN, { force: true });
    return system;
  }
  console.log(
    checkpoint === undefined ? "Interrupted." : 'Interrupted. "npm run demo -- --resume" goes on from here.',
  );
  return undefined;
}

interface Plan {
  readonly seed: number;
  readonly generations: number;
}

async function newPlan(pairs: Pairs, options: CommandLine): Promise<Plan> {
  return { seed: options.seed, generations: options.generations ?? (await planGenerations(pairs, options)) };
}

function readPlan(): Plan {
  if (!existsSync(PLAN))
    throw new Error("There is no interrupted run to resume; run the demo without --resume.");
  return JSON.parse(readFileSync(PLAN, "utf8")) as Plan;
}

function fail(): never {
  throw new RangeError("There are no test pairs.");
}
