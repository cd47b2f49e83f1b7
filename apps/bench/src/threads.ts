/** Generations in two threads beside generations in one. */
import { crossEntropy, ESHybridSystemOptimizer } from "@hyperfunc/es";
import { mlp } from "./mlp.js";
import { timing, type Timing } from "./timing.js";

const CANDIDATES = 256;
const STEPS = 45;
/** Every thread's engine has to optimise the program for itself. */
const WARM_UP = 20;
const TURNS = 2;

export interface ThreadTimes {
  readonly what: string;
  readonly one: Timing;
  readonly two: Timing;
}

export async function threadTimes(width: number, examples: number): Promise<ThreadTimes> {
  const one: number[] = [];
  const two: number[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    one.push(...(await generations(1, width, examples)));
    two.push(...(await generations(2, width, examples)));
  }
  const what = `MLP ${width}-${width}-10, ${CANDIDATES} × ${examples}`;
  return { what, one: timing(one), two: timing(two) };
}

/** Milliseconds of each generation after the first ones. */
async function generations(count: number, width: number, examples: number): Promise<number[]> {
  const module = new URL(`./threads-program.ts?width=${width}&examples=${examples}`, import.meta.url);
  const optimizer = new ESHybridSystemOptimizer({
    steps: STEPS,
    popSize: CANDIDATES,
    lr: 0.01,
    step: "adam",
    ...(count > 1 ? { threads: { module, count, measure: false } } : {}),
  });
  const { system, data } = mlp(width, examples, optimizer);
  const milliseconds: number[] = [];
  let last = 0;
  await system.optimize(data, crossEntropy, {
    onProgress: ({ elapsedMs }) => {
      milliseconds.push(elapsedMs - last);
      last = elapsedMs;
    },
  });
  return milliseconds.slice(WARM_UP);
}
