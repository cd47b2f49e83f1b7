import { setMaxListeners } from "node:events";
import { HyperfuncError } from "../errors/hyperfunc-error.js";
import { runInFrame, type Frame } from "../context/frame.js";
import { isHpType, type HpOf } from "../parameters/hp-type.js";
import { overrideHp } from "../parameters/hp-value.js";
import type { Demonstration } from "../parameters/parameter-state.js";
import { createRng, type Rng } from "../rng/rng.js";
import type { Call } from "./call.js";

const NEVER = new AbortController().signal;
// Any number of calls may listen to it at the same time: it is no leak.
setMaxListeners(Infinity, NEVER);

/** What a hyperfunction receives beside its input. */
export interface CallContext<Spec> {
  /** Tuned values of the current candidate, with the caller's explicit values laid over them. */
  readonly hp: HpOf<Spec>;
  /** The current prompt; empty when the hyperfunction declares none. */
  readonly prompt: string;
  readonly demos: readonly Demonstration[];
  /**
   * Reproducible randomness, keyed by (seed, example, call path): common to all candidates, unless `perCandidate` splits
   * it. While many calls are executed as one, it gives random tensors of `@hyperfunc/es`, and refuses single numbers.
   */
  readonly rng: Rng;
  /** Aborted when the run is, or when this attempt times out. */
  readonly signal: AbortSignal;
  /** Ties a callback to this call's context, for queues and emitters that would call it from elsewhere. */
  readonly bind: <Arguments extends unknown[], Result>(
    callback: (...values: Arguments) => Result,
  ) => (...values: Arguments) => Result;
}

/** The context of a direct call of the plain function: `hp`, and whatever else the function reads. */
export type DirectContext<Spec> = Partial<CallContext<Spec>> &
  (HpOf<Spec> extends undefined ? unknown : Pick<CallContext<Spec>, "hp">);

/** The context of a call in a run; everything is made when it is first read. */
export class RunCallContext implements CallContext<never> {
  readonly #call: Call;
  readonly #frame: Frame;
  #rng: Rng | undefined;

  constructor(call: Call, frame: Frame) {
    this.#call = call;
    this.#frame = frame;
  }

  get hp(): never {
    const { hyperfunction, overrides } = this.#call;
    const base = this.#frame.run.source.hp(hyperfunction);
    const spec = hyperfunction.options.hpType;
    const isRecord = spec !== undefined && !isHpType(spec);
    return overrideHp(base, overrides.hp, isRecord) as never;
  }

  get prompt(): string {
    const { hyperfunction, overrides } = this.#call;
    return overrides.prompt ?? this.#frame.run.source.prompt(hyperfunction) ?? "";
  }

  get demos(): readonly Demonstration[] {
    const { hyperfunction, overrides } = this.#call;
    return overrides.demos ?? this.#frame.run.source.demos(hyperfunction);
  }

  get rng(): Rng {
    const { run, path } = this.#frame;
    if (run.drawsOf !== undefined) return (this.#rng ??= run.drawsOf(path));
    if (run.batched) {
      throw new HyperfuncError(
        "NOT_VECTORISABLE",
        `"${this.#call.hyperfunction.name}" draws random numbers, which differ between examples; its calls run one by one.`,
      );
    }
    return (this.#rng ??= createRng(run.services.seed, run.exampleKey, path));
  }

  get signal(): AbortSignal {
    return this.#frame.signal ?? NEVER;
  }

  get bind(): CallContext<never>["bind"] {
    return (callback) =>
      (...values) =>
        runInFrame(this.#frame, () => callback(...values));
  }
}
