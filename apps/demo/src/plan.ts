import type { Pairs } from "./digits.js";
import { likelihood } from "./metrics.js";
import { AddDigits } from "./program.js";
import { examples, readerOptimizer } from "./train.js";

const WARM_UP = 40;
const TIMED = 40;
/** Left for the second phase and for the measurements. */
const SHARE_OF_TIME = 0.93;

/** How many generations fit into the given time on this machine, from a short trial. */
export async function planGenerations(
  pairs: Pairs,
  options: { readonly seconds: number; readonly seed: number },
): Promise<number> {
  const milliseconds: number[] = [];
  const trial = new AddDigits(readerOptimizer(WARM_UP + TIMED), options.seed);
  let before = 0;
  await trial.optimize(examples(pairs.train.slice(0, 512)), likelihood, {
    onProgress: ({ elapsedMs }) => {
      milliseconds.push(elapsedMs - before);
      before = elapsedMs;
    },
  });
  const [median = 1] = milliseconds
    .slice(WARM_UP)
    .sort((a, b) => a - b)
    .slice(TIMED / 2);
  return Math.max(10, Math.round((options.seconds * 1000 * SHARE_OF_TIME) / median));
}
