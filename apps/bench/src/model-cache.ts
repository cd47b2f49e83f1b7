/**
 * What answers from a cache cost: a hit in memory, and opening a cache on disk and finding one answer, by its size.
 *
 *   node --conditions=@hyperfunc/source scripts/run.mjs apps/bench/src/model-cache.ts [--entries 1000000]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { LanguageModel, ModelRequest } from "@hyperfunc/core";
import { scriptedModel } from "@hyperfunc/core/testing";
import { diskCache, withCache, wrapModel } from "@hyperfunc/llm";

const { values } = parseArgs({ options: { entries: { type: "string", default: "1000000" } } });
const SMALL = 10;
const WRITERS = 64;

const messages = [{ role: "user" as const, content: "A question of four hundred words. ".repeat(70) }];
const request = (rollout: number): ModelRequest => ({ messages, temperature: 0.7, rollout });
const model = (folder: string): LanguageModel =>
  wrapModel(
    scriptedModel(() => "An answer of a few words."),
    [withCache(diskCache(folder))],
  );

async function fill(folder: string, entries: number): Promise<void> {
  const cached = model(folder);
  let next = 0;
  const write = async (): Promise<void> => {
    while (next < entries) {
      const rollout = next++;
      await cached.generate(request(rollout));
      if (rollout % 100_000 === 0 && rollout > 0) console.log(`${rollout} entries written`);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(times: readonly number[]): string {
  return ([...times].sort((a, b) => a - b)[times.length >> 1] ?? NaN).toFixed(3);
}

const folder = await mkdtemp(join(tmpdir(), "hyperfunc-cache-"));
try {
  for (const entries of [SMALL, Number(values.entries)]) {
    const own = join(folder, String(entries));
    await fill(own, entries);
    // A new cache each time, so that nothing is in its memory.
    const opened: number[] = [];
    for (let time = 0; time < 50; time++) {
      opened.push(await milliseconds(() => model(own).generate(request(time % SMALL))));
    }
    const cached = model(own);
    const hits: number[] = [];
    for (let time = 0; time < 1000; time++) hits.push(await milliseconds(() => cached.generate(request(0))));
    console.log(
      `${entries} entries: opening and the first answer ${median(opened)} ms, an answer from memory ${median(hits)} ms`,
    );
  }
} finally {
  await rm(folder, { recursive: true });
}
