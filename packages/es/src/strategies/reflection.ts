/** Folding at the ends of a range: what would leave it comes back by as much, like light between two mirrors. */

/**
 * `x` reflected into `[min, max]` as often as needed (a triangle wave); either end may be infinite.
 *
 * Values inside are returned as they are, bit for bit.
 */
export function reflect(x: number, min: number, max: number): number {
  if (x >= min && x <= max) return x;
  if (max === Infinity) return min + (min - x);
  if (min === -Infinity) return max - (x - max);
  const width = max - min;
  if (!(width > 0)) return min;
  const phase = (((x - min) % (2 * width)) + 2 * width) % (2 * width);
  const inside = phase <= width ? phase : 2 * width - phase;
  return Math.min(Math.max(min + inside, min), max);
}
