/** The helping threads of one search: started together, in step with the state of the search, ended together. */
import { HyperfuncError, type ShareScores, type SharedMode } from "@hyperfunc/core";
import { ProgramThread } from "./program-thread.js";
import type { Setup } from "./protocol.js";

/** A generation to be shared out. */
export interface SharedGeneration {
  readonly generation: number;
  readonly mode: SharedMode;
  /** Of the means in the thread that optimises. */
  readonly hash: number;
}

export class ThreadPool {
  #threads: readonly ProgramThread[];
  readonly #members: number;
  #lost: string | undefined;
  #stopListening: () => void = () => undefined;

  private constructor(threads: readonly ProgramThread[], members: number) {
    this.#threads = threads;
    this.#members = members;
  }

  /** @throws What keeps one of the threads from starting, once all are ended. */
  static async start(
    helpers: number,
    members: number,
    setup: Setup,
    signal: AbortSignal | undefined,
  ): Promise<ThreadPool> {
    const threads = Array.from({ length: helpers }, (_, index) => new ProgramThread(index + 2, setup));
    const pool = new ThreadPool(threads, members);
    const onAbort = (): void => void pool.close();
    signal?.addEventListener("abort", onAbort, { once: true });
    pool.#stopListening = () => signal?.removeEventListener("abort", onAbort);
    try {
      await Promise.all(threads.map((thread) => thread.ready()));
      return pool;
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  /** Helping threads that are alive. */
  get size(): number {
    return this.#threads.length;
  }

  /** Members of the thread that optimises: the first ones. */
  get here(): number {
    return this.#start(1);
  }

  /** Why the last evaluation gave no score for some thread's members; such threads may have ended. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /**
   * The scores of all members from `here` on. Members of a thread that failed are missing.
   *
   * @throws INVALID_STATE when a thread has gone apart.
   */
  async evaluate({ generation, mode, hash }: SharedGeneration): Promise<ShareScores> {
    this.#lost = undefined;
    const shares = await Promise.all(
      this.#threads.map(async (thread, index): Promise<ShareScores> => {
        const [from, to] = [this.#start(index + 1), this.#start(index + 2)];
        try {
          const share = await thread.evaluate({ kind: "evaluate", generation, mode, from, to });
          if (share.hash !== hash) throw apart(thread.number, generation);
          const failures = share.failures.map((failure) => ({ ...failure, error: failure.message }));
          const { scores, obstacle } = share;
          return { scores, failures, ...(obstacle === undefined ? {} : { obstacle }) };
        } catch (error) {
          if (error instanceof Diverged) throw error;
          return this.#missing(from, to, error);
        }
      }),
    );
    const obstacle = shares.find((share) => share.obstacle !== undefined)?.obstacle;
    return {
      scores: shares.flatMap(({ scores }) => scores),
      failures: shares.flatMap(({ failures }) => failures),
      ...(obstacle === undefined ? {} : { obstacle }),
    };
  }

  /** Every thread takes the step that follows from the fitness of all members. */
  tell(fitness: readonly (number | undefined)[]): void {
    for (const thread of this.#threads) thread.tell(fitness);
  }

  /** Shares out among the threads that are left. */
  dropEnded(): void {
    this.#threads = this.#threads.filter((thread) => !thread.hasEnded);
  }

  async close(): Promise<void> {
    this.#stopListening();
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  /** The first member of a share. */
  #start(share: number): number {
    return Math.floor((share * this.#members) / (this.#threads.length + 1));
  }

  #missing(from: number, to: number, error: unknown): ShareScores {
    const message = error instanceof Error ? error.message : String(error);
    this.#lost = message;
    return {
      scores: Array.from({ length: to - from }, () => undefined),
      failures: Array.from({ length: to - from }, (_, index) => ({
        candidate: from + index,
        example: undefined,
        kind: "infrastructure" as const,
        message,
        error,
      })),
    };
  }
}

class Diverged extends HyperfuncError {}

function apart(thread: number, generation: number): HyperfuncError {
  return new Diverged(
    "INVALID_STATE",
    `Thread ${thread} has other parameters at generation ${generation} than the thread that optimises; ` +
      `leave threads out, and report this with the program.`,
  );
}
