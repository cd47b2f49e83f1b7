import { createRng, type LeafBatch, type PopulationInput } from "@hyperfunc/core";
import { evolutionStrategy, memberBatch, type StrategyLeaf } from "@hyperfunc/es";
import { CLASSES } from "./mlp.js";

/** One generation of an evolution strategy around random weights, in factors. */
export function lowRankPopulation(width: number, size: number, rank: number): PopulationInput {
  const leaves: StrategyLeaf[] = [
    { path: "encode.hp.weight", shape: [width, width], noiseRank: rank },
    { path: "encode.hp.bias", shape: [width], noiseRank: undefined },
    { path: "classify.hp.weight", shape: [CLASSES, width], noiseRank: Math.min(rank, CLASSES) },
    { path: "classify.hp.bias", shape: [CLASSES], noiseRank: undefined },
  ];
  const strategy = evolutionStrategy(leaves, {
    popSize: size,
    sigma: 0.05,
    lr: 0.1,
    seed: 0,
    antithetic: true,
    fitness: "centered-rank",
    step: "sgd",
    weightDecay: 0,
  });
  const rng = createRng(0, "weights", width);
  const means = leaves.map(({ shape }) =>
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal() / Math.sqrt(width)),
  );
  const generation = strategy.ask(strategy.init(means));
  const batches = leaves.map((leaf, index): [string, LeafBatch] => {
    const search = generation[index];
    if (search === undefined) throw new RangeError(`No noise for ${leaf.path}.`);
    return [leaf.path, memberBatch(search, strategy)];
  });
  return { size, leaves: new Map(batches) };
}
