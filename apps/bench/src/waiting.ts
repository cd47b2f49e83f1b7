/** Runs that wait: 64 candidates × 32 examples, each with one call of 10 ms, 256 calls at a time. */
import { callTool, defineHpType, example, hyperfunction, hyperSystem, perExample } from "@hyperfunc/core";
import { timing } from "./timing.js";

const CANDIDATES = 64;
const EXAMPLES = 32;
const WAIT_MS = 10;
const CONCURRENCY = 256;
const WARM_UP = 15;

export async function waiting(): Promise<{ idealMs: number; medianMs: number; bestMs: number }> {
  const Knob = defineHpType({ name: "Knob", fields: { value: { default: 0.5, min: 0, max: 1 } } });
  const wait = (value: number): Promise<number> =>
    new Promise((resolve) =>
      setTimeout(() => {
        resolve(value);
      }, WAIT_MS),
    );
  const ask = hyperfunction({ name: "ask", hpType: Knob, optimizeHparams: true }, (_: number, { hp }) =>
    callTool("wait", wait, hp.value),
  );
  const system = hyperSystem(
    { name: "waiting", hyperfunctions: [ask], concurrency: CONCURRENCY },
    (x: number) => ask(x),
  );
  const data = Array.from({ length: EXAMPLES }, (_, index) => example(index, 0));
  const candidates = Array.from({ length: CANDIDATES }, (_, index) => ({ ask: [index / CANDIDATES] }));
  const times: number[] = [];
  for (let round = 0; round < WARM_UP + 15; round++) {
    const start = performance.now();
    await system.evaluatePopulation(
      candidates,
      data,
      perExample((output: number) => output),
    );
    if (round >= WARM_UP) times.push(performance.now() - start);
  }
  const { median, best } = timing(times);
  return {
    idealMs: Math.ceil((CANDIDATES * EXAMPLES) / CONCURRENCY) * WAIT_MS,
    medianMs: median,
    bestMs: best,
  };
}
