/** What is known about how calls of a program may be executed: declared, observed, and learned from failures. */
import { TensorMemory } from "./tensor-memory.js";
import type { AnyHyperfunction } from "../hyperfunction/hyperfunction.js";

export class BatchingRules {
  readonly #effects = new Set<string>();
  readonly #learned = new Map<string, string>();
  readonly #hyperfunctions: () => readonly AnyHyperfunction[];
  readonly #programObstacle: () => string | undefined;
  /** Ways that were tried and do not work for this program, with the reason. */
  readonly refusals = new Map<string, string>();
  /** True once a vectorised result has been checked against the plain loop, and its memory measured. */
  verified = false;

  /** How much of a population may be run at once. */
  readonly memory: TensorMemory;

  constructor(
    hyperfunctions: () => readonly AnyHyperfunction[],
    programObstacle: () => string | undefined,
    memoryLimitMiB?: number,
  ) {
    this.memory = new TensorMemory(memoryLimitMiB);
    this.#hyperfunctions = hyperfunctions;
    this.#programObstacle = programObstacle;
  }

  /** The program has changed: what was learned about it as a whole no longer holds. */
  forget(): void {
    this.refusals.clear();
    this.verified = false;
  }

  /** A hyperfunction turned out to call a model or a tool. */
  noteEffects(hyperfunction: string): void {
    this.#effects.add(hyperfunction);
  }

  /** A batch of this hyperfunction's calls could not be formed. */
  noteCallObstacle(hyperfunction: string, reason: string): void {
    this.#learned.set(hyperfunction, reason);
  }

  /** Why calls of this hyperfunction cannot be batched, if so. */
  callObstacle({ name, options }: AnyHyperfunction): string | undefined {
    if (options.effects === true || this.#effects.has(name)) return `"${name}" has effects`;
    if (options.batch === "never") return `"${name}" declares batch: "never"`;
    return this.#learned.get(name);
  }

  /** Why runs of this program cannot be batched at all, if so. */
  batchObstacle(): string | undefined {
    const tensors = this.#hyperfunctions().some(({ layout }) =>
      layout?.leaves.some(
        ({ field }) => field.kind === "tensor" || (field.kind === "scalar" && field.tensor),
      ),
    );
    return tensors ? this.#programObstacle() : "no hyperfunction has tensor parameters";
  }

  /** Why the program cannot be run once for everything, if so: every call would have to be batchable. */
  wholeRunObstacle(): string | undefined {
    for (const hyperfunction of this.#hyperfunctions()) {
      const obstacle = this.callObstacle(hyperfunction);
      if (obstacle !== undefined) return obstacle;
    }
    return undefined;
  }
}
