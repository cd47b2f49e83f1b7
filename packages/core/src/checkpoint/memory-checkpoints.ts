import type {
  CallRecord,
  Checkpoint,
  CheckpointStore,
  HistoryRecord,
  LoadedCheckpoint,
} from "./checkpoint-store.js";
import { checkNextStep, notOpened } from "./checkpoint-store-rules.js";
import { strictJson } from "./strict-json.js";

/**
 * Keeps checkpoints in memory, for tests and for runs that only need to survive an error, not the process. Calling `load`
 * again behaves like a restart.
 *
 * @example
 * import { memoryCheckpoints } from "@hyperfunc/core";
 * const store = memoryCheckpoints();
 * await store.load();
 * await store.save({ step: 1, data: { theta: [0.1] } });
 * console.log((await store.load()).checkpoint); // { step: 1, data: { theta: [0.1] } }
 */
export function memoryCheckpoints(): CheckpointStore {
  return new MemoryCheckpoints();
}

/** Everything is kept as JSON text, so that nothing is shared with the run that saved it. */
class MemoryCheckpoints implements CheckpointStore {
  #opened = false;
  #checkpoint: { readonly step: number; readonly text: string } | undefined;
  #calls: string[] = [];
  #history: { readonly step: number; readonly text: string }[] = [];

  async load(): Promise<LoadedCheckpoint> {
    this.#opened = true;
    const last = this.#checkpoint;
    this.#history = this.#history.filter(({ step }) => step <= (last?.step ?? -1));
    return { checkpoint: last && (JSON.parse(last.text) as Checkpoint), warnings: [] };
  }

  async save({ step, data }: Checkpoint): Promise<void> {
    this.#requireOpened();
    checkNextStep(step, this.#checkpoint?.step);
    this.#checkpoint = { step, text: strictJson({ step, data }, "checkpoint") };
    this.#calls = [];
  }

  async appendCall({ key, response }: CallRecord): Promise<void> {
    this.#requireOpened();
    this.#calls.push(strictJson({ key, response }, "call"));
  }

  async calls(): Promise<readonly CallRecord[]> {
    this.#requireOpened();
    return this.#calls.map((text) => JSON.parse(text) as CallRecord);
  }

  async appendHistory({ step, entry }: HistoryRecord): Promise<void> {
    this.#requireOpened();
    this.#history.push({ step, text: strictJson({ step, entry }, "history") });
  }

  async history(): Promise<readonly HistoryRecord[]> {
    this.#requireOpened();
    return this.#history.map(({ text }) => JSON.parse(text) as HistoryRecord);
  }

  async clear(): Promise<void> {
    this.#opened = true;
    this.#checkpoint = undefined;
    this.#calls = [];
    this.#history = [];
  }

  #requireOpened(): void {
    if (!this.#opened) throw notOpened();
  }
}
