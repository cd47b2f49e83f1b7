/**
 * Who disposes the tensors that a run makes, across `await` and without `tf.tidy` in user code.
 *
 * tfjs knows only synchronous scopes. While one is open it owns what is made, as always; otherwise a new tensor belongs
 * to the scope of the current run. Kept tensors (`tf.keep`) and variables belong to the user.
 */
import type * as tf from "@tensorflow/tfjs-core";
import { currentTensorScope, runWithTensorScope, type TensorScope } from "@hyperfunc/core";
import { tfjsEngine } from "../backend/tfjs-engine.js";
import { tensorsIn } from "./tensors-in.js";

/** Called on a tensor that outlives the scope it was produced in; for tensors that are backed by something shared. */
export const OUTLIVES = Symbol("outlives");

/** Disposed tensors are forgotten when this many have gathered, so that a long run does not hold on to them. */
const COMPACT_AT = 4096;

export class OwnedTensors implements TensorScope {
  readonly #parent: OwnedTensors | undefined;
  /** Made when there is something to own; of thousands of concurrent runs most own nothing. */
  #tensors: tf.Tensor[] | undefined;
  #compactAt = COMPACT_AT;
  #open = true;

  constructor(parent?: TensorScope) {
    this.#parent = parent instanceof OwnedTensors ? parent : undefined;
  }

  /** Takes a tensor over; after closing, the nearest open ancestor does, and without one the tensor is the caller's. */
  own(tensor: tf.Tensor): void {
    if (!this.#open) {
      this.#parent?.own(tensor);
      return;
    }
    const tensors = (this.#tensors ??= []);
    tensors.push(tensor);
    if (tensors.length < this.#compactAt) return;
    this.#tensors = tensors.filter((owned) => !owned.isDisposed);
    this.#compactAt = Math.max(COMPACT_AT, 2 * this.#tensors.length);
  }

  close(keep?: unknown): void {
    const kept = tensorsIn(keep);
    for (const tensor of kept) outlive(tensor);
    const owned = this.#tensors;
    this.#tensors = undefined;
    this.#open = false;
    if (owned === undefined) return;
    const survivors = new Set(kept);
    for (const tensor of owned) {
      if (tensor.isDisposed || tensor.kept) continue;
      if (survivors.has(tensor)) this.#parent?.own(tensor);
      else tensor.dispose();
    }
  }
}

function outlive(tensor: tf.Tensor): void {
  const notify: unknown = Reflect.get(tensor, OUTLIVES);
  if (typeof notify === "function") notify.call(tensor);
}

/** Runs synchronous code outside any `tf.tidy` of the caller, so that what it starts may live longer than that tidy. */
export function detached<T>(start: () => T): T {
  const { state } = tfjsEngine;
  const { activeScope, scopeStack } = state;
  state.activeScope = null;
  state.scopeStack = [];
  try {
    return start();
  } finally {
    state.activeScope = activeScope;
    state.scopeStack = scopeStack;
  }
}

/** Runs synchronous code and gives every tensor it makes to `scope`, whichever run it belongs to. */
export function adopt<T>(scope: OwnedTensors, start: () => T): T {
  const { state } = tfjsEngine;
  return detached(() => {
    const made = { id: state.nextScopeId++, name: "adopted", track: [] };
    state.scopeStack.push(made);
    state.activeScope = made;
    try {
      return start();
    } finally {
      for (const tensor of made.track) scope.own(tensor);
    }
  });
}

/** Runs `body`, sync or async, with a scope of its own that owns what it makes. The caller closes it. */
export function runOwned<T>(scope: OwnedTensors, body: () => T): T {
  return detached(() => runWithTensorScope(scope, body));
}

const trackInTidy = tfjsEngine.track.bind(tfjsEngine);

tfjsEngine.track = (tensor) => {
  if (tfjsEngine.state.activeScope) return trackInTidy(tensor);
  const scope = currentTensorScope();
  if (scope instanceof OwnedTensors) scope.own(tensor);
  return tensor;
};
