/** Candidates spread over threads: the same result, bit for bit, in less time. */
import { availableParallelism } from "node:os";
import { isDeepStrictEqual } from "node:util";
import { ESHybridSystemOptimizer } from "@hyperfunc/es";
import { data, metric, system } from "./threads/program.js";

const module = new URL("./threads/program.ts", import.meta.url);

async function train(count: number) {
  const threads = { module, count, measure: false };
  const trained = system(
    new ESHybridSystemOptimizer({
      steps: 40,
      popSize: 256,
      lr: 0.01,
      step: "adam",
      ...(count > 1 && { threads }),
    }),
  );
  const generations: number[] = [];
  let last = 0;
  const { initialScore, finalScore, warnings } = await trained.optimize(data, metric, {
    onProgress: ({ elapsedMs }) => {
      generations.push(elapsedMs - last);
      last = elapsedMs;
    },
  });
  for (const warning of warnings) console.log(warning);
  return { initialScore, finalScore, state: trained.exportState(), fastestMs: Math.min(...generations) };
}

const count = Math.max(2, availableParallelism());
await train(1); // warms up
const one = await train(1);
const many = await train(count);
const same = isDeepStrictEqual(one.state, many.state);
console.log(
  `score ${one.initialScore?.toFixed(3)} before, ${one.finalScore?.toFixed(3)} after 40 generations`,
);
console.log(
  `fastest generation: ${one.fastestMs.toFixed(1)} ms in one thread, ${many.fastestMs.toFixed(1)} ms in ${count}`,
);
console.log(`speed-up ${(one.fastestMs / many.fastestMs).toFixed(2)} x, the same bits: ${same}`);
if (!same) process.exitCode = 1;
