/** Where a session makes tensors: they are the session's, whatever run asked for them, and go when it closes. */
import { OwnedTensors, adopt } from "../lifetime/owned-tensors.js";
import type { Batch } from "./batch.js";

export class Workshop {
  readonly #scope = new OwnedTensors();
  readonly #retained = new Set<Batch>();
  #open = true;

  get isOpen(): boolean {
    return this.#open;
  }

  /** Runs synchronous code; the tensors that it makes live as long as the session. */
  make<T>(build: () => T): T {
    return adopt(this.#scope, build);
  }

  /** Runs synchronous code; of the tensors that it makes, only those in its result live as long as the session. */
  compute<T>(build: () => T): T {
    const scope = new OwnedTensors(this.#scope);
    let result: T | undefined;
    try {
      result = adopt(scope, build);
      return result;
    } finally {
      scope.close(result);
    }
  }

  /** A scope for asynchronous work; close it with the result. */
  openScope(): OwnedTensors {
    return new OwnedTensors(this.#scope);
  }

  /** Someone holds on to a batch beyond the session. */
  retain(batch: Batch): void {
    this.#retained.add(batch);
  }

  close(): void {
    this.#open = false;
    const unread = [...this.#retained].filter((batch) => batch.atHand === undefined);
    if (unread.length === 0) {
      this.#scope.close();
      return;
    }
    void Promise.allSettled(unread.map((batch) => batch.read())).then(() => {
      this.#scope.close();
    });
  }
}
