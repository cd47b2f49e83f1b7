import { currentFrame, runInScope, type ParameterSource } from "../context/frame.js";
import type { AnyHyperfunction } from "../hyperfunction/hyperfunction.js";
import { buildHp } from "../parameters/hp-value.js";
import { initialValues } from "../parameters/initial-values.js";
import type { Demonstration, ParameterState } from "../parameters/parameter-state.js";
import type { TensorScope } from "../tensors/tensor-engine.js";

/** One candidate's parameters; tensors are made once per candidate and belong to its scope. */
export class StateParameters implements ParameterSource {
  readonly #built = new Map<string, object>();

  constructor(
    readonly state: ParameterState,
    readonly seed: number,
    readonly scope: TensorScope | undefined,
  ) {}

  hp({ name, layout }: AnyHyperfunction): object | undefined {
    if (layout === undefined) return undefined;
    const known = this.#built.get(name);
    if (known !== undefined) return known;
    const values = this.state.values.get(name) ?? initialValues(layout, this.seed);
    const frame = currentFrame();
    const build = (): object => buildHp(layout, values);
    const hp =
      frame === undefined || this.scope === undefined ? build() : runInScope(frame, this.scope, build);
    this.#built.set(name, hp);
    return hp;
  }

  prompt({ name, options }: AnyHyperfunction): string | undefined {
    return this.state.prompts.get(name) ?? options.prompt;
  }

  demos({ name, options }: AnyHyperfunction): readonly Demonstration[] {
    return this.state.demos.get(name) ?? options.demos ?? [];
  }
}
