import { invalidArgument, type HyperfuncError } from "../errors/hyperfunc-error.js";
import { onAbort, throwIfAborted } from "./abort.js";

/**
 * Lets at most `limit` holders in at a time, first come, first served.
 *
 * Meant for leaves (model and tool calls) only: holders that wait for other holders deadlock.
 */
export class Semaphore {
  readonly limit: number;
  #active = 0;
  /** Insertion order is arrival order, and an aborted waiter leaves in constant time. */
  readonly #waiting = new Set<() => void>();

  /** @throws INVALID_ARGUMENT unless `limit` is a positive integer or Infinity. */
  constructor(limit: number) {
    if (limit !== Infinity && !(Number.isInteger(limit) && limit > 0)) {
      throw invalidArgument(
        `A concurrency limit must be a positive integer, got ${limit}; use Infinity for none.`,
        { limit },
      );
    }
    this.limit = limit;
  }

  /** Number of holders. */
  get active(): number {
    return this.#active;
  }

  /** Number of callers that wait for a slot. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for a slot; the returned function gives it back, and does nothing when called again.
   *
   * @throws ABORTED when the signal aborts before a slot is free; the place in the queue is given up.
   */
  async acquire(signal?: AbortSignal): Promise<() => void> {
    throwIfAborted(signal);
    if (this.#active < this.limit) this.#active++;
    else await this.#turn(signal);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#handOn();
    };
  }

  /**
   * Runs `fn` while holding a slot.
   *
   * @throws ABORTED when the signal aborts while waiting, and whatever `fn` throws.
   */
  async run<T>(fn: () => T | PromiseLike<T>, signal?: AbortSignal): Promise<T> {
    const release = await this.acquire(signal);
    try {
      return await fn();
    } finally {
      release();
    }
  }

  /** Resolves when a leaving holder has handed its slot over; `active` does not change meanwhile. */
  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        stopListening();
        resolve();
      };
      const leave = (error: HyperfuncError): void => {
        this.#waiting.delete(enter);
        reject(error);
      };
      this.#waiting.add(enter);
      const stopListening = onAbort(signal, leave);
    });
  }

  #handOn(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#active--;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
