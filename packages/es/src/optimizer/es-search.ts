/** Everything about a search that follows from its options, its leaves and its seed; the same in every thread. */
import type { Leaf, ParameterState, Population } from "@hyperfunc/core";
import {
  evolutionStrategy,
  type EvolutionStrategy,
  type Generation,
  type StrategyState,
} from "../strategies/strategy.js";
import type { StrategyLeaf } from "../strategies/leaf.js";
import type { ESHybridSystemOptimizerOptions } from "./es-hybrid-system-optimizer.js";
import { Minibatches } from "./minibatches.js";
import { chooseLeaves, searchSpace, type SearchSpace } from "./search-space.js";

/** What describes a search in a message. */
export type SearchOptions = Omit<ESHybridSystemOptimizerOptions, "threads">;

/** One generation, ready to be evaluated. */
export interface Round {
  readonly generation: Generation;
  readonly population: Population;
  /** Positions of the training examples; undefined for all. */
  readonly indices: readonly number[] | undefined;
}

export class EsSearch {
  readonly strategy: EvolutionStrategy;
  readonly space: SearchSpace;
  readonly #batches: Minibatches;
  readonly #seed: number;
  /** Where the search starts; holds what is not searched. */
  readonly #base: ParameterState;

  /** @throws UNKNOWN_PATH, INVALID_STATE, INVALID_ARGUMENT for options that do not fit the leaves. */
  constructor(
    options: SearchOptions,
    problem: { readonly leaves: readonly Leaf[]; readonly state: ParameterState; readonly examples: number },
    seed: number,
  ) {
    this.space = searchSpace(chooseLeaves(problem.leaves, options), options.overrides);
    this.strategy = strategyOf(this.space.leaves, options, seed);
    this.#batches = new Minibatches(problem.examples, options.batchSize, seed);
    this.#base = problem.state;
    this.#seed = seed;
  }

  init(): StrategyState {
    return this.strategy.init(this.space.means(this.#base));
  }

  round(state: StrategyState): Round {
    const generation = this.strategy.ask(state);
    return {
      generation,
      population: this.space.population(this.#base, state, generation, {
        ...this.strategy,
        seed: this.#seed,
      }),
      indices: this.#batches.at(state.generation),
    };
  }

  parameters({ means }: StrategyState): ParameterState {
    return this.space.stateOf(this.#base, means);
  }
}

/** @throws INVALID_ARGUMENT for bad options. */
export function strategyOf(
  leaves: readonly StrategyLeaf[],
  options: SearchOptions,
  seed: number,
): EvolutionStrategy {
  const {
    popSize = 32,
    sigma = 0.05,
    lr = 0.1,
    antithetic = true,
    fitness = "centered-rank",
    step = "sgd",
    weightDecay = 0,
  } = options;
  return evolutionStrategy(leaves, { popSize, sigma, lr, seed, antithetic, fitness, step, weightDecay });
}
