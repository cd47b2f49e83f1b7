/**
 * EGGROLL (Sarkar et al. 2025, "Evolution strategies at the hyperscale", arXiv:2511.16652) by hand: ask for perturbed
 * members, score them any way you like, tell the scores.
 *
 * The class keeps the order of ask and tell and the bookkeeping; the search itself is strategy.ts.
 */
import { HyperfuncError, type LeafBatch } from "@hyperfunc/core";
import { declaredLeaf, redeclared, startingValues, type ParameterDeclaration } from "./eggroll-parameters.js";
import type { StrategyLeaf } from "./leaf.js";
import { memberValues } from "./materialise.js";
import { memberBatch } from "./perturbation.js";
import type { Schedule } from "./schedule.js";
import type { FitnessShaping } from "./shaping.js";
import type { StepRuleOptions } from "./step.js";
import {
  evolutionStrategy,
  type EvolutionStrategy,
  type Generation,
  type StrategyState,
} from "./strategy.js";
import { decodeStrategyState, encodeStrategyState, type StrategyStateJson } from "./strategy-state.js";
import { zip } from "./zip.js";

export interface EggrollOptions<Name extends string = string> {
  readonly parameters: Readonly<Record<Name, ParameterDeclaration>>;
  /** Members per generation; even with antithetic sampling. */
  readonly popSize: number;
  /** Standard deviation of the noise on every number. */
  readonly sigma: Schedule;
  /** Learning rate; what it measures depends on the step rule, see `StepRuleOptions`. */
  readonly lr: Schedule;
  /** Rank of the noise on matrices; `"full"` gives every element its own. Default 1. */
  readonly rank?: number | "full";
  /** Default 0. */
  readonly seed?: number;
  /** Members `2k` and `2k + 1` are mirror images, which halves the noise of the estimate. Default true. */
  readonly antithetic?: boolean;
  /** Default `"centered-rank"`. */
  readonly fitness?: FitnessShaping;
  /** Default `"sgd"`. */
  readonly step?: StepRuleOptions;
  /** Share of the learning rate by which every step shrinks vectors and matrices. Default 0. */
  readonly weightDecay?: number;
}

export interface EggrollMember<Name extends string = string> {
  readonly index: number;
  /** This member's values, row-major, multiplied out when first read. */
  readonly parameters: Readonly<Record<Name, Float32Array>>;
}

/** A whole run as plain JSON. */
export interface EggrollState<Name extends string = string> {
  readonly version: 1;
  readonly options: EggrollOptions<Name>;
  readonly search: StrategyStateJson;
}

export interface TellResult {
  /** Members that counted: those with finite fitness whose antithetic partner has one too. */
  readonly valid: number;
  /** False when fewer than half counted; then nothing changed, and `ask()` gives the same members again. */
  readonly applied: boolean;
}

/**
 * Evolution strategy over named float32 arrays, higher fitness being better.
 *
 * Matrices are perturbed by factors, `base + a b^T`, which `population()` hands out; `members[i].parameters` multiplies
 * them out. Noise depends only on (seed, generation, member, name), so members can be evaluated anywhere and in any
 * order.
 *
 * @example
 * ```ts
 * import { EggrollES } from "@hyperfunc/es";
 * const es = new EggrollES({ parameters: { W: [2, 3], b: [2] }, popSize: 16, sigma: 0.1, lr: 0.1 });
 * const distance = ({ W, b }: { W: Float32Array; b: Float32Array }) =>
 *   [...W, ...b].reduce((sum, value) => sum + (value - 1) ** 2, 0);
 * while (es.generation < 100) es.tell(es.ask().map((member) => -distance(member.parameters)));
 * console.log(distance(es.parameters) < 0.1);
 * ```
 * Output:
 * ```text
 * true
 * ```
 */
export class EggrollES<const Name extends string = string> {
  readonly #options: EggrollOptions<Name>;
  readonly #leaves: Readonly<Record<Name, StrategyLeaf>>;
  readonly #strategy: EvolutionStrategy;
  #state: StrategyState;
  #asked: { readonly search: Generation; readonly batches: Readonly<Record<Name, LeafBatch>> } | undefined;

