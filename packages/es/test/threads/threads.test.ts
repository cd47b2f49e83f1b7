/** Members spread over threads: the same bits as in one thread, or a reason why not. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, it } from "@jest/globals";
import { ESHybridSystemOptimizer } from "@hyperfunc/es";
import type { Case, Outcome } from "./optimise.js";

const LIMIT = 240_000;

/** Every case in turn, in one new process, which has to end by itself. */
async function outcomesOf(...cases: readonly Case[]): Promise<Outcome[]> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const program = fileURLToPath(new URL("optimise.ts", import.meta.url));
  const options = ["--conditions=@hyperfunc/source", "--import", tsx, program, JSON.stringify(cases)];
  const child = spawn(process.execPath, options, {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: LIMIT / 4,
    killSignal: "SIGKILL",
  });
  const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return JSON.parse(output) as Outcome[];
}

const without = (outcome: Outcome | undefined): unknown => ({ ...outcome, warnings: undefined });
const warningsOf = (outcome: Outcome | undefined): readonly string[] =>
  outcome !== undefined && "warnings" in outcome ? outcome.warnings : ["no result"];

it(
  "gives the bits of one thread in two and three, with common luck and luck of each candidate",
  async () => {
    for (const kind of ["", "per-candidate", "wavefront"]) {
      const [one, two, three] = await outcomesOf({ kind }, { kind, count: 2 }, { kind, count: 3 });
      expect(one).toMatchObject({ mode: kind === "wavefront" ? kind : "vectorised", stopReason: "finished" });
      expect(two).toEqual(one); // no warnings: the threads were used
      expect(three).toEqual(one);
    }
  },
  LIMIT,
);

it(
  "gives the bits of one thread with minibatches, members that are no pairs, and an uneven division",
  async () => {
    const options = { batchSize: 5, popSize: 7, antithetic: false };
    const [one, three] = await outcomesOf({ options }, { options, count: 3 });
    expect(one).toMatchObject({ mode: "vectorised" });
    expect(three).toEqual(one);
  },
  LIMIT,
);

it(
  "continues a checkpoint in threads or without, whichever wrote it",
  async () => {
    const [one, same, other] = await outcomesOf(
      {},
      { count: 2, abortAt: 3, resume: "with-threads" },
      { count: 2, abortAt: 3, resume: "without-threads" },
    );
    expect(one).toMatchObject({ stopReason: "finished" });
    expect(same).toEqual(one);
    expect(other).toEqual(one);
  },
  LIMIT,
);

it(
  "ends its threads when it is aborted, and counts runs against the budget as one thread does",
  async () => {
    const budget = { maxRuns: 700 };
    const kind = "wavefront"; // counts every run by itself
    const [aborted, hanging, one, two, waves, wavesInTwo] = await outcomesOf(
      { count: 2, abortAt: 3 },
      { kind: "hangs", count: 2, abortAfterMs: 4000 },
      { budget },
      { budget, count: 2 },
      { kind, budget },
      { kind, budget, count: 2 },
    );
    for (const outcome of [aborted, hanging]) {
      expect(outcome).toMatchObject({ stopReason: "aborted" });
      expect(warningsOf(outcome).join()).not.toMatch(/thread/i);
    }
    expect(one).toMatchObject({ stopReason: "budget" });
    expect(without(two)).toEqual(without(one));
    expect(waves).toMatchObject({ stopReason: "budget" });
    expect(without(wavesInTwo)).toEqual(without(waves));
  },
  LIMIT,
);

it(
  "evaluates the members of a thread that died again, and never scores them",
  async () => {
    const [one, two, three] = await outcomesOf(
      { kind: "dies" },
      { kind: "dies", count: 2 },
      { kind: "dies", count: 3 },
    );
    expect(one).toMatchObject({ warnings: [] });
    for (const outcome of [two, three]) {
      expect(outcome).toMatchObject({ state: (one as { state?: unknown }).state, stopReason: "finished" });
      expect(warningsOf(outcome).join()).toMatch(/Thread [23] ended with exit code 3/);
    }
  },
  LIMIT,
);

