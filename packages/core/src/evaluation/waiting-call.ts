import { onAbort } from "../concurrency/abort.js";
import type { Call } from "../hyperfunction/call.js";
import type { PendingCall } from "../tensors/tensor-engine.js";

/** A call of one run that waits to be executed in a batch. */
export class WaitingCall implements PendingCall {
  readonly #resolve: (output: unknown) => void;
  readonly #reject: (error: unknown) => void;
  #stopListening: (() => void) | undefined;

  constructor(
    readonly call: Call,
    readonly candidate: number,
    readonly example: number,
    resolve: (output: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get input(): unknown {
    return this.call.input;
  }

  /** Fails the call when a signal aborts; for signals that few calls have, because each gets a listener. */
  heed(signal: AbortSignal): void {
    this.#stopListening = onAbort(signal, (error) => this.reject(error));
  }

  resolve(output: unknown): void {
    this.#stopListening?.();
    this.#resolve(output);
  }

  reject(error: unknown): void {
    this.#stopListening?.();
    this.#reject(error);
  }
}
