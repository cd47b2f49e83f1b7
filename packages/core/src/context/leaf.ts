/** What model and tool calls have in common: effects, concurrency, observation, tracing, a frame of their own. */
import { throwIfAborted } from "../concurrency/abort.js";
import { HyperfuncError } from "../errors/hyperfunc-error.js";
import { observed } from "../plugins/observer.js";
import { Frame, runInFrame } from "./frame.js";
import { LeafSlot } from "./leaf-slot.js";
import { joinSignals } from "./join-signals.js";

export interface LeafOptions {
  readonly signal?: AbortSignal;
}

/** A call that leaves the program. */
export interface Leaf {
  readonly kind: "model" | "tool";
  readonly name: string;
  readonly input: unknown;
  readonly options: LeafOptions;
}

/** Where a leaf finds itself. */
export interface LeafPlace {
  readonly frame: Frame;
  readonly signal: AbortSignal | undefined;
  readonly path: string;
  /** True inside another model or tool call. */
  readonly nested: boolean;
  /** Waits without holding a slot. */
  readonly pause: <T>(wait: () => Promise<T>) => Promise<T>;
}

/**
 * Executes a leaf under the limits of its run.
 *
 * A tool that calls models or tools is no leaf: it hands its slot on, so that nesting cannot use up all slots and wait
 * for one.
 */
export async function runLeaf<T>(
  frame: Frame,
  { kind, name, input, options }: Leaf,
  execute: (place: LeafPlace) => Promise<T>,
): Promise<T> {
  const { run } = frame;
  const nested = noteEnclosing(frame);
  if (run.batched) {
    throw new HyperfuncError(
      "NOT_VECTORISABLE",
      `${kind} "${name}" is called for every run of its own, not for a batch.`,
    );
  }
  const what = `${kind}:${name}`;
  const path = `${frame.path}/${what}#${frame.nextOccurrence(what)}`;
  const signal = joinSignals(frame.signal, options.signal);
  const node = run.recorder?.start({ kind, name, input, parent: frame.node });
  const { leaves } = run.services;
  const slot = new LeafSlot(leaves, signal);
  const pause: LeafPlace["pause"] = (wait) => slot.pause(wait);
  try {
    throwIfAborted(signal);
    await slot.enter();
    const place = { path, slot: () => slot.leave() };
    const own = new Frame(run, frame, undefined, signal, node ?? frame.node, frame.scope, place);
    const event = {
      kind,
      name,
      path,
      candidate: run.candidate,
      exampleKey: run.exampleKey,
      input,
      members: 1,
    };
    const output = await observed(own, event, () =>
      runInFrame(own, () => execute({ frame: own, signal, path, nested, pause })),
    );
    if (node !== undefined) run.recorder?.finish(node, output);
    return output;
  } catch (error) {
    if (node !== undefined) run.recorder?.fail(node, error);
    throw error;
  } finally {
    slot.close();
  }
}

/** Enclosing hyperfunctions have effects, enclosing leaves hand their slots on. True when there is such a leaf. */
function noteEnclosing(frame: Frame): boolean {
  let nested = false;
  for (let at: Frame | undefined = frame; at !== undefined; at = at.parent) {
    if (at.call !== undefined) at.run.program?.noteEffects(at.call.hyperfunction);
    if (at.place.slot === undefined) continue;
    nested = true;
    at.place.slot();
  }
  return nested;
}
