import { invalidArgument, type ScorerInput, type Scorer, type ScoreResult } from "@hyperfunc/core";
import { withDefaults } from "./options.js";
import { scored, unjudged } from "./result.js";
import { shownValue } from "./shown.js";

export type WeightedScorer<Input = unknown, Output = unknown, Expected = unknown> = readonly [
  scorer: Scorer<Input, Output, Expected>,
  weight: number,
];

export interface CompositeScorerOptions {
  /** Joins the feedback of the parts, each behind its name. Default true; without it the feedback is empty. */
  readonly combineFeedback?: boolean;
}

/** What one part said, in `details.individualScores`. */
export interface IndividualScore extends ScoreResult {
  readonly name: string;
  readonly weight: number;
}

/**
 * The weighted mean of other scorers: Σ w·s / Σ w.
 *
 * Parts that are asynchronous, such as judges, run at the same time, and the result is a promise if any part's is.
 * When a part could not judge, the whole is an error that names it; what a part throws is thrown, after the others have
 * settled.
 *
 * @throws INVALID_ARGUMENT for an empty list, and for weights that are negative, not finite or 0 in sum.
 * @example
 * import { CompositeScorer, ContainsMatch, ExactMatch } from "@hyperfunc/eval";
 * const scorer = new CompositeScorer([
 *   [new ExactMatch(), 1],
 *   [new ContainsMatch(), 3],
 * ]);
 * const { score, feedback } = await scorer.score({ output: "It is 42", expected: "42", inputs: {} });
 * console.log(score, feedback); // 0.75 [ExactMatch] Expected '42' but got 'It is 42'
 */
export class CompositeScorer<Input = unknown, Output = unknown, Expected = unknown> implements Scorer<
  Input,
  Output,
  Expected
> {
  readonly name = "CompositeScorer";
  readonly options: Readonly<Required<CompositeScorerOptions>>;
  readonly scorers: readonly WeightedScorer<Input, Output, Expected>[];

  constructor(
    scorers: readonly WeightedScorer<Input, Output, Expected>[],
    options: CompositeScorerOptions = {},
  ) {
    this.options = withDefaults(this.name, { combineFeedback: true }, options);
    requireWeighted(this.name, scorers);
    this.scorers = scorers.map(([scorer, weight]) => Object.freeze([scorer, weight] as const));
  }

  score(judged: ScorerInput<Input, Output, Expected>): ScoreResult | Promise<ScoreResult> {
    const results = this.scorers.map(([scorer]) => attempt(scorer, judged));
    return results.some(isPromise) ? this.#later(results) : this.#combine(results as ScoreResult[]);
  }

  async #later(results: readonly (ScoreResult | Promise<ScoreResult>)[]): Promise<ScoreResult> {
    const settled = await Promise.allSettled(results.map(async (result) => result));
    return this.#combine(
      settled.map((part) => {
        if (part.status === "rejected") throw part.reason;
        return part.value;
      }),
    );
  }

  #combine(results: readonly ScoreResult[]): ScoreResult {
    const parts = results.map((result, index): IndividualScore => {
      const [scorer, weight] = this.scorers[index] as WeightedScorer<Input, Output, Expected>;
      return { ...checked(result), name: scorer.name ?? `scorer ${index + 1}`, weight };
    });
    const details = { individualScores: parts };
    const errors = parts.filter(({ status }) => status === "error");
    if (errors.length > 0) {
      return unjudged(errors.map(({ name, feedback }) => `[${name}] ${feedback}`).join(" | "), details);
    }
    const total = parts.reduce((sum, { weight }) => sum + weight, 0);
    const score = parts.reduce((sum, part) => sum + part.weight * part.score, 0) / total;
    const told = parts.filter(({ feedback }) => feedback !== "");
    const feedback = told.map((part) => `[${part.name}] ${part.feedback}`).join(" | ");
    return scored(score, this.options.combineFeedback ? feedback : "", details);
  }
}

/** A promise also for what a scorer throws, so that no other part's rejection goes unhandled. */
function attempt<Input, Output, Expected>(
  scorer: Scorer<Input, Output, Expected>,
  judged: ScorerInput<Input, Output, Expected>,
): ScoreResult | Promise<ScoreResult> {
  try {
    return scorer.score(judged);
  } catch (error) {
    return Promise.reject(error);
  }
}

function isPromise(result: unknown): result is Promise<ScoreResult> {
  return typeof result === "object" && result !== null && typeof Reflect.get(result, "then") === "function";
}

/** A part's result, or an error where a scorer of someone else's gave none. */
function checked(result: ScoreResult | undefined): ScoreResult {
  const { score, status } = result ?? {};
  if (status === "error") return result as ScoreResult;
  if (typeof score === "number" && score >= 0 && score <= 1) return result as ScoreResult;
  return unjudged(`gave the score ${shownValue(score)}, which is not between 0 and 1`);
}

function requireWeighted(who: string, scorers: unknown): void {
  if (!Array.isArray(scorers) || scorers.length === 0) {
    throw invalidArgument(`${who} needs at least one [scorer, weight], got ${shownValue(scorers)}.`);
  }
  let total = 0;
  for (const [index, part] of scorers.entries()) {
    const [scorer, weight] = Array.isArray(part) ? (part as unknown[]) : [];
    if (typeof scorer !== "object" || scorer === null || typeof Reflect.get(scorer, "score") !== "function") {
      throw invalidArgument(`${who}: part ${index} must be [scorer, weight], got ${shownValue(part)}.`);
    }
    if (typeof weight !== "number" || !(weight >= 0 && weight < Infinity)) {
      throw invalidArgument(
        `${who}: the weight of part ${index} must be a finite number from 0, got ${shownValue(weight)}.`,
      );
    }
    total += weight;
  }
  if (total > 0 && total < Infinity) return;
  throw invalidArgument(`${who}: the weights add up to ${total}; give at least one a finite weight above 0.`);
}
