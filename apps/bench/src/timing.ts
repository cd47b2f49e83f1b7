/** Timing within one process: a warm-up, then interleaved rounds, so that a drifting machine moves all figures alike. */

export interface Timing {
  readonly best: number;
  readonly median: number;
}

/** Milliseconds of each task; all are run in turn, round after round, for about `ms` milliseconds in all. */
export async function timeTogether<Name extends string>(
  tasks: Readonly<Record<Name, () => Promise<unknown>>>,
  ms = 4000,
): Promise<Record<Name, Timing>> {
  const names = Object.keys(tasks) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (const name of names) await tasks[name]();
  const end = performance.now() + ms;
  for (let round = 0; round < 3 || performance.now() < end; round++) {
    for (const name of names) {
      const start = performance.now();
      await tasks[name]();
      times.get(name)?.push(performance.now() - start);
    }
  }
  const entries = names.map((name) => {
    const sorted = (times.get(name) ?? []).sort((a, b) => a - b);
    return [name, { best: sorted[0] ?? NaN, median: sorted[sorted.length >> 1] ?? NaN }] as const;
  });
  return Object.fromEntries(entries) as Record<Name, Timing>;
}
