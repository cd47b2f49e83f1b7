/** Completed paid calls, so that an interrupted run pays again at most what was in flight. */
import type { ModelResponse } from "../model/language-model.js";

export interface CallRecord {
  readonly key: string;
  readonly response: ModelResponse;
}

/** A completed call, found again. */
export interface KnownCall {
  readonly response: ModelResponse;
  /** The ledger has it; false for a call of an interrupted process, made after its last checkpoint. */
  readonly booked: boolean;
}

export interface CallJournal {
  /** A recorded call, each once. */
  take(key: string): KnownCall | undefined;
  /** Records a completed call before its response is used. */
  record(key: string, response: ModelResponse): Promise<void>;
}

/** Answers from records, then from the journal behind. New calls are recorded there. */
export class ReplayJournal implements CallJournal {
  readonly #open = new Map<string, ModelResponse[]>();
  readonly #booked: boolean;
  readonly #behind: CallJournal | undefined;

  constructor(records: readonly CallRecord[], booked: boolean, behind?: CallJournal) {
    this.#booked = booked;
    this.#behind = behind;
    for (const { key, response } of records) {
      const responses = this.#open.get(key);
      if (responses === undefined) this.#open.set(key, [response]);
      else responses.push(response);
    }
  }

  take(key: string): KnownCall | undefined {
    const response = this.#open.get(key)?.shift();
    return response === undefined ? this.#behind?.take(key) : { response, booked: this.#booked };
  }

  async record(key: string, response: ModelResponse): Promise<void> {
    await this.#behind?.record(key, response);
  }
}

/** Keeps what a probe run calls, for the measurement that repeats it: those calls are not paid a second time. */
export class ProbeJournal implements CallJournal {
  readonly records: CallRecord[] = [];
  readonly #behind: CallJournal | undefined;

  constructor(behind?: CallJournal) {
    this.#behind = behind;
  }

  take(key: string): KnownCall | undefined {
    const known = this.#behind?.take(key);
    if (known !== undefined) this.records.push({ key, response: known.response });
    return known;
  }

  async record(key: string, response: ModelResponse): Promise<void> {
    this.records.push({ key, response });
    await this.#behind?.record(key, response);
  }

  /** The journal of what comes after the probe. */
  after(): CallJournal {
    return new ReplayJournal(this.records, true, this.#behind);
  }
}
