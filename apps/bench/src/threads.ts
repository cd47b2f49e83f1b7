/** Generations in two threads beside generations in one. */
import { ESHybridSystemOptimizer } from "@hyperfunc/es";
import { EXAMPLES } from "./forward.js";
import { mlp } from "./mlp.js";
import { timing } from "./timing.js";
import { metric, WIDTH } from "./threads-program.js";

const CANDIDATES = 256;
const STEPS = 12;
const WARM_UP = 3;
const TURNS = 3;

export interface ThreadsSpeedUp {
  readonly what: string;
  readonly oneMs: number;
  readonly twoMs: number;
  readonly speedUp: number;
}

export async function threadsSpeedUp(): Promise<ThreadsSpeedUp> {
  const one: number[] = [];
  const two: number[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    one.push(...(await generations(1)));
    two.push(...(await generations(2)));
  }
  const [oneMs, twoMs] = [timing(one).median, timing(two).median];
  const what = `MLP ${WIDTH}-${WIDTH}-10, ${CANDIDATES} × ${EXAMPLES}`;
  return { what, oneMs, twoMs, speedUp: oneMs / twoMs };
}

/** Milliseconds of each generation after the first ones. */
async function generations(count: number): Promise<number[]> {
  const module = new URL("./threads-program.ts", import.meta.url);
  const optimizer = new ESHybridSystemOptimizer({
    steps: STEPS,
    popSize: CANDIDATES,
    lr: 0.01,
    step: "adam",
    ...(count > 1 ? { threads: { module, count, measure: false } } : {}),
  });
  const { system, data } = mlp(WIDTH, EXAMPLES, optimizer);
  const milliseconds: number[] = [];
  let last = 0;
  await system.optimize(data, metric, {
    onProgress: ({ elapsedMs }) => {
      milliseconds.push(elapsedMs - last);
      last = elapsedMs;
    },
  });
  return milliseconds.slice(WARM_UP);
}
