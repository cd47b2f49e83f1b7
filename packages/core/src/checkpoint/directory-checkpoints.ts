/**
 * Checkpoints in a directory:
 *
 * - `checkpoint-<step>.json`, the two newest, each replaced atomically and carrying its checksum;
 * - `calls-<step>.jsonl`, calls recorded after that checkpoint (`calls-start.jsonl` before the first);
 * - `history.jsonl`, only ever appended to: a resumed run notes where it resumed, and readers drop what was later.
 */
import { join } from "node:path";
import { HyperfuncError } from "../errors/hyperfunc-error.js";
import { readCheckpoint, writeCheckpoint } from "./checkpoint-file.js";
import type {
  CallRecord,
  Checkpoint,
  CheckpointStore,
  HistoryRecord,
  LoadedCheckpoint,
} from "./checkpoint-store.js";
import { checkNextStep, notOpened } from "./checkpoint-store-rules.js";
import { isMissing, nodeFileSystem, type FileSystem } from "./file-system.js";
import { JsonLines } from "./json-lines.js";
import { strictJson } from "./strict-json.js";

export interface DirectoryCheckpointsOptions {
  /** File operations, replaceable for fault injection. Default Node's. */
  readonly fs?: FileSystem;
}

const KEPT = 2;
const CHECKPOINT = /^checkpoint-(\d+)\.json$/;
const CALLS = /^calls-(\d+|start)\.jsonl$/;
const OWN_FILE = /^(?:checkpoint-\d+\.json(?:\.tmp)?|calls-(?:\d+|start)\.jsonl|history\.jsonl)$/;

/** A line of the history file that says: from here on, what came after this step did not happen. */
interface ResumeMark {
  readonly resumedAfter: number | null;
}

/**
 * Keeps checkpoints in a directory, which is made when needed; other files in it are left alone.
 *
 * Saving is atomic and durable: a file is written under another name, flushed to the disk, and renamed. The two newest
 * checkpoints are kept, so a damaged one costs one step and not the run.
 *
 * @example
 * import { directoryCheckpoints } from "@hyperfunc/core";
 * const store = directoryCheckpoints("./checkpoints");
 * const { checkpoint, warnings } = await store.load();
 * await store.save({ step: (checkpoint?.step ?? 0) + 1, data: { theta: [0.1, 0.2] } });
 * console.log(warnings); // []
 */
export function directoryCheckpoints(
  directory: string,
  options: DirectoryCheckpointsOptions = {},
): CheckpointStore {
  return new DirectoryCheckpoints(directory, options.fs ?? nodeFileSystem);
}

class DirectoryCheckpoints implements CheckpointStore {
  readonly #directory: string;
  readonly #fs: FileSystem;
  readonly #history: JsonLines;
  #opened = false;
  /** Step of the checkpoint that calls and history belong to. */
  #step: number | undefined;
  #calls: JsonLines;
  #resumeMark: ResumeMark | undefined;

  constructor(directory: string, fs: FileSystem) {
    this.#directory = directory;
    this.#fs = fs;
    this.#history = new JsonLines(fs, join(directory, "history.jsonl"));
    this.#calls = this.#callsAfter(undefined);
  }

  async load(): Promise<LoadedCheckpoint> {
    const damaged: string[] = [];
    for (const step of await this.#steps()) {
      const name = `checkpoint-${step}.json`;
      const read = await readCheckpoint(this.#fs, join(this.#directory, name));
      if (typeof read !== "string") {
        this.#open(step);
        const warnings = damaged.map((problem) => `${problem}; ${name} is used instead.`);
        return { checkpoint: read, warnings };
      }
      damaged.push(`The checkpoint ${name} cannot be used: ${read}`);
    }
    if (damaged.length > 0) {
      throw new HyperfuncError(
        "CHECKPOINT_MISMATCH",
        `No checkpoint in ${this.#directory} is intact. ${damaged.join(". ")}. Restore one from a copy, or start over with resume: "never".`,
        { details: { damaged } },
      );
    }
    this.#open(undefined);
    return { checkpoint: undefined, warnings: [] };
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    const { step } = checkpoint;
    this.#requireOpened();
    checkNextStep(step, this.#step);
    await this.#fs.mkdir(this.#directory, { recursive: true });
    // Leftovers newer than where this run resumed belong to a past that it has left.
    await this.#remove((other) => other !== undefined && other > (this.#step ?? -1));
    await writeCheckpoint(this.#fs, join(this.#directory, `checkpoint-${step}.json`), checkpoint);
    this.#step = step;
    this.#calls = this.#callsAfter(step);
    const oldest = (await this.#steps())[KEPT - 1] ?? 0;
    await this.#remove((other) => other === undefined || other < oldest);
  }

  async appendCall({ key, response }: CallRecord): Promise<void> {
    this.#requireOpened();
    await this.#calls.append(strictJson({ key, response }, "call"));
  }

  async calls(): Promise<readonly CallRecord[]> {
    this.#requireOpened();
    return (await this.#calls.read()) as CallRecord[];
  }

  async appendHistory({ step, entry }: HistoryRecord): Promise<void> {
    this.#requireOpened();
    const line = strictJson({ step, entry }, "history");
    const mark = this.#resumeMark;
    this.#resumeMark = undefined;
    try {
      await this.#history.append(mark === undefined ? line : `${JSON.stringify(mark)}\n${line}`);
    } catch (error) {
      this.#resumeMark ??= mark;
      throw error;
    }
  }

  async history(): Promise<readonly HistoryRecord[]> {
    this.#requireOpened();
    const lines = (await this.#history.read()) as (HistoryRecord | ResumeMark)[];
    if (this.#resumeMark !== undefined) lines.push(this.#resumeMark);
    let records: HistoryRecord[] = [];
    for (const line of lines) {
      if ("step" in line) records.push(line);
      else records = records.filter(({ step }) => step <= (line.resumedAfter ?? -1));
    }
    return records;
  }

  async clear(): Promise<void> {
    // Checkpoints first: should this be cut short, nothing is left that a later run would resume from.
    const names = (await this.#names()).filter((name) => OWN_FILE.test(name)).sort();
    for (const name of names) await this.#fs.rm(join(this.#directory, name), { force: true });
    this.#open(undefined);
  }

  #open(step: number | undefined): void {
    this.#opened = true;
    this.#step = step;
    this.#calls = this.#callsAfter(step);
    this.#resumeMark = { resumedAfter: step ?? null };
  }

  #requireOpened(): void {
    if (!this.#opened) throw notOpened();
  }

  #callsAfter(step: number | undefined): JsonLines {
    return new JsonLines(this.#fs, join(this.#directory, `calls-${step ?? "start"}.jsonl`));
  }

  async #names(): Promise<string[]> {
    try {
      return await this.#fs.readdir(this.#directory);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  /** Steps with a checkpoint, newest first. */
  async #steps(): Promise<number[]> {
    const steps = (await this.#names()).flatMap((name) => {
      const [, step] = CHECKPOINT.exec(name) ?? [];
      return step === undefined ? [] : [Number(step)];
    });
    return steps.sort((a, b) => b - a);
  }

  /** Removes checkpoints and calls of certain steps; calls before the first checkpoint have step undefined. */
  async #remove(unwanted: (step: number | undefined) => boolean): Promise<void> {
    for (const name of await this.#names()) {
      const [, step] = CHECKPOINT.exec(name) ?? CALLS.exec(name) ?? [];
      if (step === undefined || !unwanted(step === "start" ? undefined : Number(step))) continue;
      await this.#fs.rm(join(this.#directory, name), { force: true });
    }
  }
}
