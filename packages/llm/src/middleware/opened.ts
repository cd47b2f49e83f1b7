import type { ModelChunk } from "@hyperfunc/core";

/**
 * Waits for the first piece of an answer, and gives all of it.
 *
 * Until then nothing has reached the caller, so a failure can still be mended by another attempt.
 */
export async function opened(chunks: AsyncIterable<ModelChunk>): Promise<AsyncIterable<ModelChunk>> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  return (async function* () {
    try {
      for (let next = first; next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  })();
}
