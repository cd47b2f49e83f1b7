/** Metrics: how outputs become one number to raise. */
import { HyperfuncError, invalidArgument, isHyperfuncError } from "../errors/hyperfunc-error.js";
import type { Example } from "./example.js";

/** Judges all outputs at once; higher is better. */
export type AggregateMetric<Output = unknown, Expected = unknown> = (
  outputs: Output[],
  expected: Expected[],
) => number | Promise<number>;

/** Judges each output by itself; the score is the mean. Callable like an aggregate metric. */
export interface PerExampleMetric<Input = unknown, Output = unknown, Expected = unknown> {
  (outputs: Output[], expected: Expected[]): number | Promise<number>;
  readonly perExample: (output: Output, expected: Expected, inputs: Input) => number | Promise<number>;
  /** Score of an example on which the program failed; default the lowest score seen in the same evaluation. */
  readonly worst?: number;
}

export interface ScoreResult {
  readonly score: number;
  /** What was wrong, in words; empty when nothing was. */
  readonly feedback: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** `"error"`: the judgement could not be made; such examples are missing, never scored. */
  readonly status: "ok" | "error";
}

/** One output, with what a scorer judges it by. */
export interface ScorerInput<Input = unknown, Output = unknown, Expected = unknown> {
  readonly output: Output;
  readonly expected: Expected;
  readonly inputs: Input;
  /** Tells repeated judgements of one output apart, so that no cache answers all of them alike. */
  readonly rollout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A judge of single outputs with feedback, usable as a metric. Scores lie in [0, 1]. */
export interface Scorer<Input = unknown, Output = unknown, Expected = unknown> {
  readonly name?: string;
  score(judged: ScorerInput<Input, Output, Expected>): ScoreResult | Promise<ScoreResult>;
}

/** Higher is better. */
export type Metric<Input = unknown, Output = unknown, Expected = unknown> =
  | AggregateMetric<Output, Expected>
  | PerExampleMetric<Input, Output, Expected>
  | Scorer<Input, Output, Expected>;

/**
 * Makes a metric from a judgement of single outputs, which paired tests, Pareto search and batching need.
 *
 * @example
 * import { perExample } from "@hyperfunc/core";
 * const exact = perExample((output: string, expected: string) => (output === expected ? 1 : 0), { worst: 0 });
 * console.log(await exact(["a", "b"], ["a", "c"])); // 0.5
 */
export function perExample<Output, Expected, Input = unknown>(
  judge: (output: Output, expected: Expected, inputs: Input) => number | Promise<number>,
  options: { readonly worst?: number } = {},
): PerExampleMetric<Input, Output, Expected> {
  const metric = async (outputs: Output[], expected: Expected[], inputs: Input[] = []): Promise<number> => {
    const scores = await Promise.all(
      outputs.map(async (output, index) =>
        judge(output, expected[index] as Expected, inputs[index] as Input),
      ),
    );
    return mean(scores);
  };
  const { worst } = options;
  if (worst !== undefined && !Number.isFinite(worst)) {
    throw invalidArgument(`worst must be a finite score, got ${worst}.`);
  }
  return Object.assign(metric, { perExample: judge }, options);
}

/** A metric as evaluation uses it. */
export interface Scoring {
  /** The metric as given; tensor engines look for a batched form on it. */
  readonly metric: unknown;
  /** No promise where the judgement is none, since there are thousands; it may throw. */
  readonly one: ((output: unknown, example: Example) => number | Promise<number>) | undefined;
  readonly all: (outputs: unknown[], examples: readonly Example[]) => Promise<number>;
  readonly worst: number | undefined;
}

export function toScoring(metric: Metric<never, never, never>): Scoring {
  const given: unknown = metric;
  if (isScorer(given)) {
    const one = async (output: unknown, { expected, inputs }: Example): Promise<number> =>
      scorerValue(given, await given.score({ output, expected, inputs }));
    return { metric, one, all: meanOf(one), worst: 0 };
  }
  if (typeof given !== "function") {
    throw new HyperfuncError("INVALID_METRIC", `A metric is a function or a scorer, got ${describe(given)}.`);
  }
  const judge: unknown = Reflect.get(given, "perExample");
  if (typeof judge === "function") {
    const one = (output: unknown, { expected, inputs }: Example): number | Promise<number> => {
      const score = (judge as PerExampleMetric["perExample"])(output, expected, inputs);
      return typeof score === "number" ? checkScore(score) : checkLater(score);
    };
    const worst: unknown = Reflect.get(given, "worst");
    return { metric, one, all: meanOf(one), worst: typeof worst === "number" ? worst : undefined };
  }
  const all = async (outputs: unknown[], examples: readonly Example[]): Promise<number> =>
    checkScore(
      await (given as AggregateMetric)(
        outputs,
        examples.map((entry) => entry.expected),
      ),
    );
  return { metric, one: undefined, all, worst: undefined };
}

function isScorer(metric: unknown): metric is Scorer {
  return typeof metric === "object" && metric !== null && typeof Reflect.get(metric, "score") === "function";
}

function scorerValue(scorer: Scorer, result: ScoreResult): number {
  if (result.status === "ok") return checkScore(result.score);
  throw new HyperfuncError(
    "INFRASTRUCTURE",
    `Scorer ${scorer.name ?? ""} could not judge: ${result.feedback}`,
    {
      infrastructure: true,
    },
  );
}

function meanOf(one: NonNullable<Scoring["one"]>): Scoring["all"] {
  return async (outputs, examples) => {
    const scores = await Promise.all(examples.map(async (entry, index) => one(outputs[index], entry)));
    return mean(scores);
  };
}

/** @throws INVALID_METRIC unless the score is a finite number. */
export function checkScore(score: unknown, who = "The metric"): number {
  if (typeof score === "number" && Number.isFinite(score)) return score;
  const remedy = typeof score === "number" ? "guard logarithms and divisions" : "return a number";
  throw new HyperfuncError("INVALID_METRIC", `${who} returned ${describe(score)}; ${remedy}.`);
}

async function checkLater(score: Promise<number>): Promise<number> {
  return checkScore(await score);
}

/** True when a metric gave NaN or an infinity: such a member is missing, while a non-number is a mistake. */
export function isNotFinite(error: unknown): boolean {
  return isHyperfuncError(error, "INVALID_METRIC") && /returned (NaN|-?Infinity)/.test(error.message);
}

function describe(value: unknown): string {
  return typeof value === "number"
    ? String(value)
    : `${value === null ? "null" : typeof value} ${String(value)}`;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
