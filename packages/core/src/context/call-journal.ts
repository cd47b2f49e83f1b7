import type { ModelResponse } from "../model/language-model.js";

/** Completed paid calls, so that a resumed run pays again at most what was in flight. */
export interface CallRecord {
  readonly key: string;
  readonly response: ModelResponse;
}

export interface CallJournal {
  /** The recorded response of a call, once. */
  take(key: string): ModelResponse | undefined;
  /** Records a completed call before its response is used. */
  record(key: string, response: ModelResponse): Promise<void>;
}

/** A journal in memory: the calls of the probe run are not paid a second time by the measurement that follows it. */
export class MemoryJournal implements CallJournal {
  readonly #open = new Map<string, ModelResponse>();
  /** Everything recorded, also what was taken. */
  readonly records: CallRecord[] = [];

  constructor(records: readonly CallRecord[] = []) {
    for (const { key, response } of records) this.#open.set(key, response);
  }

  take(key: string): ModelResponse | undefined {
    const response = this.#open.get(key);
    this.#open.delete(key);
    return response;
  }

  record(key: string, response: ModelResponse): Promise<void> {
    this.#open.set(key, response);
    this.records.push({ key, response });
    return Promise.resolve();
  }
}
