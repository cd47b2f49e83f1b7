/** Saving a run after every step, and continuing one: what a checkpoint holds and when it fits. */
import { createHash } from "node:crypto";
import type { Amounts } from "../budget/budget-limits.js";
import type { BudgetJson } from "../budget/budget.js";
import type { CheckpointStore } from "../checkpoint/checkpoint-store.js";
import { directoryCheckpoints } from "../checkpoint/directory-checkpoints.js";
import { MemoryJournal, type CallJournal, type CallRecord } from "../context/call-journal.js";
import type { UsageTotals } from "../context/usage-meter.js";
import { HyperfuncError } from "../errors/hyperfunc-error.js";
import type { Example } from "../evaluation/example.js";
import type { SavedState } from "../parameters/saved-state.js";
import type { HistoryEntry } from "./options.js";
import type { Json } from "./optimizer.js";

const VERSION = 1;

/** Label of the probe run and of the first measurement, which repeats its calls. */
export const PROBE = "initial";

/** Scores measured before the search, so that a continued run does not pay for them again. */
export interface InitialScores {
  readonly train: number;
  readonly validation: number | null;
  readonly validationScores: readonly number[] | null;
  /** What measuring them took; the final measurement is reserved from it. */
  readonly cost: Amounts;
}

/** Everything a run needs to go on as if it had not been interrupted. */
export interface RunCheckpoint {
  readonly version: number;
  /** Steps of all optimizers together. */
  readonly step: number;
  readonly identity: RunIdentity;
  /** Position in the list of optimizers. */
  readonly phase: number;
  readonly optimizerState: Json;
  readonly state: SavedState;
  readonly best: { readonly score: number; readonly state: SavedState } | null;
  readonly initialState: SavedState;
  readonly initial: InitialScores;
  readonly budget: BudgetJson;
  readonly usage: UsageTotals;
  /** Calls of the probe run, which a continued run makes again. */
  readonly probe: readonly CallRecord[];
}

/** What must be the same for a checkpoint to be continued. */
export interface RunIdentity {
  readonly program: string;
  readonly data: string;
  readonly optimizers: readonly string[];
  readonly seed: number;
  /** Backend and kernels: other ones give other last bits. */
  readonly engine: string;
}

export class Checkpointing {
  readonly #store: CheckpointStore | undefined;
  readonly #open: MemoryJournal;
  readonly restored: RunCheckpoint | undefined;
  readonly history: HistoryEntry[];

  private constructor(
    store: CheckpointStore | undefined,
    restored?: RunCheckpoint,
    history: HistoryEntry[] = [],
    calls: readonly CallRecord[] = [],
  ) {
    this.#store = store;
    this.restored = restored;
    this.history = history;
    this.#open = new MemoryJournal([...(restored?.probe ?? []), ...calls]);
  }

  /** @throws CHECKPOINT_MISMATCH when a checkpoint is required and there is none, or none is readable. */
  static async open(
    target: string | CheckpointStore | undefined,
    resume: "auto" | "require" | "never",
    warn: (message: string) => void,
  ): Promise<Checkpointing> {
    const store = typeof target === "string" ? directoryCheckpoints(target) : target;
    if (store === undefined) return new Checkpointing(undefined);
    if (resume === "never") {
      await store.clear();
      return new Checkpointing(store);
    }
    const { checkpoint, warnings } = await store.load();
    warnings.forEach(warn);
    const calls = (await store.calls()) as readonly CallRecord[];
    if (checkpoint === undefined && resume === "require") {
      throw new HyperfuncError(
        "CHECKPOINT_MISMATCH",
        'There is no checkpoint to resume from; use resume: "auto" to start a run.',
      );
    }
    const restored = checkpoint?.data as RunCheckpoint | undefined;
    const history = (await store.history()).map((record) => record.entry as HistoryEntry);
    return new Checkpointing(store, restored, history, calls);
  }

  async save(checkpoint: Omit<RunCheckpoint, "version" | "probe">, entry: HistoryEntry): Promise<void> {
    this.history.push(entry);
    const { step } = checkpoint;
    await this.#store?.appendHistory({ step, entry });
    const probe = this.#open.records.filter(({ key }) => key.startsWith(PROBE));
    await this.#store?.save({
      step,
      data: { version: VERSION, ...checkpoint, probe: this.restored?.probe ?? probe },
    });
  }

  /** Completed calls are recorded before they are used, and found again by a continued run. */
  get journal(): CallJournal {
    const [store, open] = [this.#store, this.#open];
    return {
      take: (key) => open.take(key),
      record: async (key, response) => {
        if (key.startsWith(PROBE)) await open.record(key, response);
        await store?.appendCall({ key, response });
      },
    };
  }
}

/** @throws CHECKPOINT_MISMATCH unless the checkpoint was written by the same run. */
export function checkIdentity(checkpoint: RunCheckpoint, identity: RunIdentity): void {
  if (checkpoint.version !== VERSION) {
    throw new HyperfuncError(
      "CHECKPOINT_MISMATCH",
      `The checkpoint has version ${checkpoint.version}, this package reads version ${VERSION}.`,
    );
  }
  const differences = Object.entries(identity).flatMap(([key, now]: [string, unknown]) => {
    const then: unknown = Reflect.get(checkpoint.identity, key);
    const [before, after] = [JSON.stringify(then), JSON.stringify(now)];
    return before === after ? [] : [`${key} was ${before}, is ${after}`];
  });
  if (differences.length === 0) return;
  throw new HyperfuncError(
    "CHECKPOINT_MISMATCH",
    `The checkpoint belongs to another run: ${differences.join("; ")}. Use another directory, or resume: "never" to start over.`,
  );
}

/** Identifies examples by their number and plain values; tensors count by shape. */
export function dataFingerprint(...lists: readonly (readonly Example[] | undefined)[]): string {
  const hash = createHash("sha256");
  for (const list of lists) {
    hash.update(`#${list?.length ?? "none"}`);
    for (const entry of list ?? [])
      hash.update(JSON.stringify([entry.id, entry.inputs, entry.expected], plain));
  }
  return hash.digest("hex").slice(0, 16);
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return typeof value === "function" ? "function" : value;
  if (ArrayBuffer.isView(value))
    return createHash("sha256")
      .update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
      .digest("hex");
  const shape: unknown = Reflect.get(value, "shape");
  return Array.isArray(shape) && "dtype" in value ? { shape, dtype: value.dtype } : value;
}