  /** @throws INVALID_ARGUMENT or SHAPE_MISMATCH, naming the option, its value and the remedy. */
  constructor(options: EggrollOptions<Name>) {
    const { parameters, rank = 1, seed = 0, antithetic = true, popSize, sigma, lr } = options;
    const { fitness = "centered-rank", step = "sgd", weightDecay = 0 } = options;
    const settings = { popSize, sigma, lr, seed, antithetic, fitness, step, weightDecay };
    this.#leaves = mapRecord(parameters, (declaration, name) => declaredLeaf(name, declaration, rank));
    this.#strategy = evolutionStrategy(Object.values(this.#leaves), settings);
    const start = mapRecord(this.#leaves, (leaf, name) => startingValues(leaf, parameters[name], seed));
    this.#state = this.#strategy.init(Object.values(start));
    this.#options = { ...settings, rank, parameters: mapRecord(this.#leaves, redeclared) };
  }

  /**
   * Continues a run from `state()`, bit for bit.
   *
   * @throws CHECKPOINT_MISMATCH for a state of another version, or one whose numbers do not fit its own shapes.
   * @example
   * ```ts
   * import { EggrollES, type EggrollState } from "@hyperfunc/es";
   * const es = new EggrollES({ parameters: { x: [3] }, popSize: 4, sigma: 0.1, lr: 0.1 });
   * es.tell(es.ask().map((member) => -Math.abs(member.parameters.x[0] ?? 0)));
   * const saved = JSON.stringify(es.state());
   * const again = EggrollES.restore(JSON.parse(saved) as EggrollState<"x">);
   * console.log(again.generation, again.parameters.x[0] === es.parameters.x[0]);
   * ```
   * Output:
   * ```text
   * 1 true
   * ```
   */
  static restore<const Name extends string = string>(state: EggrollState<Name>): EggrollES<Name> {
    if (state.version !== 1) {
      throw new HyperfuncError(
        "CHECKPOINT_MISMATCH",
        `This is not a state of EggrollES version 1 (version: ${String(state.version)}); pass what state() returned.`,
      );
    }
    const es = new EggrollES(state.options);
    es.#state = decodeStrategyState(es.#strategy, state.search);
    return es;
  }

  /** Steps taken so far. */
  get generation(): number {
    return this.#state.generation;
  }

  /** The current mean, row-major; copies. */
  get parameters(): Record<Name, Float32Array> {
    return this.#byName(this.#state.means, (mean) => new Float32Array(mean));
  }

  /**
   * The members of this generation.
   *
   * @throws INVALID_STATE when the members asked for last have not been told.
   */
  ask(): readonly EggrollMember<Name>[] {
    if (this.#asked !== undefined) {
      throw new HyperfuncError(
        "INVALID_STATE",
        `ask() was called twice in generation ${this.generation}; tell() the fitness of its members first.`,
      );
    }
    const search = this.#strategy.ask(this.#state);
    const batches = this.#byName(search, (leaf) => memberBatch(leaf, this.#strategy));
    this.#asked = { search, batches };
    return Array.from({ length: this.#strategy.popSize }, (_, index) =>
      lazyMember(index, this.#leaves, batches),
    );
  }

  /**
   * Values of all members by parameter name, matrices in factors: nothing of size members x out x in.
   *
   * @throws INVALID_STATE before `ask()`.
   */
  population(): ReadonlyMap<string, LeafBatch> {
    return new Map(Object.entries(this.#current("population()").batches));
  }

  /**
   * Takes a step from the members' fitness, in their order, higher being better; undefined, NaN and infinities mean "not
   * evaluated".
   *
   * @throws INVALID_STATE before `ask()`, or when the step would not be finite; INVALID_ARGUMENT for a list of the wrong
   * length or entries that are no numbers. After an error nothing has changed, and `tell()` may be called again.
   */
  tell(fitness: ArrayLike<number | undefined>): TellResult {
    const { state, valid, applied } = this.#strategy.tell(
      this.#state,
      this.#current("tell()").search,
      fitness,
    );
    this.#state = state;
    this.#asked = undefined;
    return { valid, applied };
  }

  /**
   * The whole run as plain JSON, for `EggrollES.restore`.
   *
   * Members that were asked for and not told yet are not in it: the restored run gives the same ones when asked again.
   */
  state(): EggrollState<Name> {
    return { version: 1, options: this.#options, search: encodeStrategyState(this.#state) };
  }

  #current(caller: string): {
    readonly search: Generation;
    readonly batches: Readonly<Record<Name, LeafBatch>>;
  } {
    if (this.#asked !== undefined) return this.#asked;
    throw new HyperfuncError("INVALID_STATE", `${caller} needs a population: call ask() first.`);
  }

  #byName<Entry, Value>(entries: readonly Entry[], valueOf: (entry: Entry) => Value): Record<Name, Value> {
    const named = new Map(
      zip(this.#strategy.leaves, entries).map(([leaf, entry]) => [leaf.path, valueOf(entry)]),
    );
    return Object.fromEntries(named) as Record<Name, Value>;
  }
}

function lazyMember<Name extends string>(
  index: number,
  leaves: Readonly<Record<Name, StrategyLeaf>>,
  batches: Readonly<Record<Name, LeafBatch>>,
): EggrollMember<Name> {
  let values: Readonly<Record<Name, Float32Array>> | undefined;
  return {
    index,
    get parameters() {
      values ??= mapRecord(leaves, (leaf, name) => memberValues(leaf, batches[name], index));
      return values;
    },
  };
}

function mapRecord<Name extends string, From, To>(
  source: Readonly<Record<Name, From>>,
  convert: (value: From, name: Name) => To,
): Record<Name, To> {
  const names = Object.keys(source) as Name[];
  return Object.fromEntries(names.map((name) => [name, convert(source[name], name)])) as Record<Name, To>;
}
