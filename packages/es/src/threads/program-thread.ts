/** One helping thread, seen from the thread that optimises. */
import type { Worker } from "node:worker_threads";
import { HyperfuncError } from "@hyperfunc/core";
import type { Order, Reply, Setup } from "./protocol.js";
import { startWorker } from "./start-worker.js";

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

type Answer = Extract<Reply, { kind: "fitness" }>;

export class ProgramThread {
  readonly number: number;
  readonly #worker: Worker;
  #waiting: Waiting | undefined;
  /** Why it ended, once it has. */
  #ended: Error | undefined;

  constructor(number: number, setup: Setup) {
    this.number = number;
    const worker = startWorker(setup);
    this.#worker = worker;
    worker.on("message", (reply: Reply) => this.#settle((waiting) => waiting.resolve(reply)));
    worker.on("error", (error) => this.#end(`ended with ${String(error)}`));
    worker.on("exit", (code) => this.#end(`ended with exit code ${code}`));
  }

  /** Settles when the thread has loaded the program. @throws its errors; INFRASTRUCTURE when it ended. */
  async ready(): Promise<void> {
    this.#orThrow(await this.#reply(), `Thread ${this.number} could not start: `);
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** The scores of a share. @throws INFRASTRUCTURE when the thread failed or ended. */
  async evaluate(order: Extract<Order, { kind: "evaluate" }>): Promise<Answer> {
    const reply = this.#reply();
    this.#worker.postMessage(order satisfies Order);
    const answer = this.#orThrow(await reply, `Thread ${this.number} failed: `);
    if (answer.kind === "fitness") return answer;
    throw new HyperfuncError("INFRASTRUCTURE", `Thread ${this.number} gave no fitness but "${answer.kind}".`);
  }

  tell(fitness: readonly (number | undefined)[]): void {
    this.#worker.postMessage({ kind: "tell", fitness } satisfies Order);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #reply(): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#ended === undefined) this.#waiting = { resolve, reject };
      else reject(this.#ended);
    });
  }

  #orThrow(reply: Reply, what: string): Exclude<Reply, { kind: "failed" }> {
    if (reply.kind !== "failed") return reply;
    throw new HyperfuncError(reply.code ?? "INFRASTRUCTURE", `${what}${reply.message}`);
  }

  #end(how: string): void {
    this.#ended ??= new HyperfuncError("INFRASTRUCTURE", `Thread ${this.number} ${how}.`, {
      infrastructure: true,
    });
    const ended = this.#ended;
    this.#settle((waiting) => waiting.reject(ended));
  }

  #settle(how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) how(waiting);
  }
}
