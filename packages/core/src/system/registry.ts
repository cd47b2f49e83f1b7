/**
 * What a system knows of its program: hyperfunctions by name, where their values live, and their current state.
 *
 * It is the `EvaluationHost` of its system, so it also keeps what was learned about how calls may be executed.
 */
import type { ParameterSource } from "../context/frame.js";
import { HyperfuncError, invalidArgument } from "../errors/hyperfunc-error.js";
import { BatchingRules } from "../evaluation/batching-rules.js";
import type { EvaluationHost } from "../evaluation/evaluation.js";
import { isPromptTrainable, type AnyHyperfunction } from "../hyperfunction/hyperfunction.js";
import { policyChain } from "../hyperfunction/invoke.js";
import type { Next } from "../hyperfunction/call.js";
import { applyHpInit, initialValues } from "../parameters/initial-values.js";
import type { HyperfunctionLayout } from "../parameters/layout.js";
import {
  EMPTY_STATE,
  withEntries,
  type ParameterState,
  type Values,
} from "../parameters/parameter-state.js";
import {
  mismatches,
  saveState,
  savedValues,
  type SavedHyperfunction,
  type SavedState,
} from "../parameters/saved-state.js";
import type { InstalledPlugins } from "../plugins/plugin.js";
import type { TensorScope } from "../tensors/tensor-engine.js";
import { StateParameters } from "./state-parameters.js";
import { tracing } from "./tracing-layer.js";

export class Registry implements EvaluationHost {
  readonly #hyperfunctions = new Map<string, AnyHyperfunction>();
  readonly #chains = new Map<AnyHyperfunction, Next>();
  readonly batching: BatchingRules;
  /** True once the program was probed, or its hyperfunctions were listed. */
  complete = false;
  /** Loaded entries of hyperfunctions not met yet. */
  #awaited = new Map<string, SavedHyperfunction>();
  #awaitedFrom = "";
  state: ParameterState = EMPTY_STATE;
  /** Where every hyperfunction started, with the user's `hpInit`. */
  initialState: ParameterState = EMPTY_STATE;
  /** Layouts of the hyperfunctions that optimizers may change. */
  readonly layouts = new Map<string, HyperfunctionLayout>();

  constructor(
    readonly name: string,
    readonly seed: number,
    readonly plugins: InstalledPlugins,
    readonly runExample: (inputs: unknown) => Promise<unknown>,
    /** Why this kind of agent cannot be run as a batch, if so. */
    agentObstacle: string | undefined,
  ) {
    this.batching = new BatchingRules(
      () => this.hyperfunctions,
      () => {
        const wrapping = plugins.middleware.some((layer) => layer.batchAware !== true);
        return wrapping ? "a plugin wraps calls and does not declare itself batchAware" : agentObstacle;
      },
    );
  }

