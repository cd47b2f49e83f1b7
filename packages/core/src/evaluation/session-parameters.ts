import type { ParameterSource } from "../context/frame.js";
import type { AnyHyperfunction } from "../hyperfunction/hyperfunction.js";
import type { HyperfunctionLayout } from "../parameters/layout.js";
import type { Demonstration } from "../parameters/parameter-state.js";
import type { PopulationSession } from "../tensors/tensor-engine.js";

/** Parameters of all candidates at once; text and untrained values are common to them. */
export class SessionParameters implements ParameterSource {
  readonly #session: PopulationSession;
  readonly #base: ParameterSource;
  readonly #layouts: ReadonlyMap<string, HyperfunctionLayout>;
  readonly #built = new Map<string, object>();

  constructor(
    session: PopulationSession,
    base: ParameterSource,
    layouts: ReadonlyMap<string, HyperfunctionLayout>,
  ) {
    this.#session = session;
    this.#base = base;
    this.#layouts = layouts;
  }

  hp(hyperfunction: AnyHyperfunction): object | undefined {
    const { name } = hyperfunction;
    if (!this.#layouts.has(name)) return this.#base.hp(hyperfunction);
    const hp = this.#built.get(name) ?? (this.#session.hp(name) as object);
    this.#built.set(name, hp);
    return hp;
  }

  prompt(hyperfunction: AnyHyperfunction): string | undefined {
    return this.#base.prompt(hyperfunction);
  }

  demos(hyperfunction: AnyHyperfunction): readonly Demonstration[] {
    return this.#base.demos(hyperfunction);
  }
}
