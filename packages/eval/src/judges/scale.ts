import { invalidArgument } from "@hyperfunc/core";

/** The worst and the best raw score that a judge may give. */
export type Scale = readonly [worst: number, best: number];

/** @throws INVALID_ARGUMENT unless the scale goes up. */
export function checkScale(scale: Scale): Scale {
  const [low, high] = scale;
  if (low < high && Number.isFinite(high - low)) return scale;
  throw invalidArgument(
    `A scale must go from a lower to a higher number, got [${low}, ${high}]; for example [1, 5].`,
  );
}

/** 0 for the worst score, 1 for the best. */
export function normalised(raw: number, [low, high]: Scale): number {
  return (raw - low) / (high - low);
}
