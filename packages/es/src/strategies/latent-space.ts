/**
 * The coordinates in which scalars and choices are searched, so that one sigma fits all of them.
 *
 * - A number between two bounds: its share of the range, 0 to 1; with `scale: "log"`, its share of the orders of
 *   magnitude.
 * - A number with an open side: natural units; with `scale: "log"` natural logarithms, one unit being a factor of e.
 * - An integer: like a number, rounded at random with one draw per antithetic pair, so that it follows the latent value
 *   on average and noise below half a unit still moves some pairs.
 * - A choice: one score per choice, the highest wins. Scores stay in [0, 0.4], so that a choice that lost early remains
 *   within reach; the current one starts 0.2 above the others, which noise of 0.1 to 0.3 overcomes often.
 *
 * What leaves a range is reflected into it, and noise too weak to move an integer or a choice is raised (`minSigma`).
 */
import {
  createRng,
  HyperfuncError,
  type ChoiceField,
  type LeafBatch,
  type ScalarField,
} from "@hyperfunc/core";
import { drawOf, type Pairing, type StrategyLeaf } from "./leaf.js";
import { reflect } from "./reflection.js";

/** A field that is searched in latent coordinates. */
export type LatentField = ScalarField | ChoiceField;

const SCORES = { min: 0, max: 0.4, chosen: 0.3, other: 0.1 } as const;
const CHOICE_MIN_SIGMA = 0.1;
/** In natural units: two pairs in five then see different integers. */
const INTEGER_MIN_SIGMA = 0.25;
const NEAREST = 0.5;

/** The leaf that an evolution strategy searches for a field. Its mean is float64, from `fromNatural`. */
export function latentLeaf(path: string, field: LatentField): StrategyLeaf {
  const common = { path, noiseRank: undefined, decay: false } as const;
  if (field.kind === "choice") {
    return {
      ...common,
      shape: [field.choices.length],
      bounds: [SCORES.min, SCORES.max],
      minSigma: CHOICE_MIN_SIGMA,
    };
  }
  const { min, max } = axis(field);
  const minSigma = field.integer ? INTEGER_MIN_SIGMA * unitLength(field) : 0;
  return { ...common, shape: [], bounds: [min, max], minSigma };
}

/**
 * Latent coordinates of a natural value: one number for a scalar, one score per choice for a choice's index.
 *
 * @throws INVALID_ARGUMENT for a value outside the field's range.
 */
export function fromNatural(field: LatentField, value: number): Float64Array {
  const known =
    field.kind === "choice" ? field.choices[value] !== undefined : value >= field.min && value <= field.max;
  if (!known || !Number.isFinite(value)) {
    const [low, high] = field.kind === "choice" ? [0, field.choices.length - 1] : [field.min, field.max];
    throw new HyperfuncError("INVALID_ARGUMENT", `"${field.name}" is ${value}, outside [${low}, ${high}].`);
  }
  if (field.kind === "choice") {
    return Float64Array.from(field.choices, (_, choice) => (choice === value ? SCORES.chosen : SCORES.other));
  }
  const { origin, width } = axis(field);
  return Float64Array.of((stretch(field, value) - origin) / width);
}

/**
 * The natural value at latent coordinates: a number within the field's range, or the index of the winning choice.
 *
 * `rounding`, in [0, 1), is added to an integer before it is rounded down: 0.5, the default, gives the nearest one, a
 * uniform draw gives the latent value on average.
 */
export function toNatural(field: LatentField, latent: ArrayLike<number>, rounding = NEAREST): number {
  if (field.kind === "choice") return highest(latent);
  const { origin, width, min, max } = axis(field);
  const along = origin + reflect(latent[0] ?? 0, min, max) * width;
  const value = within(field.scale === "log" ? Math.exp(along) : along, field.min, field.max);
  return field.integer
    ? within(Math.floor(value + rounding), Math.ceil(field.min), Math.floor(field.max))
    : value;
}

/**
 * Natural values `[members, 1]` of a field from the latent batch of its leaf; integers are rounded with one draw per
 * antithetic pair, keyed by (seed, generation, pair, path).
 */
export function naturalBatch(
  path: string,
  field: LatentField,
  latent: LeafBatch,
  at: Pairing & { readonly seed: number; readonly generation: number },
): LeafBatch {
  if (latent.kind !== "dense") {
    throw new HyperfuncError(
      "INVALID_ARGUMENT",
      `The latent values of "${path}" must be dense, got factors.`,
    );
  }
  const { values } = latent;
  const width = values.length / at.popSize;
  const rounding = field.kind === "scalar" && field.integer;
  const natural = Float64Array.from({ length: at.popSize }, (_, member) => {
    const own = values.subarray(member * width, (member + 1) * width);
    return toNatural(field, own, rounding ? roundingDraw(path, drawOf(member, at), at) : NEAREST);
  });
  return { kind: "dense", values: natural };
}

function roundingDraw(
  path: string,
  draw: number,
  { seed, generation }: { readonly seed: number; readonly generation: number },
): number {
  return createRng(seed, "rounding", path, generation, draw).uniform();
}

/** How latent coordinates lie on the (stretched) number line: value = origin + latent * width, for min <= latent <= max. */
function axis(field: ScalarField): { origin: number; width: number; min: number; max: number } {
  const low = stretch(field, field.min);
  const high = stretch(field, field.max);
  const bounded = Number.isFinite(high - low);
  return bounded
    ? { origin: low, width: high - low, min: 0, max: 1 }
    : { origin: 0, width: 1, min: low, max: high };
}

function stretch(field: ScalarField, value: number): number {
  return field.scale === "log" ? Math.log(value) : value;
}

/** Latent length of one natural unit, at the default for a log scale. */
function unitLength(field: ScalarField): number {
  const { width } = axis(field);
  return field.scale === "log" ? 1 / (field.default * width) : 1 / width;
}

function highest(scores: ArrayLike<number>): number {
  let best = 0;
  for (let choice = 1; choice < scores.length; choice++) {
    if ((scores[choice] ?? 0) > (scores[best] ?? 0)) best = choice;
  }
  return best;
}

function within(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
