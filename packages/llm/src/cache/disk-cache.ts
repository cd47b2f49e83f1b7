/** Answers on disk: a file each, so that opening reads nothing and processes share without a lock. */
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { invalidArgument } from "@hyperfunc/core";
import { z } from "zod";
import { memoryCache } from "./memory-cache.js";
import type { CachedAnswer, ModelCache } from "./model-cache.js";

export interface DiskCacheOptions {
  /** Answers kept in memory, too. Default 10,000. */
  readonly maxEntriesInMemory?: number | undefined;
}

const count = z.number().int().nonnegative();
const Entry = z.object({
  content: z.string(),
  usage: z.object({ inputTokens: count, outputTokens: count, totalTokens: count }).loose(),
  finishReason: z.enum(["stop", "length", "tool-calls", "content-filter", "other"]),
  model: z.string(),
  toolCalls: z.array(z.object({ id: z.string(), name: z.string(), arguments: z.string() })).optional(),
});

/**
 * Answers in files under `directory`, which is made if needed and may be deleted at any time; nothing in it expires.
 *
 * An entry appears at once and whole, whoever reads meanwhile. One that cannot be read counts as missing; one that cannot
 * be written is lost with a warning, because the answer itself is worth more.
 *
 * @throws the system's error when the directory cannot be made.
 */
export function diskCache(directory: string, { maxEntriesInMemory }: DiskCacheOptions = {}): ModelCache {
  mkdirSync(directory, { recursive: true });
  const memory = memoryCache(maxEntriesInMemory === undefined ? {} : { maxEntries: maxEntriesInMemory });
  let warned = false;
  const warn = (what: string, error: unknown): void => {
    if (!warned)
      process.emitWarning(`The cache ${directory} cannot be ${what}: ${String(error)}`, "HyperfuncWarning");
    warned = true;
  };
  // 4,096 folders: a million entries are some 250 in each.
  const fileOf = (key: string): string => {
    if (!/^[\w-]{4,}$/.test(key))
      throw invalidArgument(`A cache key has letters and digits alone, got ${key}.`);
    return join(directory, key.slice(0, 3), `${key.slice(3)}.json`);
  };

  return {
    async get(key) {
      const known = await memory.get(key);
      if (known !== undefined) return known;
      const text = await readFile(fileOf(key), "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") warn("read", error);
      });
      const answer = text === undefined ? undefined : parsed(text);
      if (answer !== undefined) await memory.set(key, answer);
      return answer;
    },
    async set(key, answer) {
      const file = fileOf(key);
      await memory.set(key, answer);
      try {
        await write(file, JSON.stringify(answer));
      } catch (error) {
        warn("written", error);
      }
    },
  };
}

function parsed(text: string): CachedAnswer | undefined {
  try {
    return Entry.parse(JSON.parse(text));
  } catch {
    return undefined; // written by something else, or damaged: the next answer replaces it
  }
}

async function write(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}.tmp`;
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(draft, text);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
