import { withTimeout, type TimeoutOptions } from "@hyperfunc/core";

/** The pieces of a stream, each of which has to come in time. */
export async function* withinTime<Piece>(
  pieces: AsyncIterable<Piece>,
  time: TimeoutOptions,
): AsyncGenerator<Piece> {
  const iterator = pieces[Symbol.asyncIterator]();
  for (;;) {
    const next = await withTimeout(() => iterator.next(), time);
    if (next.done === true) return;
    yield next.value;
  }
}