  get hyperfunctions(): readonly AnyHyperfunction[] {
    return [...this.#hyperfunctions.values()];
  }

  register(hyperfunction: AnyHyperfunction, hpInit?: unknown): void {
    const { name, layout, options } = hyperfunction;
    const known = this.#hyperfunctions.get(name);
    if (known !== undefined && known !== hyperfunction) {
      throw new HyperfuncError(
        "DUPLICATE_NAME",
        `Two hyperfunctions of system "${this.name}" are called "${name}"; parameters are found by name, so rename one.`,
      );
    }
    if (hpInit !== undefined && layout === undefined) {
      throw invalidArgument(`"${name}" has no hpType, so there is nothing for hpInit to set.`);
    }
    const values = layout === undefined ? undefined : this.#startValues(layout, hpInit);
    if (known === undefined) {
      this.#hyperfunctions.set(name, hyperfunction);
      const awaited = this.#awaited.get(name);
      if (awaited !== undefined) {
        const problems = mismatches(hyperfunction, awaited);
        if (problems.length > 0) throw mismatchError(this.name, this.#awaitedFrom, problems);
        this.#awaited.delete(name);
      }
      if (layout !== undefined && options.optimizeHparams === true) this.layouts.set(name, layout);
      this.batching.forget();
    }
    const keep = known !== undefined && hpInit === undefined;
    const start: ParameterState = {
      values: new Map(values === undefined || keep ? [] : [[name, values]]),
      prompts: new Map(options.prompt === undefined ? [] : [[name, options.prompt]]),
      demos: new Map(options.demos === undefined ? [] : [[name, options.demos]]),
    };
    this.initialState = withEntries(this.initialState, start);
    const { state } = this;
    this.state = withEntries(withEntries(start, state), hpInit === undefined ? {} : { values: start.values });
  }

  #startValues(layout: HyperfunctionLayout, hpInit: unknown): Values {
    const initial = initialValues(layout, this.seed);
    return hpInit === undefined ? initial : applyHpInit(layout, initial, hpInit);
  }

  chainOf(hyperfunction: AnyHyperfunction): Next {
    const chain = this.#chains.get(hyperfunction);
    if (chain !== undefined) return chain;
    this.register(hyperfunction);
    const composed = policyChain(hyperfunction, [tracing, ...this.plugins.middleware]);
    this.#chains.set(hyperfunction, composed);
    return composed;
  }

  parametersOf(state: ParameterState, scope: TensorScope | undefined): ParameterSource {
    return new StateParameters(state, this.seed, scope);
  }

  noteEffects({ name }: AnyHyperfunction): void {
    this.batching.noteEffects(name);
  }

  saveState(state: ParameterState): SavedState {
    return saveState(this.name, this.hyperfunctions, state);
  }

  /**
   * The state that a saved one describes.
   *
   * Entries of hyperfunctions that this system has not met yet wait for them, unless the program is fully known.
   *
   * @throws PROGRAM_MISMATCH naming every difference.
   */
  readState(saved: SavedState): ParameterState {
    const known = new Map(this.#hyperfunctions);
    const names = Object.keys(saved.hyperfunctions);
    const foreign = this.complete ? names.filter((name) => !known.has(name)) : [];
    const lacking = [...known.keys()].filter((name) => !(name in saved.hyperfunctions));
    const problems = [
      ...foreign.map((name) => `"${name}" is saved but not in the program`),
      ...lacking.map((name) => `"${name}" is in the program but not saved`),
      ...names.flatMap((name) => this.#mismatchesOf(name, saved.hyperfunctions[name])),
    ];
    if (problems.length > 0) throw mismatchError(this.name, saved.system, problems);
    return names.reduce((state, name) => withSaved(state, name, saved.hyperfunctions[name]), this.state);
  }

  #mismatchesOf(name: string, saved: SavedHyperfunction | undefined): string[] {
    const hyperfunction = this.#hyperfunctions.get(name);
    return hyperfunction === undefined || saved === undefined ? [] : mismatches(hyperfunction, saved);
  }

  /** Makes a saved state current. */
  importState(saved: SavedState): void {
    this.state = this.readState(saved);
    this.#awaited = new Map(
      Object.entries(saved.hyperfunctions).filter(([name]) => !this.#hyperfunctions.has(name)),
    );
    this.#awaitedFrom = saved.system;
  }

  /** The whole program has been seen: what a saved state has beyond it belongs to another program. */
  completed(): void {
    this.complete = true;
    const left = [...this.#awaited.keys()];
    this.#awaited.clear();
    if (left.length === 0) return;
    throw mismatchError(
      this.name,
      this.#awaitedFrom,
      left.map((name) => `"${name}" is saved but not in the program`),
    );
  }

  /** True when some optimizer could change the hyperfunction's prompt. */
  trainablePrompts(): AnyHyperfunction[] {
    return this.hyperfunctions.filter(isPromptTrainable);
  }
}

function withSaved(
  state: ParameterState,
  name: string,
  saved: SavedHyperfunction | undefined,
): ParameterState {
  if (saved === undefined) return state;
  const values = savedValues(saved);
  return withEntries(state, {
    ...(values === undefined ? {} : { values: [[name, values]] }),
    ...(saved.prompt === undefined ? {} : { prompts: [[name, saved.prompt]] }),
    ...(saved.demos === undefined ? {} : { demos: [[name, saved.demos]] }),
  });
}

function mismatchError(system: string, savedSystem: string, problems: readonly string[]): HyperfuncError {
  return new HyperfuncError(
    "PROGRAM_MISMATCH",
    `The saved state (of "${savedSystem}") does not fit system "${system}": ${problems.join("; ")}.`,
    { details: { problems } },
  );
}
