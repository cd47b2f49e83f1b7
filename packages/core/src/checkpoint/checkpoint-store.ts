/**
 * Where a long run keeps what it needs to go on after a crash.
 *
 * A run saves a checkpoint after every step. Between two checkpoints it records completed paid calls, so that a resumed
 * run repeats the step without paying for them again; and it appends to a history that nobody rewrites.
 */

/** Everything a run needs to continue after `step`. */
export interface Checkpoint {
  /** Steps finished; grows from save to save. */
  readonly step: number;
  /** A JSON value: finite numbers, strings, booleans, null, arrays and plain objects. */
  readonly data: unknown;
}

/** A completed call that was paid for. */
export interface CallRecord {
  /** Names the call within its step. */
  readonly key: string;
  /** What the call returned, a JSON value. */
  readonly response: unknown;
}

/** A line of the run's history. */
export interface HistoryRecord {
  readonly step: number;
  /** A JSON value. */
  readonly entry: unknown;
}

export interface LoadedCheckpoint {
  /** Undefined when nothing was saved yet. */
  readonly checkpoint: Checkpoint | undefined;
  /** What was damaged and what was used instead. */
  readonly warnings: readonly string[];
}

/**
 * A place for the checkpoints of one run. Begin with `load` to continue a run or with `clear` to start over; one process
 * at a time.
 *
 * Calls and history belong to the checkpoint that was loaded or saved last: `calls` returns those recorded after it,
 * `history` those up to its step.
 */
export interface CheckpointStore {
  /**
   * The newest checkpoint that is intact.
   *
   * @throws CHECKPOINT_MISMATCH when checkpoints exist and none is intact.
   */
  load(): Promise<LoadedCheckpoint>;
  /**
   * Replaces the newest checkpoint in one step: after a crash the store holds the old one or the new one. Calls recorded
   * before are forgotten.
   *
   * @throws INVALID_STATE before `load` or `clear`; INVALID_ARGUMENT for a step that does not grow, or for data that
   * JSON cannot hold, with its path.
   */
  save(checkpoint: Checkpoint): Promise<void>;
  /** Records a call; when the promise resolves, a crash no longer loses it. */
  appendCall(record: CallRecord): Promise<void>;
  /** Calls recorded since the checkpoint, in order. */
  calls(): Promise<readonly CallRecord[]>;
  /** Adds to the history. Append a step's records before its checkpoint is saved. */
  appendHistory(record: HistoryRecord): Promise<void>;
  /** The history up to the checkpoint's step, in order; all of it while there is no checkpoint. */
  history(): Promise<readonly HistoryRecord[]>;
  /** Forgets everything. */
  clear(): Promise<void>;
}
