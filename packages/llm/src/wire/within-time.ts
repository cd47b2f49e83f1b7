import { invalidArgument, withTimeout, type TimeoutOptions } from "@hyperfunc/core";

const TIMEOUT_MS = 120_000;

/** Milliseconds until a call counts as lost, as given or by default. @throws INVALID_ARGUMENT for what is no time. */
export function checkedTimeout(timeoutMs = TIMEOUT_MS): number {
  if (timeoutMs > 0 && timeoutMs < Infinity) return timeoutMs;
  throw invalidArgument(`timeoutMs must be positive milliseconds, got ${timeoutMs}.`);
}

/** The pieces of a stream, each of which has to come in time; one that is given up is ended. */
export async function* withinTime<Piece>(
  pieces: AsyncIterable<Piece>,
  time: TimeoutOptions,
): AsyncGenerator<Piece> {
  const iterator = pieces[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await withTimeout(() => iterator.next(), time);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Not waited for: a stream that is late may be so here, too.
    void (async () => iterator.return?.())().catch(() => undefined);
  }
}
