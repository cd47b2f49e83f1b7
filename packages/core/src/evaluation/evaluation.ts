/** What one evaluation consists of, and one cell of it: a candidate's run on an example. */
import { throwIfAborted } from "../concurrency/abort.js";
import {
  Frame,
  runInFrame,
  type JoinCall,
  type ParameterSource,
  type Program,
  type Run,
  type RunServices,
} from "../context/frame.js";
import { isHyperfuncError, type HyperfuncErrorCode } from "../errors/hyperfunc-error.js";
import type { HyperfunctionLayout } from "../parameters/layout.js";
import type { ParameterState } from "../parameters/parameter-state.js";
import type { Population } from "../parameters/population.js";
import { observed } from "../plugins/observer.js";
import { tensorEngine, type TensorScope } from "../tensors/tensor-engine.js";
import type { TraceRecorder } from "../tracing/trace-recorder.js";
import type { BatchingRules } from "./batching-rules.js";
import type { Example } from "./example.js";
import type { Scoring } from "./metric.js";

/** What an evaluation needs of a system. */
export interface EvaluationHost extends Program {
  readonly layouts: ReadonlyMap<string, HyperfunctionLayout>;
  /** Drives the program through one example; agents of several turns differ here and nowhere else. */
  runExample(inputs: unknown): Promise<unknown>;
  parametersOf(state: ParameterState, scope: TensorScope | undefined): ParameterSource;
  readonly batching: BatchingRules;
}

/** The layouts that a population has values for; what is first called during a search has none. */
export function layoutsOf(
  { layouts }: EvaluationHost,
  { base }: Population,
): ReadonlyMap<string, HyperfunctionLayout> {
  return new Map([...layouts].filter(([name]) => base.values.has(name)));
}

/** What to do when the program itself fails: an output to judge, or a score for the example. */
export type OnError<Input = unknown, Output = unknown, Expected = unknown> = (
  error: unknown,
  example: Example<Input, Expected>,
) => { readonly output: Output } | { readonly score: number };

export interface Evaluation {
  readonly host: EvaluationHost;
  readonly examples: readonly Example[];
  /** Key of each example's random draws. */
  readonly keys: readonly (string | number)[];
  readonly scoring: Scoring;
  readonly services: RunServices;
  readonly signal: AbortSignal | undefined;
  readonly onError: OnError | undefined;
  /** Index of the first candidate within the whole population, when it is evaluated in chunks. */
  readonly candidateOffset: number;
  /** Outputs are returned, so their tensors outlive the evaluation. */
  readonly keepOutputs: boolean;
}

/** How one run ended. Only `missing` is a failure of the infrastructure. */
export type Cell =
  | { readonly kind: "output"; readonly output: unknown }
  | { readonly kind: "scored"; readonly score: number; readonly error: unknown }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "missing"; readonly error: unknown };

export interface CellRun {
  readonly candidate: number;
  readonly example: number;
  readonly source: ParameterSource;
  readonly scope: TensorScope | undefined;
  readonly inputs?: unknown;
  readonly join?: JoinCall;
  readonly recorder?: TraceRecorder;
}

/** Errors that end an evaluation instead of counting against a candidate. */
const FATAL: ReadonlySet<HyperfuncErrorCode> = new Set([
  "BUDGET_EXHAUSTED",
  "BUDGET_UNBOUNDED",
  "DUPLICATE_NAME",
  "INVALID_ARGUMENT",
  "INVALID_STATE",
  "MEMORY_LIMIT",
  "NO_TENSOR_ENGINE",
  "BACKEND_UNAVAILABLE",
  "UNRESOLVED_MODEL",
]);

export function isFatal(error: unknown): boolean {
  return isHyperfuncError(error) && FATAL.has(error.code);
}

/** Runs the program for one candidate on one example. Throws only what must end the evaluation. */
export function runCell(evaluation: Evaluation, cell: CellRun): Promise<Cell> {
  // Not an async function: its state would be most of what thousands of waiting runs keep in memory.
  try {
    const { services, signal, examples } = evaluation;
    const entry = examples[cell.example];
    if (entry === undefined) throw new RangeError(`No example ${cell.example}.`);
    throwIfAborted(signal);
    services.budget?.reserve({ runs: 1 }).settle({ runs: 1 });
    const scope = tensorEngine()?.openScope(cell.scope);
    return begin(evaluation, cell, scope, cell.inputs ?? entry.inputs).then(
      (output): Cell => {
        scope?.close(output);
        return { kind: "output", output };
      },
      (error: unknown) => {
        try {
          return failedCell(evaluation, entry, error);
        } finally {
          scope?.close();
        }
      },
    );
  } catch (error) {
    return Promise.reject(error);
  }
}

function failedCell({ signal, onError }: Evaluation, entry: Example, error: unknown): Cell {
  throwIfAborted(signal);
  if (isFatal(error)) throw error;
  if (isHyperfuncError(error) && error.infrastructure) return { kind: "missing", error };
  const verdict = onError?.(error, entry);
  if (verdict === undefined) return { kind: "failed", error };
  return "output" in verdict
    ? { kind: "output", output: verdict.output }
    : { kind: "scored", score: verdict.score, error };
}

/** The program's outcome; a program that throws at once has failed like any other. */
function begin(
  evaluation: Evaluation,
  cell: CellRun,
  scope: TensorScope | undefined,
  inputs: unknown,
): Promise<unknown> {
  try {
    return runProgram(evaluation, cell, scope, inputs);
  } catch (error) {
    return Promise.reject(error);
  }
}

function runProgram(
  evaluation: Evaluation,
  cell: CellRun,
  scope: TensorScope | undefined,
  inputs: unknown,
): Promise<unknown> {
  const { host, services, signal, keys } = evaluation;
  const run: Run = {
    program: host,
    services,
    source: cell.source,
    candidate: cell.candidate + evaluation.candidateOffset,
    exampleKey: keys[cell.example] ?? cell.example,
    recorder: cell.recorder,
    tensorScope: scope,
    join: cell.join,
    callCounts: undefined,
    batched: false,
  };
  const frame = new Frame(run, undefined, undefined, signal, undefined, scope);
  return startRun({ name: host.name, frame, inputs, members: 1, body: () => host.runExample(inputs) });
}

export interface RunStart<Result> {
  readonly name: string;
  readonly frame: Frame;
  readonly inputs: unknown;
  /** Runs that this one stands for. */
  readonly members: number;
  readonly body: () => Promise<Result>;
}

/** Starts the program in a frame, seen by observers, outside any `tidy` of the caller. */
export function startRun<Result>({ name, frame, inputs, members, body }: RunStart<Result>): Promise<Result> {
  const { run } = frame;
  if (run.services.observers.length === 0) return startDetached(frame, body);
  const event = {
    kind: "run" as const,
    name,
    path: frame.path,
    candidate: run.candidate,
    exampleKey: run.exampleKey,
    input: inputs,
    members,
  };
  return runInFrame(frame, () => observed(frame, event, () => startDetached(frame, body)));
}

function startDetached<Result>(frame: Frame, body: () => Promise<Result>): Promise<Result> {
  const engine = tensorEngine();
  return engine === undefined ? runInFrame(frame, body) : engine.detached(() => runInFrame(frame, body));
}
