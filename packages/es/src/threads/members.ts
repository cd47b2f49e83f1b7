/**
 * Evaluates the members of every generation: in this thread, or, once that is known to pay, spread over several.
 *
 * The first generations are evaluated here. They show how long that takes and what scores the other threads have to
 * arrive at, bit for bit, before their scores count.
 */
import type { ParameterState, PopulationScores, Problem, SharedMode } from "@hyperfunc/core";
import type { Round, SearchOptions } from "../optimizer/es-search.js";
import { encodeStrategyState } from "../strategies/strategy-state.js";
import type { StrategyState } from "../strategies/strategy.js";
import { GenerationTimes } from "./generation-times.js";
import { hashOfMeans } from "./means-hash.js";
import { THREAD_KIND, type ProgramDescription } from "./protocol.js";
import { ThreadPool } from "./thread-pool.js";
import type { ThreadPlan } from "./thread-options.js";
import { whyThreadsDidNotPay, whyThreadsDoNotPay } from "./whether-threads-pay.js";

/** Generations in one thread before threads start, and in threads before they are judged. */
const MEASURED = 3;

export interface MembersOfSearch {
  readonly problem: Pick<Problem, "evaluate" | "signal" | "warn">;
  readonly plan: ThreadPlan;
  readonly search: SearchOptions;
  readonly seed: number;
  readonly program: () => ProgramDescription;
  readonly state: ParameterState;
  readonly popSize: number;
  readonly steps: number;
}

/** Scores of a generation, or why a thread lost its members, so that the generation is to be evaluated again. */
export type EvaluatedMembers = PopulationScores & { readonly lost?: string | undefined };

export class Members {
  readonly #of: MembersOfSearch;
  readonly #alone = new GenerationTimes();
  readonly #together = new GenerationTimes();
  #pool: ThreadPool | undefined;
  #mode: SharedMode = "vectorised";
  /** One thread from now on. */
  #refused = false;

  constructor(of: MembersOfSearch) {
    this.#of = of;
    const threads = this.#threads;
    if (threads === 1) {
      const why = of.plan.count === 1 ? "threads.count is 1" : `popSize is ${of.popSize}`;
      void this.#refuse(why);
    }
  }

  async evaluate(state: StrategyState, round: Round): Promise<EvaluatedMembers> {
    if (this.#pool !== undefined) return this.#evaluateTogether(this.#pool, state, round);
    if (this.#refused) return this.#evaluateHere(round);
    const scores = await this.#alone.timed(() => this.#evaluateHere(round));
    await this.#mayStart(state, scores);
    return scores;
  }

  /** The threads take the same step as this one. */
  tell(fitness: readonly (number | undefined)[]): void {
    this.#pool?.tell(fitness);
  }

  async close(): Promise<void> {
    await this.#pool?.close();
    this.#pool = undefined;
  }

  get #threads(): number {
    return Math.min(this.#of.plan.count, this.#of.popSize);
  }

  #evaluateHere({ population, indices }: Round): Promise<PopulationScores> {
    return this.#of.problem.evaluate(population, indices === undefined ? {} : { indices });
  }

  async #evaluateTogether(pool: ThreadPool, state: StrategyState, round: Round): Promise<EvaluatedMembers> {
    const { population, indices } = round;
    const mode = this.#mode;
    const scores = await this.#together.timed(() =>
      this.#of.problem.evaluate(population, {
        ...(indices === undefined ? {} : { indices }),
        elsewhere: {
          here: pool.here,
          mode,
          evaluate: () =>
            pool.evaluate({ generation: state.generation, mode, hash: hashOfMeans(state.means) }),
        },
      }),
    );
    if (scores.alone !== undefined) {
      await this.#refuse(scores.alone, state);
      return scores;
    }
    const { lost } = pool;
    if (lost !== undefined) {
      pool.dropEnded();
      if (pool.size === 0) await this.#refuse(lost, state);
      else this.#of.problem.warn(`Generation ${state.generation + 1} is evaluated again: ${lost}`);
      return { ...scores, lost };
    }
    await this.#judge(state);
    return scores;
  }

  /** Starts the threads if they may help, and takes them on if they arrive at the scores that are known already. */
  async #mayStart(state: StrategyState, { scores, mode }: PopulationScores): Promise<void> {
    const { plan, steps } = this.#of;
    if (mode !== "vectorised" && mode !== "wavefront") {
      return this.#refuse(`the program is run in the way "${mode}", which waits more than it computes`);
    }
    const generationsLeft = steps - state.generation - 1;
    if (plan.measure) {
      if (generationsLeft === 0)
        return this.#refuse(`the run ends before ${MEASURED} generations are measured`);
      if (this.#alone.count < MEASURED) return;
      const why = whyThreadsDoNotPay({ ...this.#alone.best, threads: this.#threads, generationsLeft });
      if (why !== undefined) return this.#refuse(why);
    }
    if (scores.some((score) => score === undefined)) return;
    this.#mode = mode;
    const pool = await this.#start(state);
    this.#pool = pool;
    const why = await this.#whyNotTrusted(pool, state, scores);
    if (why !== undefined) await this.#refuse(why);
  }

  #start(state: StrategyState): Promise<ThreadPool> {
    const { plan, search, seed, program, popSize, problem } = this.#of;
    return ThreadPool.start(
      this.#threads - 1,
      popSize,
      {
        kind: THREAD_KIND,
        module: plan.module,
        search,
        seed,
        program: program(),
        state: this.#of.state,
        strategy: encodeStrategyState(state),
      },
      problem.signal,
    );
  }

  /** Compares what the threads give with the scores of the same members in this one. */
  async #whyNotTrusted(
    pool: ThreadPool,
    state: StrategyState,
    known: PopulationScores["scores"],
  ): Promise<string | undefined> {
    const generation = { generation: state.generation, mode: this.#mode, hash: hashOfMeans(state.means) };
    const { scores, obstacle } = await pool.evaluate(generation);
    const reason = obstacle ?? pool.lost;
    if (reason !== undefined) return reason;
    const other = scores.findIndex((score, index) => !Object.is(score, known[pool.here + index]));
    if (other < 0) return undefined;
    const member = pool.here + other;
    return (
      `another thread gives member ${member} the score ${scores[other]}, this one ${known[member]}; ` +
      `data or metric of ${this.#of.plan.module} are not those of the optimisation, or the program draws on something else`
    );
  }

  /** After as many generations as were measured before, threads have to show that they are faster. */
  async #judge(state: StrategyState): Promise<void> {
    if (!this.#of.plan.measure || this.#together.count !== MEASURED + 1) return;
    const [alone, together] = [this.#alone.best, this.#together.best];
    const why = whyThreadsDidNotPay(
      this.#threads,
      alone.evaluationMs + alone.restMs,
      together.evaluationMs + together.restMs,
    );
    if (why !== undefined) await this.#refuse(why, state);
  }

  /** Goes on in one thread; `state` says from which generation on. */
  async #refuse(why: string, state?: StrategyState): Promise<void> {
    this.#refused = true;
    const { problem } = this.#of;
    if (problem.signal?.aborted !== true) {
      const since = state === undefined ? "" : ` from generation ${state.generation + 1} on`;
      problem.warn(`The members were evaluated in one thread${since}: ${why}.`);
    }
    await this.close();
  }
}
