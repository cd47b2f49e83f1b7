/** What the thread of an optimisation and the threads that help it tell each other. */
import type { HyperfuncErrorCode, ParameterState, SharedMode } from "@hyperfunc/core";
import type { SearchOptions } from "../optimizer/es-search.js";
import type { StrategyStateJson } from "../strategies/strategy-state.js";

/** Marks the data that a helping thread is started with. */
export const THREAD_KIND = "hyperfunc-es-thread";

export interface Setup {
  readonly kind: typeof THREAD_KIND;
  readonly module: string;
  readonly search: SearchOptions;
  readonly seed: number;
  readonly program: ProgramDescription;
  /** Where the search starts; holds what is not searched. */
  readonly state: ParameterState;
  readonly strategy: StrategyStateJson;
}

/** What must be the same in every thread. */
export interface ProgramDescription {
  /** Backend and kernels: other ones give other last bits. */
  readonly engine: string;
  readonly systemSeed: number;
  readonly examples: number;
  /** Path and type of every leaf, in the order of the search. */
  readonly leaves: readonly (readonly [path: string, field: string])[];
}

export type Order =
  | {
      readonly kind: "evaluate";
      readonly generation: number;
      readonly from: number;
      readonly to: number;
      readonly mode: SharedMode;
    }
  /** The fitness of the whole generation: every thread takes the same step. */
  | { readonly kind: "tell"; readonly fitness: readonly (number | undefined)[] };

export type Reply =
  | { readonly kind: "ready" }
  | {
      readonly kind: "fitness";
      readonly generation: number;
      /** Of the means that the members were drawn around. */
      readonly hash: number;
      readonly scores: readonly (number | undefined)[];
      readonly failures: readonly ReportedFailure[];
      readonly obstacle: string | undefined;
    }
  | { readonly kind: "failed"; readonly code: HyperfuncErrorCode | undefined; readonly message: string };

/** A failure without its error, which may be anything. */
interface ReportedFailure {
  readonly candidate: number;
  readonly example: number | undefined;
  readonly kind: "program" | "infrastructure" | "metric";
  readonly message: string;
}
