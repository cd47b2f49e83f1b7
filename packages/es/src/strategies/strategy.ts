/**
 * An evolution strategy over a list of leaves: antithetic Gaussian search directions (Salimans et al. 2017,
 * arXiv:1703.03864), low-rank for matrices (EGGROLL, Sarkar et al. 2025, arXiv:2511.16652), with fitness shaping and
 * step rule injected.
 *
 * All state is in `StrategyState`; `ask` and `tell` are pure functions of it, and the same state always gives the same
 * population. Nothing here evaluates anything.
 */
import { HyperfuncError } from "@hyperfunc/core";
import { searchGradient } from "./gradient.js";
import { checkLeaf, drawCount, leafSize, type Pairing, type StrategyLeaf, type Values } from "./leaf.js";
import { drawNoise } from "./noise.js";
import { reflected, type LeafSearch } from "./perturbation.js";
import { checkSchedule, scheduleAt, type Schedule } from "./schedule.js";
import { checkShaping, shapeFitness, unitVariance, type FitnessShaping } from "./shaping.js";
import { stepRule, type StepRuleOptions } from "./step.js";
import type { StepState } from "./step-rule.js";
import { zip } from "./zip.js";

export interface StrategyOptions extends Pairing {
  /** Standard deviation of the noise; a leaf may have its own. */
  readonly sigma: Schedule;
  /** What it measures depends on the step rule, see `StepRuleOptions`; a leaf may have its own. */
  readonly lr: Schedule;
  readonly seed: number;
  readonly fitness: FitnessShaping;
  readonly step: StepRuleOptions;
  /** Decoupled (Loshchilov and Hutter 2019): every step shrinks decaying leaves by this share of the learning rate. */
  readonly weightDecay: number;
}

export interface StrategyState {
  /** Steps taken so far. */
  readonly generation: number;
  /** One array per leaf; float64 for scalars that need it. Never written to. */
  readonly means: readonly Values[];
  readonly step: StepState;
}

/** The search directions of one generation, one entry per leaf. */
export type Generation = readonly LeafSearch[];

interface Told {
  /** The next generation, or the same state when too few members counted for a step. */
  readonly state: StrategyState;
  /** Members that counted. */
  readonly valid: number;
  /** False when fewer than half of the members counted: the generation is to be evaluated again. */
  readonly applied: boolean;
}

export interface EvolutionStrategy extends Pairing {
  readonly leaves: readonly StrategyLeaf[];
  /** Slots of moments that the step rule keeps. */
  readonly slots: number;
  /** The state at generation 0. @throws SHAPE_MISMATCH, INVALID_ARGUMENT. */
  init(means: readonly Values[]): StrategyState;
  ask(state: StrategyState): Generation;
  /** @throws INVALID_ARGUMENT for a wrong number of scores; INVALID_STATE when the step would not be finite. */
  tell(state: StrategyState, generation: Generation, fitness: ArrayLike<number | undefined>): Told;
}

/**
 * The strategy for some leaves, as pure functions (init, ask, tell) that maximise fitness.
 *
 * `EggrollES` is the convenient form; this one is for optimizers that keep state and evaluate in their own way.
 *
 * @throws INVALID_ARGUMENT naming the option and the remedy.
 * @example
 * ```ts
 * import { evolutionStrategy, memberBatch } from "@hyperfunc/es";
 * const strategy = evolutionStrategy([{ path: "x", shape: [2], noiseRank: undefined }], {
 *   popSize: 8, sigma: 0.1, lr: 0.1, seed: 0, antithetic: true, fitness: "centered-rank", step: "sgd", weightDecay: 0,
 * });
 * let state = strategy.init([Float32Array.of(3, 4)]);
 * const generation = strategy.ask(state);
 * const [x] = generation.map((search) => memberBatch(search, strategy)); // dense, values [8, 2]
 * const fitness = Array.from({ length: 8 }, (_, k) => (x?.kind === "dense" ? -(x.values[2 * k] ?? 0) : 0));
 * state = strategy.tell(state, generation, fitness).state;
 * console.log((state.means[0]?.[0] ?? 0) < 3);
 * ```
 * Output:
 * ```text
 * true
 * ```
 */
