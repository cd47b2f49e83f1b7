/** The option that spreads the members of a generation over threads. */
import { availableParallelism } from "node:os";
import { HyperfuncError } from "@hyperfunc/core";

/**
 * Spreads the candidates of every generation over threads; parameters and history are those of one thread, bit for bit.
 *
 * @example
 * ```ts no-run
 * import { ESHybridSystemOptimizer } from "@hyperfunc/es";
 * const module = new URL("./program.js", import.meta.url); // exports system, data and metric
 * const systemOptimizer = new ESHybridSystemOptimizer({ popSize: 256, threads: { module } });
 * ```
 */
export interface ThreadOptions {
  /**
   * The module that every thread loads the program from. It exports `system` (a system, or a function that makes one),
   * `data` (the training examples, or a function that gives them) and `metric`, equal to those of the optimisation, and
   * starts nothing by itself.
   */
  readonly module: URL | string;
  /** Threads, with the one that optimises. Default: as many as the machine runs at the same time. */
  readonly count?: number;
  /**
   * Whether the first generations are measured, and one thread goes on if more would not pay. The result is the same
   * either way. Default true.
   */
  readonly measure?: boolean;
}

/** The threads of one search. */
export interface ThreadPlan {
  /** Address of the module. */
  readonly module: string;
  readonly count: number;
  readonly measure: boolean;
}

/** @throws INVALID_ARGUMENT naming the value and the remedy. */
export function threadPlan({
  module,
  count = availableParallelism(),
  measure = true,
}: ThreadOptions): ThreadPlan {
  const address = module instanceof URL ? module.href : String(module);
  if (!URL.canParse(address)) {
    throw new HyperfuncError(
      "INVALID_ARGUMENT",
      `threads.module must be the address of a module, got "${address}"; ` +
        `give new URL("./program.js", import.meta.url), or import.meta.url within that module.`,
    );
  }
  if (!Number.isInteger(count) || count < 1) {
    throw new HyperfuncError(
      "INVALID_ARGUMENT",
      `threads.count must be a positive whole number, got ${count}; leave it out for as many as the machine runs at the same time.`,
    );
  }
  return { module: address, count, measure };
}
