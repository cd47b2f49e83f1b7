/** How near two numbers are, from 0 to 1. */

/**
 * Where a score reaches 0. `"expected"`: at a distance of |expected| + 1. `"symmetric"`: of |expected| + |output|. A
 * number: at that distance.
 */
export type DistanceScale = "expected" | "symmetric" | number;

/** 1 − |output − expected| / scale, at least 0. Infinities are near themselves only. */
export function numberSimilarity(output: number, expected: number, scale: DistanceScale): number {
  if (output === expected) return 1;
  if (!Number.isFinite(output) || !Number.isFinite(expected)) return 0;
  // Differences and sums of the largest numbers overflow, the quotient does not.
  const unit = Math.max(Math.abs(output), Math.abs(expected)) > 1e300 ? 2 ** -10 : 1;
  const [o, e] = [output * unit, expected * unit];
  const reach =
    typeof scale === "number"
      ? scale * unit
      : scale === "symmetric"
        ? Math.abs(e) + Math.abs(o)
        : Math.abs(e) + unit;
  return Math.max(0, 1 - Math.abs(o - e) / reach);
}
