/**
 * The seam between core, which knows no tensors, and a package that does (`@hyperfunc/es`).
 *
 * Core decides which runs happen and when; the engine owns tensor lifetimes, executes many runs or many calls as one
 * batch, and says no (`NOT_VECTORISABLE`) when a batch cannot be formed. Importing the engine's package registers it.
 */
import type { HyperfunctionLayout } from "../parameters/layout.js";
import type { ScalarField, TensorField } from "../parameters/hp-type.js";
import type { Population } from "../parameters/population.js";

/** Owner of the tensors made during a run or a generation. */
export interface TensorScope {
  /** Disposes what the scope owns, except tensors reachable from `keep`: those pass to the parent scope, or to the caller. */
  close(keep?: unknown): void;
}

/** The run of one candidate on one example, as a part of a batch. */
export interface BatchMember {
  readonly candidate: number;
  readonly example: number;
}

/** One pending call of a hyperfunction by the run of one candidate on one example. */
export interface PendingCall extends BatchMember {
  readonly input: unknown;
}

/** Which runs or calls a batch stands for; the engine that makes it knows where in a tensor each of them is. */
export interface BatchLayout {
  readonly members: readonly BatchMember[];
}

/** Batched execution of one population on one list of example inputs. */
export interface PopulationSession {
  /**
   * `hp` of a hyperfunction, batched over all candidates. Reading a per-candidate number from it throws
   * `NOT_VECTORISABLE`.
   */
  hp(hyperfunction: string): unknown;
  /** The inputs of all examples as one batched value, for the vectorised run. */
  batchedInputs(): unknown;
  /** Inputs of one example, cheap to re-stack when `callBatch` gets them back. */
  inputs(candidate: number, example: number): unknown;
  /** The layout of `batchedInputs()`; an engine without it cannot draw random tensors in a batch. */
  layout?(): BatchLayout;
  /**
   * Executes pending calls of one hyperfunction together; the i-th result belongs to the i-th call. `body` may be called
   * for some of them at a time; the members of its layout are then those calls.
   */
  callBatch(
    body: (input: unknown, layout?: BatchLayout) => unknown,
    calls: readonly PendingCall[],
  ): Promise<unknown[]>;
  /**
   * Scores from the batched output, when the metric can read it as it is: per candidate one score per example, or a
   * single one when the metric judges all examples together.
   */
  score(
    output: unknown,
    metric: unknown,
    expected: readonly unknown[],
  ): Promise<readonly Float64Array[] | undefined>;
  /**
   * Scores of outputs `[candidate][example]` of runs of their own, `undefined` where a run gave none, when the session
   * knows them as one batch and the metric can read it: per candidate one score per example, of which those without an
   * output mean nothing. Undefined when the outputs have to be judged one by one.
   */
  scoreCells?(
    outputs: readonly (readonly unknown[])[],
    metric: unknown,
    expected: readonly unknown[],
  ): Promise<readonly Float64Array[] | undefined>;
  /** The output of a vectorised run, taken apart: `[candidate][example]`. */
  outputs(output: unknown): Promise<unknown[][]>;
  close(): void;
}

export interface TensorEngine {
  readonly name: string;
  /** Chooses and loads the backend; awaited before the first run. */
  ready(): Promise<void>;
  /** Backend and kernels in use, for results and checkpoints, such as `wasm/native/simd`. */
  signature(): string;
  isTensor(value: unknown): boolean;
  /** Memory that all tensors of the process take now. */
  bytes(): number;
  openScope(parent: TensorScope | undefined): TensorScope;
  /** Runs synchronous code outside any `tidy` of the caller, so that what it starts may live longer than that tidy. */
  detached<T>(start: () => T): T;
  /** A field's value as the program sees it; the tensor belongs to the current scope. */
  hpTensor(field: TensorField | ScalarField, values: ArrayLike<number>): unknown;
  openPopulation(
    population: Population,
    layouts: ReadonlyMap<string, HyperfunctionLayout>,
    inputs: readonly unknown[],
  ): PopulationSession;
  /** Largest difference allowed between a vectorised output and the plain loop's; true when they agree. */
  agrees(vectorised: unknown, plain: unknown): Promise<boolean>;
}

let registered: TensorEngine | undefined;

/** Called by the package that provides tensors, on import. */
export function registerTensorEngine(engine: TensorEngine): void {
  registered = engine;
}

export function tensorEngine(): TensorEngine | undefined {
  return registered;
}
