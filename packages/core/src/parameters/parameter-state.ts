/**
 * An immutable snapshot of everything trainable in a program.
 *
 * Nothing in it is ever written after construction: trying a candidate means making another state, which shares every
 * array it does not change.
 */

/** One input/output pair shown to a language model. */
export interface Demonstration {
  readonly inputs: unknown;
  readonly output: unknown;
}

export type Values = Float32Array | Float64Array;

export interface ParameterState {
  /** Flat values by hyperfunction name: natural units, declared order, row-major. */
  readonly values: ReadonlyMap<string, Values>;
  readonly prompts: ReadonlyMap<string, string>;
  readonly demos: ReadonlyMap<string, readonly Demonstration[]>;
}

export const EMPTY_STATE: ParameterState = { values: new Map(), prompts: new Map(), demos: new Map() };

/** A state with some entries replaced. */
export function withEntries(
  state: ParameterState,
  changes: {
    readonly values?: Iterable<readonly [string, Values]>;
    readonly prompts?: Iterable<readonly [string, string]>;
    readonly demos?: Iterable<readonly [string, readonly Demonstration[]]>;
  },
): ParameterState {
  return {
    values: overlay(state.values, changes.values),
    prompts: overlay(state.prompts, changes.prompts),
    demos: overlay(state.demos, changes.demos),
  };
}

function overlay<T>(
  base: ReadonlyMap<string, T>,
  changes: Iterable<readonly [string, T]> | undefined,
): ReadonlyMap<string, T> {
  return changes === undefined ? base : new Map([...base, ...changes]);
}
