/** Thousands of runs at once: what is started when, and how many share a batch. */
import { describe, expect, it } from "@jest/globals";
import {
  callTool,
  defineHpType,
  example,
  hyperfunction,
  hyperSystem,
  perExample,
  registerTensorEngine,
} from "@hyperfunc/core";
import { Lazy, lazyEngine } from "../../test/lazy-engine.js";
import { programOf, scale, value } from "../../test/lazy-program.js";
import type { ParameterSource } from "../context/frame.js";
import { LazyParameters } from "./lazy-parameters.js";

const Gain = defineHpType({ name: "Gain", fields: { gain: { default: 1 } } });
const itself = perExample((output: number) => output);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A program of one tool call, with a tool that answers when it is told to. */
function asking(
  concurrency: number,
  runs: number,
): { evaluation: Promise<number>; started: () => number; answer: () => void } {
  let started = 0;
  const open: (() => void)[] = [];
  const tool = (x: number): Promise<number> => new Promise((resolve) => open.push(() => resolve(x)));
  const ask = hyperfunction({ name: "ask", hpType: Gain }, (x: number) => callTool("tool", tool, x));
  const system = hyperSystem({ name: "asking", hyperfunctions: [ask], concurrency }, (x: number) => {
    started += 1;
    return ask(x);
  });
  const data = Array.from({ length: runs }, () => example(1, 0));
  return {
    evaluation: system.evaluate(data, itself),
    started: () => started,
    answer: () => {
      for (const resolve of open.splice(0)) resolve();
    },
  };
}

describe("concurrent runs", () => {
  it("are not started while as many calls as there are slots wait for one", async () => {
    const { evaluation, started, answer } = asking(4, 1000);
    for (let i = 0; i < 20; i++) await turn();
    expect(started()).toBe(256);
    let done = false;
    const score = evaluation.finally(() => (done = true));
    while (!done) {
      answer();
      await turn();
    }
    expect([await score, started()]).toEqual([1, 1000]);
  });

  it("all wait together where the limit is not reached", async () => {
    const { evaluation, started, answer } = asking(Infinity, 1000);
    for (let i = 0; i < 20; i++) await turn();
    expect(started()).toBe(1000);
    answer();
    expect(await evaluation).toBe(1);
  });

  it("let an answer in before the last one is started", async () => {
    const order: string[] = [];
    const tool = (x: number): Promise<number> => {
      if (x > 0) order.push("last started");
      else if (order.length === 0) setImmediate(() => order.push("answered"));
      return Promise.resolve(x);
    };
    const system = hyperSystem({ name: "paced", hyperfunctions: [], concurrency: Infinity }, (x: number) =>
      callTool("tool", tool, x),
    );
    const data = Array.from({ length: 1000 }, (_, index) => example(index === 999 ? 1 : 0, 0));
    await system.evaluate(data, itself);
    expect([order[0], order.at(-1)]).toEqual(["answered", "last started"]);
  });
});

describe("runs of a wavefront", () => {
  it.each([
    [32, 200, [1600, 1600, 1600, 1600]],
    [9, 1000, [5000, 4000]],
    [3, 4, [12]],
  ])("%i candidates × %i examples share batches of %p calls", async (size, examples, batches) => {
    const { log } = ((engine) => (registerTensorEngine(engine), engine))(lazyEngine());
    const population = Array.from({ length: size }, (_, gain) => ({ scale: [gain % 9] }));
    const data = Array.from({ length: examples }, (_, x) => example(Lazy.constant(x), 0));
    const mode = { mode: "wavefront" as const };
    const { scores } = await programOf((x) => scale(x)).evaluatePopulation(population, data, value, mode);
    expect(scores).toEqual(population.map(({ scale: [gain = 0] }) => (gain * (examples - 1)) / 2));
    expect(log.batches).toEqual(batches);
  });
});

describe("parameters that may not be needed", () => {
  it("are made once, when something reads them", () => {
    let made = 0;
    const hp = { gain: 2 };
    const source: ParameterSource = { hp: () => hp, prompt: () => "Ask.", demos: () => [] };
    const lazy = new LazyParameters(() => ((made += 1), source));
    expect(made).toBe(0);
    expect([lazy.hp(scale), lazy.prompt(scale), lazy.demos(scale)]).toEqual([hp, "Ask.", []]);
    expect(made).toBe(1);
  });
});