export function evolutionStrategy(
  leaves: readonly StrategyLeaf[],
  options: StrategyOptions,
): EvolutionStrategy {
  checkOptions(leaves, options);
  const { popSize, antithetic } = options;
  const rule = stepRule(options.step);
  const sizes = leaves.map(leafSize);
  return {
    leaves,
    popSize,
    antithetic,
    slots: rule.slots,

    init(means) {
      checkMeans(leaves, means);
      return { generation: 0, means, step: rule.init(sizes) };
    },

    ask({ generation, means }) {
      return zip(leaves, means).map(([leaf, mean]) => {
        const sigma = Math.max(scheduleAt(leaf.sigma ?? options.sigma, generation), leaf.minSigma ?? 0);
        const noise = drawNoise(leaf, drawCount(options), options.seed, generation);
        return reflected({ leaf, mean, sigma, noise }, options);
      });
    },

    tell(state, generation, fitness) {
      if (fitness.length !== popSize) {
        throw new HyperfuncError(
          "INVALID_ARGUMENT",
          `tell() takes one fitness per member, ${popSize} of them, got ${fitness.length}; ` +
            `give undefined for members that were not evaluated.`,
        );
      }
      const shaped = shapeFitness(fitness, options.fitness, options);
      if (shaped.valid * 2 < popSize || shaped.valid === 0)
        return { state, valid: shaped.valid, applied: false };
      const scores = options.fitness === "none" ? shaped.values : unitVariance(shaped);
      const gradient = generation.map((search) => {
        // Unshaped fitness differs between members by sigma times the metric's slope; dividing leaves the slope.
        const unit = options.fitness === "none" ? search.sigma : 1;
        return searchGradient(search, scores, 1 / (shaped.valid * unit), options);
      });
      const { direction, state: step } = rule.update(gradient, state.step);
      const means = zip(generation, direction).map(([search, towards]) => {
        const lr = scheduleAt(search.leaf.lr ?? options.lr, state.generation);
        return moved(search, towards, lr, options.weightDecay);
      });
      checkFinite(leaves, [means, ...step.moments], state.generation);
      return { state: { generation: state.generation + 1, means, step }, valid: shaped.valid, applied: true };
    },
  };
}

/** mean + lr * (direction - weightDecay * mean), kept within the leaf's bounds. */
function moved({ leaf, mean }: LeafSearch, direction: Float32Array, lr: number, weightDecay: number): Values {
  const keep = 1 - ((leaf.decay ?? leaf.shape.length > 0) ? lr * weightDecay : 0);
  const next = mean.slice();
  for (let i = 0; i < next.length; i++) next[i] = keep * (next[i] ?? 0) + lr * (direction[i] ?? 0);
  if (leaf.bounds === undefined) return next;
  const [min, max] = leaf.bounds;
  return next.map((value: number) => Math.min(Math.max(value, min), max));
}

function checkFinite(
  leaves: readonly StrategyLeaf[],
  arrays: readonly (readonly Values[])[],
  generation: number,
): void {
  for (const values of arrays) {
    const broken = zip(leaves, values).find(([, leaf]) => !allFinite(leaf));
    if (broken === undefined) continue;
    throw new HyperfuncError(
      "INVALID_STATE",
      `The step of generation ${generation} would make "${broken[0].path}" infinite, so it was not taken; ` +
        `lower lr, or use fitness "centered-rank", which ignores the size of the scores.`,
    );
  }
}

/** A difference of equal numbers is 0, except of infinities and NaN; one sum is faster than a test per number. */
function allFinite(values: Values): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    sum += value - value;
  }
  return sum === 0;
}

function checkOptions(leaves: readonly StrategyLeaf[], options: StrategyOptions): void {
  const { popSize, antithetic, sigma, lr, seed, weightDecay } = options;
  const refuse = (message: string): never => {
    throw new HyperfuncError("INVALID_ARGUMENT", message);
  };
  if (leaves.length === 0) refuse("There is nothing to search: give at least one parameter.");
  const paths = new Set(leaves.map((leaf) => leaf.path));
  if (paths.size < leaves.length)
    refuse(`Paths must be unique, got ${leaves.map((leaf) => leaf.path).join(", ")}.`);
  leaves.forEach(checkLeaf);
  if (!Number.isInteger(popSize) || popSize < 2)
    refuse(`popSize must be an integer of at least 2, got ${popSize}.`);
  if (antithetic && popSize % 2 === 1) {
    refuse(
      `popSize must be even with antithetic sampling, got ${popSize}; use ${popSize + 1}, or set antithetic to false.`,
    );
  }
  checkSchedule("sigma", sigma, "positive");
  checkSchedule("lr", lr, "zero");
  checkShaping(options.fitness);
  if (!Number.isFinite(seed)) refuse(`seed must be a finite number, got ${seed}.`);
  if (!(weightDecay >= 0 && Number.isFinite(weightDecay))) {
    refuse(`weightDecay must be zero or a positive number, got ${weightDecay}.`);
  }
}

function checkMeans(leaves: readonly StrategyLeaf[], means: readonly Values[]): void {
  leaves.forEach((leaf, index) => {
    const mean = means[index];
    if (mean?.length !== leafSize(leaf)) {
      throw new HyperfuncError(
        "SHAPE_MISMATCH",
        `"${leaf.path}" of shape [${leaf.shape.join(", ")}] takes ${leafSize(leaf)} numbers, got ${mean?.length ?? 0}.`,
      );
    }
    const bad = mean.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new HyperfuncError(
        "INVALID_ARGUMENT",
        `"${leaf.path}"[${bad}] is ${mean[bad]}, not a finite number.`,
      );
    }
  });
}