it(
  "fails clearly when a thread cannot evaluate its share, and goes on alone when one thread would try another way",
  async () => {
    const [failing, throwing, one] = await outcomesOf(
      { kind: "fails-to-run", count: 2 },
      { kind: "throws", count: 2 },
      {},
    );
    expect(failing).toMatchObject({ code: "TOO_MANY_MISSING" });
    expect(failing).toMatchObject({ message: expect.stringContaining("Thread 2 failed: no more of this") });
    expect(without(throwing)).toEqual(without(one));
    expect(warningsOf(throwing)).toEqual([
      expect.stringMatching(/in one thread from generation \d on: .*not here/),
    ]);
  },
  LIMIT,
);

it(
  "leaves to one thread what depends on all members or must not be done twice",
  async () => {
    const [failing, failingInTwo, tools, toolsInTwo] = await outcomesOf(
      { kind: "partly-failing" },
      { kind: "partly-failing", count: 2 },
      { kind: "tools" },
      { kind: "tools", count: 2 },
    );
    expect(failing).toMatchObject({ mode: "wavefront" });
    expect(without(failingInTwo)).toEqual(without(failing));
    expect(warningsOf(failingInTwo)).toEqual(
      expect.arrayContaining([expect.stringContaining("ranked below all members: too much")]),
    );
    expect(without(toolsInTwo)).toEqual(without(tools));
    expect(warningsOf(toolsInTwo)).toEqual([expect.stringContaining("the program calls models or tools")]);
  },
  LIMIT,
);

it(
  "goes on in one thread, with the reason, where threads are none, do not pay or give other scores",
  async () => {
    const [one, single, small, last, foreign] = await outcomesOf(
      {},
      { count: 1 },
      { count: 2, measure: true },
      { count: 2, measure: true, options: { steps: 1 } },
      { kind: "other-data", count: 2 },
    );
    for (const outcome of [single, small, foreign]) expect(without(outcome)).toEqual(without(one));
    expect(warningsOf(single)).toEqual(["The members were evaluated in one thread: threads.count is 1."]);
    expect(warningsOf(small)).toEqual([
      expect.stringMatching(/one thread: a generation takes [\d.]+ ms, .*(save about|as fast)/),
    ]);
    expect(warningsOf(last)).toEqual([expect.stringContaining("the run ends before")]);
    expect(warningsOf(foreign)).toEqual([
      expect.stringMatching(/another thread gives member \d+ the score -[\d.]+, this one -[\d.]+/),
    ]);
  },
  LIMIT,
);

it(
  "refuses a module that is not the program, naming what is wrong",
  async () => {
    const missing = new URL("nowhere.ts", import.meta.url).href;
    const [wide, none, absent, starting, elsewhere] = await outcomesOf(
      { kind: "wide", count: 2 },
      { kind: "no-system", count: 2 },
      { module: missing, count: 2 },
      { kind: "starts", count: 2 },
      { count: 2, backend: "cpu" },
    );
    expect(wide).toMatchObject({
      code: "PROGRAM_MISMATCH",
      message: expect.stringContaining('"encode.hp.layer.weight" is'),
    });
    expect(none).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining('must export "system"'),
    });
    expect(absent).toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringContaining(missing) });
    expect(starting).toMatchObject({
      message: expect.stringContaining("starts an optimisation when it is loaded"),
    });
    expect(elsewhere).toMatchObject({
      code: "PROGRAM_MISMATCH",
      message: expect.stringMatching(/its backend and kernels is wasm\S*, not cpu/),
    });
  },
  LIMIT,
);

it("refuses bad options when constructed", () => {
  const make = (threads: { module: string; count?: number }) => () =>
    new ESHybridSystemOptimizer({ threads });
  expect(make({ module: "./program.js" })).toThrow(/threads.module must be the address of a module/);
  expect(make({ module: import.meta.url, count: 1.5 })).toThrow(/threads.count must be .* got 1.5/);
});
