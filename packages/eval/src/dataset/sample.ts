import { createRng, invalidArgument } from "@hyperfunc/core";

/** The ids with the smallest draws, each drawn by itself: any order gives the same, and more ids hold the fewer. */
export function sampledIds(ids: readonly string[], count: number, seed: number): Set<string> {
  const rng = createRng(seed, "sample");
  const drawn = ids.map((id) => ({ id, draw: rng.fork(id).uniform() }));
  drawn.sort((a, b) => a.draw - b.draw || (a.id < b.id ? -1 : 1));
  return new Set(drawn.slice(0, count).map(({ id }) => id));
}

/** @throws INVALID_ARGUMENT unless it is a positive whole number. */
export function checkCount(count: number): void {
  if (Number.isSafeInteger(count) && count > 0) return;
  throw invalidArgument(`count must be a positive whole number, got ${String(count)}.`, { count });
}
