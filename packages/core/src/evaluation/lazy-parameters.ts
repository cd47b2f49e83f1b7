import type { ParameterSource } from "../context/frame.js";
import type { AnyHyperfunction } from "../hyperfunction/hyperfunction.js";
import type { Demonstration } from "../parameters/parameter-state.js";

/** Parameters that are made when something reads them: batched calls of a candidate never do. */
export class LazyParameters implements ParameterSource {
  readonly #make: () => ParameterSource;
  #made: ParameterSource | undefined;

  constructor(make: () => ParameterSource) {
    this.#make = make;
  }

  get #source(): ParameterSource {
    return (this.#made ??= this.#make());
  }

  hp(hyperfunction: AnyHyperfunction): object | undefined {
    return this.#source.hp(hyperfunction);
  }

  prompt(hyperfunction: AnyHyperfunction): string | undefined {
    return this.#source.prompt(hyperfunction);
  }

  demos(hyperfunction: AnyHyperfunction): readonly Demonstration[] {
    return this.#source.demos(hyperfunction);
  }
}
