/** Timing within one process: a warm-up, then interleaved rounds, so that a drifting machine moves all figures alike. */

export interface Timing {
  readonly best: number;
  readonly median: number;
  /** Milliseconds of every round. */
  readonly rounds: readonly number[];
}

/** A ratio taken round by round. */
export interface Ratio {
  readonly median: number;
  /** A tenth of the rounds lie below `low`, a tenth above `high`. */
  readonly low: number;
  readonly high: number;
}

/** Milliseconds of each task; all are run in turn, round after round, for about `ms` milliseconds in all. */
export async function timeTogether<Name extends string>(
  tasks: Readonly<Record<Name, () => Promise<unknown>>>,
  ms = 4000,
): Promise<Record<Name, Timing>> {
  const names = Object.keys(tasks) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  // The engine optimises what has run often: a third of the time goes before the clock counts.
  const start = performance.now();
  do for (const name of names) await tasks[name]();
  while (performance.now() < start + ms / 3);
  const end = start + ms;
  for (let round = 0; round < 3 || performance.now() < end; round++) {
    for (const name of names) {
      const start = performance.now();
      await tasks[name]();
      times.get(name)?.push(performance.now() - start);
    }
  }
  return Object.fromEntries(names.map((name) => [name, timing(times.get(name) ?? [])])) as Record<
    Name,
    Timing
  >;
}

export function timing(rounds: readonly number[]): Timing {
  return { best: quantile(rounds, 0), median: quantile(rounds, 0.5), rounds };
}

/** `a / b` of rounds that were run side by side. */
export function ratio(a: Timing, b: Timing): Ratio {
  const ratios = a.rounds.map((value, round) => value / (b.rounds[round] ?? NaN));
  return { median: quantile(ratios, 0.5), low: quantile(ratios, 0.1), high: quantile(ratios, 0.9) };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
