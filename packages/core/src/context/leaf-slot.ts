import type { Semaphore } from "../concurrency/semaphore.js";

/** The place of one leaf among concurrent calls, which it gives back while it waits for something else. */
export class LeafSlot {
  readonly #leaves: Semaphore;
  readonly #signal: AbortSignal | undefined;
  #release: (() => void) | undefined;
  #entering: Promise<void> | undefined;
  /** Waits at the same time, of a leaf that calls several models by itself. */
  #pauses = 0;
  #closed = false;

  constructor(leaves: Semaphore, signal: AbortSignal | undefined) {
    this.#leaves = leaves;
    this.#signal = signal;
  }

  /** @throws ABORTED before there is a place. */
  async enter(): Promise<void> {
    while (this.#release === undefined && this.#pauses === 0 && !this.#closed) {
      this.#entering ??= this.#acquire().finally(() => (this.#entering = undefined));
      await this.#entering;
    }
  }

  leave(): void {
    this.#release?.();
    this.#release = undefined;
  }

  /** Waits without the place, and has one again at the end; of several waits at once, at the end of the last. */
  async pause<Waited>(wait: () => Promise<Waited>): Promise<Waited> {
    if (this.#pauses++ === 0) this.leave();
    try {
      return await wait();
    } finally {
      if (--this.#pauses === 0 && !this.#closed) await this.enter();
    }
  }

  /** The leaf is over; what it left behind gets no place any more. */
  close(): void {
    this.#closed = true;
    this.leave();
  }

  async #acquire(): Promise<void> {
    const release = this.#leaves.tryAcquire() ?? (await this.#leaves.acquire(this.#signal));
    if (this.#closed || this.#pauses > 0) release();
    else this.#release = release;
  }
}
