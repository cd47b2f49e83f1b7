/** The few file operations that durable storage needs, replaceable for fault injection. */
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";

/** A subset of `node:fs/promises`. */
export interface FileSystem {
  mkdir(path: string, options: { readonly recursive: true }): Promise<unknown>;
  open(path: string, flags: "r" | "w" | "a"): Promise<FileHandle>;
  readdir(path: string): Promise<string[]>;
  readFile(path: string, encoding: "utf8"): Promise<string>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { readonly force: true }): Promise<void>;
}

interface FileHandle {
  writeFile(text: string, encoding: "utf8"): Promise<void>;
  /** Returns when the content has reached the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export const nodeFileSystem: FileSystem = { mkdir, open, readdir, readFile, rename, rm };

/** The content of a file; undefined when there is none. */
export async function readIfThere(fs: FileSystem, path: string): Promise<string | undefined> {
  try {
    return await fs.readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** True for the error that says that a file or directory does not exist. */
export function isMissing(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";
}

/** Writes to the end of a file, or a new file, and returns when it is on the disk. */
export async function writeDurably(
  fs: FileSystem,
  path: string,
  text: string,
  flags: "w" | "a",
): Promise<void> {
  const file = await fs.open(path, flags);
  try {
    await file.writeFile(text, "utf8");
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Puts names into a directory durably: without this a crash can undo a rename or a creation. */
export async function syncDirectory(fs: FileSystem, path: string): Promise<void> {
  let directory: FileHandle;
  try {
    directory = await fs.open(path, "r");
  } catch {
    // Windows cannot open directories; its renames are durable without.
    return;
  }
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
