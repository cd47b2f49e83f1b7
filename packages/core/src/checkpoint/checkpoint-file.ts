/** One checkpoint as one file that knows whether it is whole. */
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import type { Checkpoint } from "./checkpoint-store.js";
import { readIfThere, syncDirectory, writeDurably, type FileSystem } from "./file-system.js";
import { strictJson } from "./strict-json.js";

/** A valid JSON file whose checksum is over the exact text that follows it. */
const LAYOUT = /^\{"sha256":"([0-9a-f]{64})","checkpoint":(.*)\}\n$/s;

/**
 * Replaces a file in one step: a crash leaves the old content or the new, never a mixture and never less.
 */
export async function writeCheckpoint(fs: FileSystem, path: string, checkpoint: Checkpoint): Promise<void> {
  const body = strictJson({ step: checkpoint.step, data: checkpoint.data }, "checkpoint");
  const temporary = `${path}.tmp`;
  await writeDurably(fs, temporary, `{"sha256":"${sha256(body)}","checkpoint":${body}}\n`, "w");
  await fs.rename(temporary, path);
  await syncDirectory(fs, dirname(path));
}

/** The checkpoint in a file, or what is wrong with it. */
export async function readCheckpoint(fs: FileSystem, path: string): Promise<Checkpoint | string> {
  const text = await readIfThere(fs, path);
  if (text === undefined) return "it is missing";
  const [, checksum, body] = LAYOUT.exec(text) ?? [];
  if (checksum === undefined || body === undefined) return "it is truncated or not a checkpoint";
  if (checksum !== sha256(body)) return "its checksum differs";
  return JSON.parse(body) as Checkpoint;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
