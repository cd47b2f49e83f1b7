/** Waits for all, so that nothing goes on in the background, then throws the first error if there was one. */
export async function allOrFirstError<T>(work: readonly (T | Promise<T>)[]): Promise<T[]> {
  return valuesOf(await allSettled(work));
}

/** What became of each, in order. */
export function allSettled<T>(work: readonly (T | Promise<T>)[]): Promise<PromiseSettledResult<T>[]> {
  return Promise.allSettled<T>(work);
}

/** The same for work that is started here, `atOnce` at a time with a pause in between. */
export async function startAll<T>(
  count: number,
  atOnce: number,
  pause: () => Promise<void>,
  start: (index: number) => Promise<T>,
): Promise<T[]> {
  const groups: Promise<PromiseSettledResult<T>[]>[] = [];
  for (let from = 0; from < count; from += atOnce) {
    if (from > 0) await pause();
    const size = Math.min(atOnce, count - from);
    groups.push(Promise.allSettled(Array.from({ length: size }, (_, offset) => start(from + offset))));
  }
  return valuesOf((await Promise.all(groups)).flat());
}

function valuesOf<T>(settled: readonly PromiseSettledResult<T>[]): T[] {
  return settled.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}
