/**
 * EGGROLL evolution strategies over everything numeric in a system: matrices by low-rank factors, vectors by full noise,
 * scalars, integers and choices in normalised coordinates, all in one population.
 */
import {
  HyperfuncError,
  type Json,
  type Optimizer,
  type OptimizerAccount,
  type OptimizerEstimate,
  type Problem,
  type StopReason,
} from "@hyperfunc/core";
import type { Schedule } from "../strategies/schedule.js";
import type { FitnessShaping } from "../strategies/shaping.js";
import type { StepRuleOptions } from "../strategies/step.js";
import type { StrategyState } from "../strategies/strategy.js";
import {
  decodeStrategyState,
  encodeStrategyState,
  type StrategyStateJson,
} from "../strategies/strategy-state.js";
import { Members, type EvaluatedMembers } from "../threads/members.js";
import { describeProgram } from "../threads/program-description.js";
import { threadPlan, type ThreadOptions } from "../threads/thread-options.js";
import { EsSearch, strategyOf } from "./es-search.js";
import { chooseLeaves, searchSpace, type LeafOverride } from "./search-space.js";

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
  /** Spreads the candidates over threads, each of which loads the program by its module. Default one thread. */
  readonly threads?: ThreadOptions;
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
 * nothing; TOO_MANY_MISSING when a generation cannot be evaluated. With `threads`: INVALID_ARGUMENT for a module that
 * cannot be loaded or lacks an export, PROGRAM_MISMATCH for one with another program or backend, INVALID_STATE when a
 * thread has gone apart.
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
    strategyOf([{ path: "check", shape: [], noiseRank: undefined }], options, 0);
    if (options.threads !== undefined) threadPlan(options.threads);
  }

  check({ leaves, train }: Pick<Problem, "leaves" | "train">): void {
    const { batchSize } = this.#options;
    const chosen = chooseLeaves(leaves, this.#options);
    strategyOf(searchSpace(chosen, this.#options.overrides).leaves, this.#options, 0);
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
    const { threads, ...options } = this.#options;
    const seed = options.seed ?? problem.seed;
    const { leaves, state: start, train } = problem;
    const search = new EsSearch(options, { leaves, state: start, examples: train.length }, seed);
    const members =
      threads === undefined
        ? undefined
        : new Members({
            problem,
            plan: threadPlan(threads),
            search: options,
            seed,
            program: () =>
              describeProgram({ leaves, systemSeed: problem.systemSeed, examples: train.length }),
            state: start,
            popSize: this.#popSize,
            steps: this.#steps,
          });
    try {
      return await this.#run(problem, search, members);
    } finally {
      await members?.close();
    }
  }

  async #run(problem: Problem, search: EsSearch, members: Members | undefined): Promise<OptimizerAccount> {
    let state =
      problem.restored === undefined
        ? search.init()
        : decodeStrategyState(search.strategy, problem.restored as unknown as StrategyStateJson);
    let stopReason: StopReason = "finished";
    while (state.generation < this.#steps) {
      const reason = problem.stopReason();
      if (reason !== undefined) {
        stopReason = reason;
        break;
      }
      const told = await this.#generation(problem, search, state, members);
      state = told.state;
      await problem.step({
        step: state.generation,
        steps: this.#steps,
        state: search.parameters(state),
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
    search: EsSearch,
    state: StrategyState,
    members: Members | undefined,
  ): Promise<{ state: StrategyState; scores: readonly (number | undefined)[] }> {
    const round = search.round(state);
    const { generation, population, indices } = round;
    let lastFailure = "";
    let what = "lost more than half of its members";
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { scores, failures, lost }: EvaluatedMembers = await (members?.evaluate(state, round) ??
        problem.evaluate(population, indices === undefined ? {} : { indices }));
      if (lost !== undefined) {
        lastFailure = lost;
        what = "lost all members of a thread";
        continue;
      }
      members?.tell(scores);
      const told = search.strategy.tell(state, generation, scores);
      if (told.applied) return { state: told.state, scores };
      lastFailure = failures[0]?.message ?? lastFailure;
    }
    throw new HyperfuncError(
      "TOO_MANY_MISSING",
      `Generation ${state.generation + 1} ${what} ${ATTEMPTS} times; the last failure: ${lastFailure}`,
      { infrastructure: true },
    );
  }
}

function requirePositive(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new HyperfuncError("INVALID_ARGUMENT", `${name} must be a positive whole number, got ${value}.`);
}
