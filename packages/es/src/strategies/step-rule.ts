/** The interface of a step rule: a pair of pure functions (init, update) over explicit state, in the manner of optax. */

/** What a rule remembers between steps. */
export interface StepState {
  /** Steps taken. */
  readonly count: number;
  /** Running averages, `[slot][leaf]`; how many slots there are is up to the rule. */
  readonly moments: readonly (readonly Float32Array[])[];
}

interface Step {
  /** Per leaf, in units of the learning rate. */
  readonly direction: readonly Float32Array[];
  readonly state: StepState;
}

export interface StepRule {
  /** Slots of `StepState.moments`. */
  readonly slots: number;
  /** The state before the first step, from the sizes of the leaves. */
  init(sizes: readonly number[]): StepState;
  /** Neither gradient nor state is written to. */
  update(gradient: readonly Float32Array[], state: StepState): Step;
}
