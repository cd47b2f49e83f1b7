/** Which parameters do the work? A gain that matters, an offset that does not. */
import { ablate, defineHpType, example, hyperfunction, hyperSystem, perExample } from "@hyperfunc/core";
import { ESHybridSystemOptimizer } from "@hyperfunc/es";

const Gain = defineHpType({ name: "Gain", fields: { gain: { default: 1, min: 0, max: 4 } } });
const Offset = defineHpType({ name: "Offset", fields: { offset: { default: 0, min: -1, max: 1 } } });
const scale = hyperfunction(
  { name: "scale", hpType: Gain, optimizeHparams: true },
  (x: number, { hp }) => x * hp.gain,
);
const shift = hyperfunction(
  { name: "shift", hpType: Offset, optimizeHparams: true },
  (x: number, { hp }) => x + hp.offset,
);

const system = hyperSystem(
  {
    name: "line",
    systemOptimizer: new ESHybridSystemOptimizer({
      steps: 150,
      popSize: 16,
      sigma: 0.05,
      lr: 0.02,
      step: "adam",
    }),
  },
  async (x: number) => shift(await scale(x)),
);
const data = Array.from({ length: 20 }, (_, index) => example(index / 10, (3 * index) / 10));
const closeness = perExample((output: number, expected: number) => -Math.abs(output - expected));

await system.optimize(data, closeness);
const table = await ablate(system, data, closeness);
console.log(table.toMarkdown());
