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
import { EMPTY_STATE, withEntries, type ParameterState, type Values } from "../parameters/parameter-state.js";
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
  #seen: "partly" | "probed" | "listed" = "partly";
  /** The state that was loaded before the program was seen; checked when it is. */
  #loaded: SavedState | undefined;
  /** Loaded entries of hyperfunctions not met yet. */
  #awaited = new Map<string, SavedHyperfunction>();
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
    {
      agentObstacle,
      memoryLimitMiB,
    }: {
      /** Why this kind of agent cannot be run as a batch, if so. */
      readonly agentObstacle?: string | undefined;
      readonly memoryLimitMiB?: number | undefined;
    } = {},
  ) {
    this.batching = new BatchingRules(
      () => this.hyperfunctions,
      () => {
        const wrapping = plugins.middleware.some((layer) => layer.batchAware !== true);
        return wrapping ? "a plugin wraps calls and does not declare itself batchAware" : agentObstacle;
      },
      memoryLimitMiB,
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
      const awaited = this.#awaited.get(name);
      const problems = awaited === undefined ? [] : mismatches(hyperfunction, awaited);
      if (problems.length > 0) throw mismatchError(this.name, problems);
      this.#awaited.delete(name);
      this.#hyperfunctions.set(name, hyperfunction);
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

  /** Calls from now on go through the layers that are installed now. */
  forgetLayers(): void {
    this.#chains.clear();
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

  saveState(state: ParameterState, hyperfunctions = this.hyperfunctions): SavedState {
    return saveState(this.name, hyperfunctions, state);
  }

  /** The current state with what was loaded for hyperfunctions not met yet. */
  exportState(): SavedState {
    if (this.#hyperfunctions.size === 0 && this.#awaited.size === 0) {
      throw new HyperfuncError(
        "INVALID_STATE",
        `System "${this.name}" knows no hyperfunctions yet, so there is nothing to save; run it, discover() it, or list its hyperfunctions.`,
      );
    }
    const saved = this.saveState(this.state);
    return { ...saved, hyperfunctions: { ...Object.fromEntries(this.#awaited), ...saved.hyperfunctions } };
  }

  /**
   * The state that a saved one describes.
   *
   * @throws PROGRAM_MISMATCH naming every difference.
   */
  readState(saved: SavedState): ParameterState {
    const entries = Object.entries(saved.hyperfunctions);
    const problems = [
      ...this.#differences(saved),
      ...entries.flatMap(([name, entry]) => this.#mismatchesOf(name, entry)),
    ];
    if (problems.length > 0) throw mismatchError(this.name, problems, saved.system);
    return entries.reduce(
      (state, [name, entry]) => withSaved(state, name, entry),
      only(this.state, this.#hyperfunctions),
    );
  }

  /**
   * Names on one side only. A program may reach other hyperfunctions with other inputs, so what one run has not shown
   * may still come, as long as everything that it has shown was saved.
   */
  #differences(saved: SavedState): string[] {
    const names = Object.keys(saved.hyperfunctions);
    const foreign = names.filter((name) => !this.#hyperfunctions.has(name));
    const lacking = [...this.#hyperfunctions.keys()].filter((name) => !(name in saved.hyperfunctions));
    const another = lacking.length > 0 || (names.length > 0 && foreign.length === names.length);
    const mayStillCome = this.#seen === "partly" || (this.#seen === "probed" && !another);
    return [
      ...(mayStillCome ? [] : foreign.map((name) => `"${name}" is saved but not in the program`)),
      ...lacking.map((name) => `"${name}" is in the program but not saved`),
    ];
  }

  #mismatchesOf(name: string, saved: SavedHyperfunction): string[] {
    const hyperfunction = this.#hyperfunctions.get(name);
    return hyperfunction === undefined ? [] : mismatches(hyperfunction, saved);
  }

  /** Makes a saved state current. */
  importState(saved: SavedState): void {
    this.state = this.readState(saved);
    const entries = Object.entries(saved.hyperfunctions);
    this.#awaited = new Map(entries.filter(([name]) => !this.#hyperfunctions.has(name)));
    this.#loaded = this.complete ? undefined : saved;
  }

  /** True once the program was probed, or its hyperfunctions were listed. */
  get complete(): boolean {
    return this.#seen !== "partly";
  }

  /** These are all hyperfunctions of the program. */
  list(hyperfunctions: readonly AnyHyperfunction[]): void {
    for (const hyperfunction of hyperfunctions) this.register(hyperfunction);
    this.#seen = "listed";
  }

  /** A whole run has been seen. @throws PROGRAM_MISMATCH when a state of another program was loaded before. */
  probed(): void {
    const before = this.#seen;
    if (before === "partly") this.#seen = "probed";
    const problems = this.#loaded === undefined ? [] : this.#differences(this.#loaded);
    if (problems.length > 0) {
      this.#seen = before;
      throw mismatchError(this.name, problems, this.#loaded?.system);
    }
    this.#loaded = undefined;
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

/** The entries of these hyperfunctions. */
function only(state: ParameterState, hyperfunctions: ReadonlyMap<string, unknown>): ParameterState {
  const known = <T>(entries: ReadonlyMap<string, T>): Map<string, T> =>
    new Map([...entries].filter(([name]) => hyperfunctions.has(name)));
  return { values: known(state.values), prompts: known(state.prompts), demos: known(state.demos) };
}

function mismatchError(system: string, problems: readonly string[], savedSystem?: string): HyperfuncError {
  const from = savedSystem === undefined ? "" : ` (of "${savedSystem}")`;
  return new HyperfuncError(
    "PROGRAM_MISMATCH",
    `The saved state${from} does not fit system "${system}": ${problems.join("; ")}.`,
    { details: { problems } },
  );
}
