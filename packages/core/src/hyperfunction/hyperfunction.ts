/**
 * Hyperfunctions: ordinary functions with a name, trainable parameters and a runtime policy.
 *
 * A hyperfunction belongs to no system and holds no state. What it computes with comes from the run it is called in.
 */
import { invalidArgument } from "../errors/hyperfunc-error.js";
import type { HpOverride, HpSpec } from "../parameters/hp-type.js";
import { hyperfunctionLayout, type HyperfunctionLayout } from "../parameters/layout.js";
import type { Demonstration } from "../parameters/parameter-state.js";
import { invoke } from "./invoke.js";
import type { CallContext, DirectContext } from "./call-context.js";

export interface HyperfunctionOptions<Spec extends HpSpec | undefined = HpSpec | undefined> {
  /** Unique within a system; the first part of every parameter path. Letters, digits, `_`, `-`, `$`, space, `/`, `:`. */
  readonly name: string;
  /** One parameter type or a record of them. */
  readonly hpType?: Spec;
  /** Optimizers may change `hp`. Default false. */
  readonly optimizeHparams?: boolean;
  /** Trainable text that the function finds as `prompt`. */
  readonly prompt?: string;
  /** Optimizers may change `prompt`. Default true where a prompt is given. */
  readonly optimizePrompt?: boolean;
  /** Examples of input and output that the function finds as `demos`. */
  readonly demos?: readonly Demonstration[];
  /** Further attempts after a failure, with exponential backoff. Default 0. */
  readonly retries?: number;
  /** Milliseconds an attempt may take before its signal is aborted; waiting for a batch does not count. Default none. */
  readonly timeoutMs?: number;
  /** Calls allowed in one run of the program. Default none. */
  readonly maxCalls?: number;
  /** The function changes the world: it is never batched nor run twice. Default false; calling a model implies it. */
  readonly effects?: boolean;
  /** `"never"` keeps its calls out of batches. Default `"auto"`. */
  readonly batch?: "auto" | "never";
}

/** Explicit values that win over the tuned ones. */
export interface CallOverrides<Spec> {
  readonly hp?: HpOverride<Spec>;
  readonly prompt?: string;
  readonly demos?: readonly Demonstration[];
  /** Aborts this call, besides the signal of its run. */
  readonly signal?: AbortSignal;
}

type CallArguments<Input, Spec> = undefined extends Input
  ? [input?: Input, overrides?: CallOverrides<Spec>]
  : [input: Input, overrides?: CallOverrides<Spec>];

export interface HyperfunctionDefinition<Input, Output, Spec> {
  readonly name: string;
  /** The plain function, for direct use and `vmap`. */
  readonly fn: (input: Input, context: DirectContext<Spec>) => Output | Promise<Output>;
  readonly options: HyperfunctionOptions;
  /** Where its values live; undefined without `hpType`. */
  readonly layout: HyperfunctionLayout | undefined;
}

export interface Hyperfunction<Input, Output, Spec = undefined> extends HyperfunctionDefinition<
  Input,
  Output,
  Spec
> {
  (...call: CallArguments<Input, Spec>): Promise<Output>;
}

/** Any hyperfunction, where its types do not matter. */
export interface AnyHyperfunction extends Omit<HyperfunctionDefinition<never, unknown, never>, "fn"> {
  readonly fn: (input: never, context: never) => unknown;
}

const NO_OVERRIDES: CallOverrides<never> = Object.freeze({});
const NAME = /^[\w$\-/: ]+$/;

/**
 * Wraps a sync or async function, so that a system can trace, train, retry and batch it.
 *
 * The function receives its input and `{ hp, prompt, demos, rng, signal, bind }`; calls return a promise.
 *
 * @throws INVALID_ARGUMENT for an empty name or one with dots, negative retries, a non-positive timeout or call limit,
 * `optimizeHparams` without `hpType`.
 * @example
 * import { hyperfunction, LMParam } from "@hyperfunc/core";
 * const scoreAnswer = hyperfunction({ name: "scoreAnswer", hpType: LMParam, optimizeHparams: true }, (_: { x: number }, { hp }) =>
 *   1 - Math.abs(hp.temperature - 0.5),
 * );
 * console.log(await scoreAnswer({ x: 1 }, { hp: { temperature: 0.5 } })); // 1
 */
export function hyperfunction<
  Input = undefined,
  Output = unknown,
  const Spec extends HpSpec | undefined = undefined,
>(
  options: HyperfunctionOptions<Spec>,
  fn: (input: Input, context: CallContext<Spec>) => Output | Promise<Output>,
): Hyperfunction<Input, Output, Spec> {
  check(options);
  const { name, hpType } = options;
  const layout = hpType === undefined ? undefined : hyperfunctionLayout(name, hpType);
  const callable = (...[input, overrides]: CallArguments<Input, Spec>): Promise<unknown> =>
    invoke(definition, input, overrides ?? NO_OVERRIDES);
  const definition = Object.defineProperties(callable, {
    name: { value: name },
    fn: { value: fn, enumerable: true },
    options: { value: options, enumerable: true },
    layout: { value: layout, enumerable: true },
  }) as Hyperfunction<Input, Output, Spec>;
  return definition;
}

function check(options: HyperfunctionOptions): void {
  const { name, retries = 0, timeoutMs, maxCalls } = options;
  if (typeof name !== "string" || !NAME.test(name)) {
    throw invalidArgument(
      `A hyperfunction needs a name of letters, digits, _ - $ / : or spaces (dots separate paths), got ${JSON.stringify(name)}.`,
    );
  }
  if (!Number.isInteger(retries) || retries < 0) {
    throw invalidArgument(`"${name}": retries must be a whole number from 0, got ${retries}.`);
  }
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs < Infinity)) {
    throw invalidArgument(`"${name}": timeoutMs must be positive milliseconds, got ${timeoutMs}.`);
  }
  if (maxCalls !== undefined && !(Number.isInteger(maxCalls) && maxCalls > 0)) {
    throw invalidArgument(`"${name}": maxCalls must be a positive whole number, got ${maxCalls}.`);
  }
  if (options.optimizeHparams === true && options.hpType === undefined) {
    throw invalidArgument(
      `"${name}" sets optimizeHparams but has no hpType to optimise; give one or drop the option.`,
    );
  }
}

/** True when optimizers may change the prompt. */
export function isPromptTrainable(hyperfunction: AnyHyperfunction): boolean {
  const { prompt, optimizePrompt } = hyperfunction.options;
  return prompt !== undefined && (optimizePrompt ?? true);
}

/** True when optimizers may change anything of it. */
export function isTrainable(hyperfunction: AnyHyperfunction): boolean {
  return hyperfunction.options.optimizeHparams === true || isPromptTrainable(hyperfunction);
}
