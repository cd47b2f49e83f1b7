import { invalidArgument } from "@hyperfunc/core";
import type { CachedAnswer, ModelCache } from "./model-cache.js";

/**
 * Answers in memory; beyond `maxEntries` (default 10,000) the one that was not used for longest goes.
 *
 * @throws INVALID_ARGUMENT unless `maxEntries` is a positive integer.
 * @example
 * import { memoryCache, withCache, wrapModel } from "@hyperfunc/llm";
 * import { scriptedModel } from "@hyperfunc/core/testing";
 * const model = wrapModel(scriptedModel(["Paris"]), [withCache(memoryCache())]);
 * const ask = () => model.generate({ messages: [{ role: "user", content: "Capital of France?" }] });
 * await ask();
 * console.log((await ask()).cached); // true
 */
export function memoryCache({ maxEntries = 10_000 }: { readonly maxEntries?: number } = {}): ModelCache {
  if (!(Number.isInteger(maxEntries) && maxEntries > 0)) {
    throw invalidArgument(`maxEntries must be a positive integer, got ${maxEntries}.`);
  }
  /** In order of use, the latest last. */
  const entries = new Map<string, CachedAnswer>();
  const put = (key: string, answer: CachedAnswer): void => {
    entries.delete(key);
    entries.set(key, answer);
  };
  return {
    get(key) {
      const answer = entries.get(key);
      if (answer !== undefined) put(key, answer);
      return answer;
    },
    set(key, answer) {
      put(key, answer);
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) break;
        entries.delete(oldest);
      }
    },
  };
}
