import { invalidArgument } from "../errors/hyperfunc-error.js";
import { onAbort, throwIfAborted } from "./abort.js";

/** Gives a slot back. */
type Slot = () => void;

/**
 * Lets at most `limit` holders in at a time, first come, first served.
 *
 * Meant for leaves (model and tool calls) only: holders that wait for other holders deadlock.
 */
export class Semaphore {
  readonly limit: number;
  #active = 0;
  /** Insertion order is arrival order, and an aborted waiter leaves in constant time. */
  readonly #waiting = new Set<(slot: Slot) => void>();
  /** Told when the queue gets short. */
  #watching: (() => void)[] = [];

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
  async acquire(signal?: AbortSignal): Promise<Slot> {
    throwIfAborted(signal);
    return this.tryAcquire() ?? (await this.#turn(signal));
  }

  /** A slot if one is free, without waiting; the function gives it back, like that of `acquire`. */
  tryAcquire(): Slot | undefined {
    if (this.#active >= this.limit) return undefined;
    this.#active++;
    return this.#slot();
  }

  #slot(): Slot {
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

  /** Resolves when fewer callers wait than there are slots: enough to hand every slot on at once. */
  async short(): Promise<void> {
    if (this.waiting >= this.limit) await new Promise<void>((resolve) => this.#watching.push(resolve));
  }

  #leaveQueue(enter: (slot: Slot) => void): void {
    this.#waiting.delete(enter);
    if (this.#watching.length === 0 || this.waiting >= this.limit) return;
    for (const notify of this.#watching.splice(0)) notify();
  }

  /** Resolves when a leaving holder has handed its slot over; `active` does not change meanwhile. */
  #turn(signal: AbortSignal | undefined): Promise<Slot> {
    return new Promise((resolve, reject) => {
      if (signal === undefined) {
        this.#waiting.add(resolve);
        return;
      }
      const enter = (slot: Slot): void => {
        stopListening();
        resolve(slot);
      };
      this.#waiting.add(enter);
      const stopListening = onAbort(signal, (error) => {
        this.#leaveQueue(enter);
        reject(error);
      });
    });
  }

  #handOn(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#active--;
      return;
    }
    this.#leaveQueue(next);
    next(this.#slot());
  }
}
