import { systemClock } from "../concurrency/clock.js";
import { Semaphore } from "../concurrency/semaphore.js";
import type { AnyHyperfunction } from "../hyperfunction/hyperfunction.js";
import { buildHp } from "../parameters/hp-value.js";
import { initialValues } from "../parameters/initial-values.js";
import type { TensorScope } from "../tensors/tensor-engine.js";
import { Frame, type ParameterSource, type RunServices } from "./frame.js";
import { UsageMeter } from "./usage-meter.js";

/** Declared defaults, built once per hyperfunction. */
class DefaultParameters implements ParameterSource {
  readonly #seed: number;
  readonly #built = new Map<AnyHyperfunction, object>();

  constructor(seed = 0) {
    this.#seed = seed;
  }

  hp(hyperfunction: AnyHyperfunction): object | undefined {
    const { layout } = hyperfunction;
    if (layout === undefined) return undefined;
    const hp = this.#built.get(hyperfunction) ?? buildHp(layout, initialValues(layout, this.#seed));
    this.#built.set(hyperfunction, hp);
    return hp;
  }

  prompt({ options }: AnyHyperfunction): string | undefined {
    return options.prompt;
  }

  demos({ options }: AnyHyperfunction): NonNullable<AnyHyperfunction["options"]["demos"]> {
    return options.demos ?? [];
  }
}

/** What a frame outside any program is for. */
export interface BarePlace {
  readonly path?: string;
  readonly candidate?: number;
  readonly exampleKey?: string | number;
  readonly signal?: AbortSignal | undefined;
  readonly scope?: TensorScope | undefined;
}

/** The root frame of calls that belong to no program: of judges and optimizers, and those made outside any system. */
export function bareFrame(services: RunServices, place: BarePlace = {}): Frame {
  const { path, candidate = 0, exampleKey = 0, signal, scope } = place;
  const run = {
    program: undefined,
    services,
    source: new DefaultParameters(),
    candidate,
    exampleKey,
    recorder: undefined,
    tensorScope: scope,
    join: undefined,
    callCounts: new Map<string, number>(),
    batched: false,
  };
  return new Frame(run, undefined, undefined, signal, undefined, scope, path === undefined ? {} : { path });
}

/** The services of a call made outside any system. */
export function bareServices(): RunServices {
  return {
    clock: systemClock,
    seed: 0,
    label: "",
    budget: undefined,
    leaves: new Semaphore(Infinity),
    usage: new UsageMeter(),
    observers: [],
    journal: undefined,
    warn: emitWarning,
    evaluating: false,
  };
}

/** Tells whoever runs the process, where no result could carry the warning. */
export function emitWarning(message: string): void {
  process.emitWarning(message, "HyperfuncWarning");
}
