/** Saving a run after every step, and continuing one: what a checkpoint holds and when it fits. */
import type { Amounts } from "../budget/budget-limits.js";
import type { BudgetJson } from "../budget/budget.js";
import type { CheckpointStore } from "../checkpoint/checkpoint-store.js";
import { directoryCheckpoints } from "../checkpoint/directory-checkpoints.js";
import { strictJson } from "../checkpoint/strict-json.js";
import { ReplayJournal, type CallJournal, type CallRecord } from "../context/call-journal.js";
import type { UsageTotals } from "../context/usage-meter.js";
import { HyperfuncError, isHyperfuncError } from "../errors/hyperfunc-error.js";
import type { EvaluationMode } from "../evaluation/evaluate-population.js";
import type { ModelResponse } from "../model/language-model.js";
import type { SavedState } from "../parameters/saved-state.js";
import type { HistoryEntry } from "./options.js";
import type { RunIdentity } from "./run-identity.js";
import type { Json, OptimizerAccount } from "./optimizer.js";

/** Of the checkpoints that this package writes. */
export const VERSION = 1;

/** Label of the probe run and of the first measurement, which repeats its calls. */
export const PROBE = "initial";

/** Scores measured before the search, so that a continued run does not pay for them again. */
export interface InitialScores {
  readonly train: number;
  readonly validation: number | null;
  readonly validationScores: readonly number[] | null;
  /** What measuring the result will need at most; reserved before the search. */
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
  /** Of the optimizers before this one. */
  readonly proposals: OptimizerAccount["proposals"];
  /** How candidates were evaluated; null before the first evaluation. */
  readonly mode: EvaluationMode | null;
  readonly reasons: Readonly<Partial<Record<EvaluationMode, string>>>;
  readonly state: SavedState;
  readonly best: { readonly score: number; readonly step: number; readonly state: SavedState } | null;
  readonly initialState: SavedState;
  readonly initial: InitialScores;
  readonly budget: BudgetJson;
  readonly usage: UsageTotals;
  /** Calls of the probe run, which a continued run makes again. */
  readonly probe: readonly CallRecord[];
}

export class Checkpointing {
  readonly #store: CheckpointStore | undefined;
  readonly restored: RunCheckpoint | undefined;
  readonly history: HistoryEntry[];
  /** Completed calls are recorded before they are used, and found again by a continued run. */
  readonly journal: CallJournal;

  private constructor(
    warn: (message: string) => void,
    store?: CheckpointStore,
    restored?: RunCheckpoint,
    history: HistoryEntry[] = [],
    calls: readonly CallRecord[] = [],
  ) {
    this.#store = store;
    this.restored = restored;
    this.history = history;
    const since = new ReplayJournal(calls, false, store && storedJournal(store, warn));
    this.journal = new ReplayJournal(restored?.probe ?? [], true, since);
  }

  /** @throws CHECKPOINT_MISMATCH when a checkpoint is required and there is none, or none is readable. */
  static async open(
    target: string | CheckpointStore | undefined,
    resume: "auto" | "require" | "never",
    warn: (message: string) => void,
  ): Promise<Checkpointing> {
    const store = typeof target === "string" ? directoryCheckpoints(target) : target;
    if (store === undefined) return new Checkpointing(warn);
    if (resume === "never") {
      await store.clear();
      return new Checkpointing(warn, store);
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
    return new Checkpointing(warn, store, restored, history, calls);
  }

  /** Ends a step. What the checkpoint holds is made only when there is a store for it. */
  async save(
    step: number,
    entry: HistoryEntry,
    checkpoint: () => Omit<RunCheckpoint, "version" | "step">,
  ): Promise<void> {
    this.history.push(entry);
    if (this.#store === undefined) return;
    // Made before anything is awaited: the next step may begin meanwhile.
    const data = { version: VERSION, step, ...checkpoint() };
    await this.#store.appendHistory({ step, entry });
    await this.#store.save({ step, data });
  }
}

/** Records calls in a store. One that JSON cannot hold is not recorded: a continued run only pays for it again. */
function storedJournal(store: CheckpointStore, warn: (message: string) => void): CallJournal {
  let warned = false;
  return {
    take: () => undefined,
    record: async (key, response) => {
      try {
        await store.appendCall({ key, response: withoutRaw(response) });
      } catch (error) {
        if (!isHyperfuncError(error, "INVALID_ARGUMENT")) throw error;
        if (!warned) warn(`A continued run would pay for some calls again: ${error.message}`);
        warned = true;
      }
    },
  };
}

/** The calls that a checkpoint can hold, as it holds them. */
export function storableCalls(records: readonly CallRecord[]): CallRecord[] {
  return records.flatMap(({ key, response }) => {
    const call = { key, response: withoutRaw(response) };
    try {
      strictJson(call, "call");
      return [call];
    } catch {
      return [];
    }
  });
}

/** Nobody knows what is in a provider's raw answer, so none is ever stored. */
function withoutRaw({ raw: _raw, ...response }: ModelResponse): ModelResponse {
  return response;
}
