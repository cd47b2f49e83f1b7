/**
 * Fitness shaping: what a generation's scores count for in its step.
 *
 * Ranks (Wierstra et al. 2014, "Natural evolution strategies"; centred as by Salimans et al. 2017) ignore the scale of
 * the metric and its outliers, z-scores keep the distances, "none" keeps the scale as well.
 */
import { HyperfuncError } from "@hyperfunc/core";

/**
 * - `"centered-rank"`: ranks spread evenly over [-0.5, 0.5]; ties share their average rank.
 * - `"z-score"`: mean 0, variance 1.
 * - `"none"`: mean 0 and nothing else; the step then scales with the metric.
 */
export type FitnessShaping = "centered-rank" | "z-score" | "none";

export interface ShapedFitness {
  /** One value per member, with mean 0 over the counted ones; 0 for a member that does not count. */
  readonly values: Float64Array;
  /** How many members count. */
  readonly valid: number;
}

/**
 * Shapes the fitness of a population, higher being better.
 *
 * A member without fitness (undefined, NaN, an infinity) does not count; with `antithetic` (the default) its partner
 * (members `2k` and `2k + 1` are partners) does not either. When all that count are equal, every value is 0.
 *
 * @throws INVALID_ARGUMENT for an unknown shaping or a fitness that is not a number.
 */
export function shapeFitness(
  fitness: ArrayLike<number | undefined>,
  shaping: FitnessShaping,
  { antithetic = true }: { readonly antithetic?: boolean } = {},
): ShapedFitness {
  checkShaping(shaping);
  const members = countedMembers(fitness, antithetic);
  const raw = Float64Array.from(members, (member) => fitness[member] ?? 0);
  const shaped = shapedValues(raw, shaping);
  const values = new Float64Array(fitness.length);
  members.forEach((member, index) => {
    values[member] = shaped[index] ?? 0;
  });
  return { values, valid: members.length };
}

/** @throws INVALID_ARGUMENT for an unknown name. */
export function checkShaping(shaping: FitnessShaping): void {
  if (["centered-rank", "z-score", "none"].includes(shaping)) return;
  throw new HyperfuncError(
    "INVALID_ARGUMENT",
    `Unknown fitness shaping "${String(shaping)}"; use "centered-rank", "z-score" or "none".`,
  );
}

/** Shaped values with variance 1 over the members that count; all zeros stay zeros. */
export function unitVariance({ values, valid }: ShapedFitness): Float64Array {
  return scaledToUnitVariance(values, valid);
}

function countedMembers(fitness: ArrayLike<number | undefined>, antithetic: boolean): number[] {
  const counts = Array.from(fitness, isScore);
  return counts.flatMap((valid, member) =>
    valid && (!antithetic || counts[member ^ 1] === true) ? [member] : [],
  );
}

function isScore(value: unknown, member: number): boolean {
  if (value === undefined) return false;
  if (typeof value === "number") return Number.isFinite(value);
  throw new HyperfuncError(
    "INVALID_ARGUMENT",
    `fitness[${member}] is ${describe(value)}; give a number, or undefined for a member that was not evaluated.`,
  );
}

function describe(value: unknown): string {
  return value instanceof Promise ? "a Promise (await it first)" : `${typeof value} ${String(value)}`;
}

function shapedValues(fitness: Float64Array, shaping: FitnessShaping): Float64Array {
  switch (shaping) {
    case "centered-rank":
      return centredRanks(fitness);
    case "z-score":
      return scaledToUnitVariance(centred(relative(fitness)), fitness.length);
    case "none":
      return centred(fitness);
  }
}

/** (rank - (n - 1) / 2) / (n - 1), in [-0.5, 0.5]; equal values share the average of the ranks they cover. */
function centredRanks(values: Float64Array): Float64Array {
  const last = values.length - 1;
  const order = Array.from(values.keys()).sort((left, right) => (values[left] ?? 0) - (values[right] ?? 0));
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < last && values[order[end + 1] ?? 0] === values[order[start] ?? 0]) end++;
    for (let place = start; place <= end; place++) {
      ranks[order[place] ?? 0] = last === 0 ? 0 : ((start + end) / 2 - last / 2) / last;
    }
    start = end + 1;
  }
  return ranks;
}

/** Deviations from the mean; exactly zero when all values are equal, which rounding in the mean would hide. */
function centred(values: Float64Array): Float64Array {
  if (values.every((value) => value === values[0])) return new Float64Array(values.length);
  // Dividing first keeps the sum of huge values finite.
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  return values.map((value) => value - mean);
}

/** In units of the largest magnitude, so that neither differences nor squares overflow or vanish. */
function relative(values: Float64Array): Float64Array {
  const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return largest === 0 ? values : values.map((value) => value / largest);
}

function scaledToUnitVariance(values: Float64Array, count: number): Float64Array {
  const scaled = relative(values);
  const spread = Math.sqrt(scaled.reduce((sum, value) => sum + value * value, 0) / count);
  return spread === 0 ? scaled : scaled.map((value) => value / spread);
}
