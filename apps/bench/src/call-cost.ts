/**
 * What a call of a hyperfunction costs above the bare async function, in microseconds.
 *
 * node --conditions=@hyperfunc/source scripts/run.mjs apps/bench/src/call-cost.ts
 */
import { fileURLToPath } from "node:url";
import { hyperfunction, hyperSystem, LMParam } from "@hyperfunc/core";
import { timeTogether } from "./timing.js";

const CALLS = 20_000;
const TRACED_CALLS = 2000;

export interface CallCost {
  /** Called in a run, without plugins. */
  readonly plainUs: number;
  /** With explicit values. */
  readonly overriddenUs: number;
  /** Called by another hyperfunction. */
  readonly nestedUs: number;
  /** In a run that records a trace. */
  readonly tracedUs: number;
  /** The bare async function itself. */
  readonly bareUs: number;
}

const scale = hyperfunction(
  { name: "scale", hpType: LMParam },
  async (x: number, { hp }) => x * hp.temperature,
);
const outer = hyperfunction({ name: "outer" }, async (x: number) => scale(x));
const bare = async (x: number): Promise<number> => x * 0.7;

async function repeat(times: number, call: (x: number) => Promise<number>): Promise<number> {
  let sum = 0;
  for (let time = 0; time < times; time++) sum += await call(time);
  return sum;
}

const plain = hyperSystem({ name: "plain" }, (times: number) => repeat(times, scale));
const nested = hyperSystem({ name: "nested" }, (times: number) => repeat(times, outer));
const overridden = hyperSystem({ name: "overridden" }, (times: number) =>
  repeat(times, (x) => scale(x, { hp: { temperature: 0.5 } })),
);

/** Medians over `ms` milliseconds of interleaved rounds. */
export async function callCost(ms = 4000): Promise<CallCost> {
  const timing = await timeTogether(
    {
      bare: () => repeat(CALLS, bare),
      plain: () => plain.run(CALLS),
      overridden: () => overridden.run(CALLS),
      nested: () => nested.run(CALLS),
      traced: () => plain.trace(TRACED_CALLS),
    },
    ms,
  );
  const perCall = (name: keyof typeof timing, calls: number): number => (timing[name].median * 1000) / calls;
  const bareUs = perCall("bare", CALLS);
  return {
    bareUs,
    plainUs: perCall("plain", CALLS) - bareUs,
    overriddenUs: perCall("overridden", CALLS) - bareUs,
    nestedUs: (perCall("nested", CALLS) - bareUs) / 2,
    tracedUs: perCall("traced", TRACED_CALLS) - bareUs,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const cost = await callCost();
  for (const [name, us] of Object.entries<number>({ ...cost }))
    console.log(`${name.padEnd(14)}${us.toFixed(3)} µs`);
}
