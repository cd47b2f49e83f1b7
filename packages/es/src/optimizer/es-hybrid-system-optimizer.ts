/**
 * EGGROLL evolution strategies over everything numeric in a system: matrices by low-rank factors, vectors by full noise,
 * scalars, integers and choices in normalised coordinates, all in one population.
 */
import {
  HyperfuncError,
  type Json,
  type Leaf,
  type Optimizer,
  type OptimizerAccount,
  type OptimizerEstimate,
  type Problem,
  type StopReason,
} from "@hyperfunc/core";
import type { Schedule } from "../strategies/schedule.js";
import type { FitnessShaping } from "../strategies/shaping.js";
import type { StepRuleOptions } from "../strategies/step.js";
import { evolutionStrategy, type EvolutionStrategy, type StrategyState } from "../strategies/strategy.js";
import {
  decodeStrategyState,
  encodeStrategyState,
  type StrategyStateJson,
} from "../strategies/strategy-state.js";
import { Minibatches } from "./minibatches.js";
import { chooseLeaves, searchSpace, type LeafOverride, type SearchSpace } from "./search-space.js";

export interface ESHybridSystemOptimizerOptions {
  /** Generations. Default 50. */
  readonly steps?: number;
  /** Candidates per generation; even with antithetic pairs. Default 32. */
  readonly popSize?: number;
  /** Standard deviation of the noise: natural units for tensors, shares of the range for scalars. Default 0.05. */
  readonly sigma?: Schedule;
  /** Learning rate: the length of a step, see `evolutionStrategy`; independent of sigma and popSize. Default 0.1. */
  readonly lr?: Schedule;
  /** Candidates come in pairs with opposite noise. Default true. */
  readonly antithetic?: boolean;
  /** Default the seed of the optimisation. */
  readonly seed?: number;
  /** How scores become weights. Default `"centered-rank"`. */
  readonly fitness?: FitnessShaping;
  /** What moves the parameters along the estimate. Default `"sgd"`. */
  readonly step?: StepRuleOptions;
  /** Share of the learning rate by which every step shrinks tensors. Default 0. */
  readonly weightDecay?: number;
  /** Training examples per generation, the same for all candidates. Default all. */
  readonly batchSize?: number;
  /** Paths, or beginnings of paths, that may change. Default all. */
  readonly only?: readonly string[];
  /** Paths, or beginnings of paths, that stay as they are. Default none. */
  readonly freeze?: readonly string[];
  /** Other sigma or learning rate for some paths. */
  readonly overrides?: readonly LeafOverride[];
}

/** Evaluations of one generation before it counts as failed for good. */
const ATTEMPTS = 3;

/**
 * Trains the numbers and matrices of a system from scores alone.
 *
 * Every generation perturbs all chosen parameters of all candidates, evaluates the candidates on a common batch of
 * examples, and moves along the estimate of the gradient. Members that the infrastructure failed are left out; a
 * generation that lost more than half of them is evaluated again, three times at most.
 *
 * @throws INVALID_ARGUMENT for bad options, when constructed or before the first run; UNKNOWN_PATH for paths that match
 * nothing; TOO_MANY_MISSING when a generation cannot be evaluated.
 * @example
 * import { example, hyperfunction, hyperSystem, LMParam } from "@hyperfunc/core";
 * import { ESHybridSystemOptimizer } from "@hyperfunc/es";
 * const answer = hyperfunction({ name: "answer", hpType: LMParam, optimizeHparams: true }, (_: { x: number }, { hp }) =>
 *   -Math.abs(hp.temperature - 0.5),
 * );
 * const systemOptimizer = new ESHybridSystemOptimizer({ steps: 20, popSize: 20, sigma: 0.1, lr: 0.05 });
 * const system = hyperSystem({ name: "answers", systemOptimizer }, (input: { x: number }) => answer(input));
 * const mean = (outputs: number[]) => outputs.reduce((sum, output) => sum + output, 0) / outputs.length;
 * const result = await system.optimize([example({ x: 0 }, 0)], mean);
 * console.log((result.finalScore ?? -1) > -0.05); // true
 */
export class ESHybridSystemOptimizer implements Optimizer {
  readonly name = "es-hybrid";
  readonly #options: ESHybridSystemOptimizerOptions;
  readonly #steps: number;
  readonly #popSize: number;

