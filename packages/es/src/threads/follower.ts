/** A thread that helps: keeps the state of the search in step with the thread that optimises, and evaluates its share. */
import { HyperfuncError, openShares, tensorEngine, type SharesOfSystem } from "@hyperfunc/core";
import { EsSearch, type Round } from "../optimizer/es-search.js";
import { decodeStrategyState } from "../strategies/strategy-state.js";
import type { StrategyState } from "../strategies/strategy.js";
import { hashOfMeans } from "./means-hash.js";
import { checkSameProgram, describeProgram } from "./program-description.js";
import { loadProgram } from "./program-module.js";
import type { Order, Reply, Setup } from "./protocol.js";

export class Follower {
  readonly #search: EsSearch;
  readonly #shares: SharesOfSystem;
  #state: StrategyState;
  #round: Round | undefined;

  private constructor(search: EsSearch, shares: SharesOfSystem, state: StrategyState) {
    this.#search = search;
    this.#shares = shares;
    this.#state = state;
  }

  /** @throws INVALID_ARGUMENT, PROGRAM_MISMATCH, and what the program's first run throws. */
  static async open(setup: Setup): Promise<Follower> {
    const { system, data, metric } = await loadProgram(setup.module);
    await tensorEngine()?.ready();
    const shares = await openShares(system, data, metric);
    const own = { leaves: shares.leaves, systemSeed: system.seed, examples: data.length };
    checkSameProgram(setup.module, describeProgram(own), setup.program);
    const byPath = new Map(shares.leaves.map((leaf) => [leaf.path, leaf]));
    const leaves = setup.program.leaves.flatMap(([path]) => byPath.get(path) ?? []);
    const problem = { leaves, state: setup.state, examples: data.length };
    const search = new EsSearch(setup.search, problem, setup.seed);
    return new Follower(search, shares, decodeStrategyState(search.strategy, setup.strategy));
  }

  async obey(order: Order): Promise<Reply | undefined> {
    if (order.kind === "tell") {
      this.#tell(order.fitness);
      return undefined;
    }
    const { generation, from, to, mode } = order;
    if (generation !== this.#state.generation) {
      throw new HyperfuncError(
        "INVALID_STATE",
        `Generation ${generation} was asked for, but this thread is at ${this.#state.generation}.`,
      );
    }
    const hash = hashOfMeans(this.#state.means);
    const { population, indices } = this.#current();
    const { scores, failures, obstacle } = await this.#shares.evaluate(
      population,
      { from, to, mode },
      indices,
    );
    const reported = failures.map(({ candidate, example, kind, message }) => ({
      candidate,
      example,
      kind,
      message,
    }));
    return { kind: "fitness", generation, hash, scores, failures: reported, obstacle };
  }

  #tell(fitness: readonly (number | undefined)[]): void {
    this.#state = this.#search.strategy.tell(this.#state, this.#current().generation, fitness).state;
    this.#round = undefined;
    this.#current(); // drawn while the other threads still take their step
  }

  #current(): Round {
    return (this.#round ??= this.#search.round(this.#state));
  }
}
