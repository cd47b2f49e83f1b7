/** Small programs on the tensors of lazy-engine.ts, and populations for them. */
import {
  defineHpType,
  example,
  hyperfunction,
  hyperSystem,
  perExample,
  type AnyHyperfunction,
  type CallContext,
  type Hyperfunction,
  type HyperfunctionOptions,
  type HyperSystem,
  type HyperSystemOptions,
} from "@hyperfunc/core";
import { lazy, Lazy } from "./lazy-engine.js";

export const Gain = defineHpType({
  name: "Gain",
  tensor: true,
  fields: { gain: { default: 1, min: -9, max: 9 } },
});

export const candidates = [1, 2, -3].map((gain) => ({ scale: [gain] }));
export const data = [1, 2, 3, 4].map((x) => example(Lazy.constant(x), 0));
export const cells = candidates.length * data.length;
export const value = perExample((output: Lazy | number) =>
  typeof output === "number" ? output : output.read(),
);

type Scaling = Hyperfunction<Lazy, Lazy, typeof Gain>;

/** A hyperfunction called "scale", with its parameter as a tensor. */
export function scaling(
  body: (x: Lazy, gain: Lazy, context: Pick<CallContext<typeof Gain>, "rng">) => Lazy | Promise<Lazy>,
  options: Partial<HyperfunctionOptions<typeof Gain>> = {},
): Scaling {
  const declared = { name: "scale", hpType: Gain, optimizeHparams: true, ...options };
  return hyperfunction(declared, (x: Lazy, context) => body(x, lazy(context.hp.gain), context));
}

export const scale = scaling((x, gain) => x.times(gain));
export const shift = hyperfunction({ name: "shift" }, (x: Lazy) => x.plus(10));

type Program = HyperSystem<Lazy, Lazy | number>;

export function programOf(
  run: (x: Lazy) => Promise<Lazy | number>,
  hyperfunctions: readonly AnyHyperfunction[] = [scale, shift],
  options: Partial<HyperSystemOptions> = {},
): Program {
  return hyperSystem({ name: "batched", hyperfunctions, ...options }, run);
}

/** Scores of the plain loop. */
export async function loopOf(system: Program): Promise<readonly (number | undefined)[]> {
  return (await system.evaluatePopulation(candidates, data, value, { mode: "loop" })).scores;
}
