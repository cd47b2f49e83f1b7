import type { Clock } from "../concurrency/clock.js";
import { invalidArgument } from "../errors/hyperfunc-error.js";
import type { AnyHyperfunction } from "../hyperfunction/hyperfunction.js";
import type { Optimizer } from "../optimize/optimizer.js";
import type { Plugin } from "../plugins/plugin.js";

export interface HyperSystemOptions {
  /** Appears in traces and saved files. Default the class name. */
  readonly name?: string;
  /** All hyperfunctions of the program. Default: found by one probe run, or when they are first called. */
  readonly hyperfunctions?: readonly AnyHyperfunction[];
  /** Improves numbers and matrices. */
  readonly systemOptimizer?: Optimizer;
  /** Improves prompts; runs before the system optimizer. */
  readonly promptOptimizer?: Optimizer;
  /** One optimizer or several in order, instead of the two above. */
  readonly optimizer?: Optimizer | readonly Optimizer[];
  readonly plugins?: readonly Plugin[];
  /** Model and tool calls in flight at the same time. Default 16. */
  readonly concurrency?: number;
  /**
   * Memory that the tensors of a vectorised run may take, in MiB; larger populations are evaluated in parts, to the same
   * bits, and MEMORY_LIMIT is thrown where not even one candidate fits. Default 1024.
   */
  readonly memoryLimitMiB?: number;
  /** Seeds initial matrices, `rng` and searches. Default 0. */
  readonly seed?: number;
  /** Time of timeouts, backoff, budgets and reports; for tests. Default the machine's. */
  readonly clock?: Clock;
}

/** The optimizers that the options name, in order; those of plugins when they name none. */
export function chosenOptimizers(
  options: HyperSystemOptions,
  provided: readonly Optimizer[],
): readonly Optimizer[] {
  const { optimizer, promptOptimizer, systemOptimizer } = options;
  const named = [promptOptimizer, systemOptimizer].filter((given) => given !== undefined);
  if (optimizer !== undefined && named.length > 0) {
    throw invalidArgument("Give either optimizer, or promptOptimizer and systemOptimizer, not both.");
  }
  const given = optimizer === undefined ? named : [optimizer].flat();
  return given.length > 0 ? given : provided;
}

/**
 * Checks that a subclass has a method. A class field is set only after the constructor, so that it could not be wrapped.
 *
 * @throws INVALID_ARGUMENT for a class field.
 */
export function requireMethod(system: object, method: string, className: string): void {
  if (typeof Reflect.get(system, method) === "function") return;
  throw invalidArgument(
    `${className}.${method} must be a method: write "async ${method}(input) { … }" instead of "${method} = async (input) => …".`,
  );
}
