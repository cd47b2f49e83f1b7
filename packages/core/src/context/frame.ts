/**
 * The run context: what a hyperfunction call finds in its surroundings, carried by the async flow.
 *
 * A `Run` is one execution of a program for one candidate on one example; a `Frame` is one call inside it. Nothing here
 * is module state but the storage itself, so candidates, systems and evaluations run concurrently without seeing each
 * other.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock } from "../concurrency/clock.js";
import type { Semaphore } from "../concurrency/semaphore.js";
import type { Budget } from "../budget/budget.js";
import type { Call, Next } from "../hyperfunction/call.js";
import type { AnyHyperfunction } from "../hyperfunction/hyperfunction.js";
import type { Demonstration } from "../parameters/parameter-state.js";
import type { Observer } from "../plugins/observer.js";
import type { Rng } from "../rng/rng.js";
import type { TensorScope } from "../tensors/tensor-engine.js";
import type { TraceRecorder } from "../tracing/trace-recorder.js";
import type { CallJournal } from "./call-journal.js";
import type { UsageMeter } from "./usage-meter.js";

/** The parameters of one candidate. */
export interface ParameterSource {
  hp(hyperfunction: AnyHyperfunction): object | undefined;
  prompt(hyperfunction: AnyHyperfunction): string | undefined;
  demos(hyperfunction: AnyHyperfunction): readonly Demonstration[];
}

/** What a run asks of the system it belongs to. */
export interface Program {
  readonly name: string;
  /** The chain of a hyperfunction's calls; also where a hyperfunction met for the first time becomes known. */
  chainOf(hyperfunction: AnyHyperfunction): Next;
  /** Called when a hyperfunction turns out to call a model or a tool. */
  noteEffects(hyperfunction: AnyHyperfunction): void;
}

/** What all runs of one evaluation or optimisation share. */
export interface RunServices {
  readonly clock: Clock;
  readonly seed: number;
  /** Which evaluation this is, such as `s12e0`; keys the journal of paid calls. */
  readonly label: string;
  readonly budget: Budget | undefined;
  readonly leaves: Semaphore;
  readonly usage: UsageMeter;
  readonly observers: readonly Observer[];
  readonly journal: CallJournal | undefined;
  /** Reports something a user should know in the result, without failing. */
  readonly warn: (message: string) => void;
  /** True inside evaluate and optimize, where streaming is off and memories are read-only. */
  readonly evaluating: boolean;
}

/** Joins a call with its siblings into one batch. */
export type JoinCall = (call: Call) => Promise<unknown>;

export interface Run {
  readonly program: Program | undefined;
  readonly services: RunServices;
  readonly source: ParameterSource;
  /** Index in the population; 0 for a single run. */
  readonly candidate: number;
  /** Names the example to the generator, so that draws are common to all candidates. */
  readonly exampleKey: string | number;
  readonly recorder: TraceRecorder | undefined;
  readonly tensorScope: TensorScope | undefined;
  /** Present in the wavefront. */
  readonly join: JoinCall | undefined;
  /** Calls so far by hyperfunction name, for `maxCalls`; runs that share them share the map from the start. */
  callCounts: Map<string, number> | undefined;
  /** Why this run cannot draw numbers or call models: it stands for many candidates and examples at once. */
  readonly batched: boolean;
  /** In a batched run: the source at a position in the call tree, for tensors of draws; undefined where it has none. */
  readonly drawsOf?: (path: string) => Rng;
}

/** What only some frames have. */
export interface FramePlace {
  /** The frame this one is a view of, when only the owner of tensors differs. */
  readonly origin?: Frame;
  /** Position in the call tree, where it does not follow from the call. */
  readonly path?: string;
  /** Gives back the concurrency slot that a model or tool call holds; a leaf that makes calls of its own is none. */
  readonly slot?: () => void;
}

const ORDINARY: FramePlace = {};

export class Frame {
  #occurrences: Map<string, number> | undefined;
  #path: string | undefined;

  constructor(
    readonly run: Run,
    readonly parent: Frame | undefined,
    readonly call: Call | undefined,
    readonly signal: AbortSignal | undefined,
    /** Node of this call in the trace. */
    readonly node: number | undefined,
    readonly scope: TensorScope | undefined = run.tensorScope,
    readonly place: FramePlace = ORDINARY,
  ) {}

  /** Position in the call tree, such as `route#0/ask#1`; keys the generator and the journal. */
  get path(): string {
    return (this.#path ??= this.place.origin?.path ?? this.place.path ?? this.#pathOfCall());
  }

  #pathOfCall(): string {
    if (this.call === undefined || this.parent === undefined) return "";
    return `${this.parent.path}/${this.call.hyperfunction.name}#${this.call.occurrence}`;
  }

  /** Counts uses of a name within this frame: 0, 1, 2 … */
  nextOccurrence(name: string): number {
    if (this.place.origin !== undefined) return this.place.origin.nextOccurrence(name);
    const occurrences = (this.#occurrences ??= new Map<string, number>());
    const occurrence = occurrences.get(name) ?? 0;
    occurrences.set(name, occurrence + 1);
    return occurrence;
  }

  /** Counts from 0 again: an optimizer's frame lives through many steps, a resumed one only through the later. */
  restart(): void {
    this.#occurrences = undefined;
    this.run.callCounts?.clear();
  }
}

const storage = new AsyncLocalStorage<Frame>();

export function currentFrame(): Frame | undefined {
  return storage.getStore();
}

/** True inside `evaluate` and `optimize`, where nothing may have effects of its own: streams are off. */
export function isEvaluating(): boolean {
  return currentFrame()?.run.services.evaluating ?? false;
}

export function runInFrame<T>(frame: Frame, body: () => T): T {
  return storage.run(frame, body);
}

/** Runs `body` in `frame` with another owner of tensors. */
export function runInScope<T>(frame: Frame, scope: TensorScope, body: () => T): T {
  const { run, parent, call, signal, node } = frame;
  const place = { ...frame.place, origin: frame.place.origin ?? frame };
  return storage.run(new Frame(run, parent, call, signal, node, scope, place), body);
}