  constructor(options: ESHybridSystemOptimizerOptions = {}) {
    const { steps = 50, popSize = 32, batchSize } = options;
    requirePositive("steps", steps);
    if (batchSize !== undefined) requirePositive("batchSize", batchSize);
    this.#options = options;
    this.#steps = steps;
    this.#popSize = popSize;
    // The options of the strategy are checked here, on a leaf that stands for all, and not at the first step.
    this.#strategy([{ path: "check", shape: [], noiseRank: undefined }], 0);
  }

  check({ leaves, train }: Pick<Problem, "leaves" | "train">): void {
    const { batchSize } = this.#options;
    const chosen = chooseLeaves(leaves, this.#options);
    this.#strategy(searchSpace(chosen, this.#options.overrides).leaves, 0);
    if (batchSize !== undefined && batchSize > train.length) {
      throw new HyperfuncError(
        "INVALID_ARGUMENT",
        `batchSize is ${batchSize}, but there are only ${train.length} training examples; lower it or leave it out.`,
      );
    }
  }

  estimate({ train }: Pick<Problem, "train">): OptimizerEstimate {
    return { runs: this.#steps * this.#popSize * (this.#options.batchSize ?? train.length) };
  }

  async optimize(problem: Problem): Promise<OptimizerAccount> {
    const seed = this.#options.seed ?? problem.seed;
    const chosen: readonly Leaf[] = chooseLeaves(problem.leaves, this.#options);
    const space = searchSpace(chosen, this.#options.overrides);
    const strategy = this.#strategy(space.leaves, seed);
    const batches = new Minibatches(problem.train.length, this.#options.batchSize, seed);
    let state =
      problem.restored === undefined
        ? strategy.init(space.means(problem.state))
        : decodeStrategyState(strategy, problem.restored as unknown as StrategyStateJson);
    let stopReason: StopReason = "finished";
    while (state.generation < this.#steps) {
      const reason = problem.stopReason();
      if (reason !== undefined) {
        stopReason = reason;
        break;
      }
      const told = await this.#generation(problem, strategy, space, state, batches, seed);
      state = told.state;
      await problem.step({
        step: state.generation,
        steps: this.#steps,
        state: space.stateOf(problem.state, state.means),
        // Read only when there is a checkpoint to write: encoding large matrices takes as long as moving them.
        get optimizerState() {
          return encodeStrategyState(told.state) as unknown as Json;
        },
        scores: told.scores,
      });
    }
    return { stopReason, proposals: { accepted: 0, rejected: 0, failed: 0 } };
  }

  async #generation(
    problem: Problem,
    strategy: EvolutionStrategy,
    space: SearchSpace,
    state: StrategyState,
    batches: Minibatches,
    seed: number,
  ): Promise<{ state: StrategyState; scores: readonly (number | undefined)[] }> {
    const generation = strategy.ask(state);
    const population = space.population(problem.state, state, generation, { ...strategy, seed });
    const indices = batches.at(state.generation);
    let lastFailure = "";
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { scores, failures } = await problem.evaluate(
        population,
        indices === undefined ? {} : { indices },
      );
      const told = strategy.tell(state, generation, scores);
      if (told.applied) return { state: told.state, scores };
      lastFailure = failures[0]?.message ?? lastFailure;
    }
    throw new HyperfuncError(
      "TOO_MANY_MISSING",
      `Generation ${state.generation + 1} lost more than half of its members ${ATTEMPTS} times; the last failure: ${lastFailure}`,
      { infrastructure: true },
    );
  }

  #strategy(leaves: SearchSpace["leaves"], seed: number): EvolutionStrategy {
    const {
      sigma = 0.05,
      lr = 0.1,
      antithetic = true,
      fitness = "centered-rank",
      step = "sgd",
      weightDecay = 0,
    } = this.#options;
    return evolutionStrategy(leaves, {
      popSize: this.#popSize,
      sigma,
      lr,
      seed,
      antithetic,
      fitness,
      step,
      weightDecay,
    });
  }
}

function requirePositive(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new HyperfuncError("INVALID_ARGUMENT", `${name} must be a positive whole number, got ${value}.`);
}
