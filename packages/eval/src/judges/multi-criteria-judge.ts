import { invalidArgument, type LanguageModel, type ScoreResult, type Scorer } from "@hyperfunc/core";
import { scored, unjudged } from "../scorers/result.js";
import { shownValue } from "../scorers/shown.js";
import { askJudge } from "./ask-judge.js";
import { context, judgeMessages } from "./judge-messages.js";
import {
  checkCriteria,
  judgeModel,
  judgeSampling,
  type JudgedOutput,
  type JudgeOptions,
} from "./judge-options.js";
import { replyValue } from "./reply-json.js";
import { checkScale, normalised, type Scale } from "./scale.js";
import { shownJson } from "./shown-json.js";

/** What is judged, or that with a weight. */
export type Criterion = string | { readonly criteria: string; readonly weight?: number | undefined };

export interface MultiCriteriaJudgeOptions extends JudgeOptions {
  /** By name, for example `{ accuracy: { criteria: "Are the facts right?", weight: 2 }, tone: "Is it polite?" }`. */
  readonly criteria: Readonly<Record<string, Criterion>>;
  /** Worst and best raw score of each. Default [1, 5]. */
  readonly scale?: Scale | undefined;
}

type Scores = Readonly<Record<string, number>>;

/**
 * Has a language model score an output by several criteria in one call: Σ w·s / Σ w of the normalised scores.
 *
 * `details.scores` has each by its name, from 0 to 1. A reply that leaves one out or off its scale is sent back once, and
 * then an error, as with `LLMJudge`.
 *
 * @throws INVALID_ARGUMENT for no criteria, or weights that are negative or sum to 0; otherwise as `LLMJudge`.
 * @example
 * import { MultiCriteriaJudge } from "@hyperfunc/eval";
 * import { scriptedModel } from "@hyperfunc/core/testing";
 * const model = scriptedModel(['{"reasoning":"Right but curt.","scores":{"accuracy":5,"tone":2}}']);
 * const criteria = { accuracy: { criteria: "Are the facts right?", weight: 3 }, tone: "Is it polite?" };
 * const { score, details } = await new MultiCriteriaJudge({ model, criteria }).score({ output: "Paris." });
 * console.log(score, details?.scores); // 0.8125 { accuracy: 1, tone: 0.25 }
 */
export class MultiCriteriaJudge implements Scorer {
  readonly name: string;
  readonly scale: Scale;
  readonly #model: LanguageModel;
  readonly #criteria: ReadonlyMap<string, { readonly text: string; readonly weight: number }>;
  readonly #options: MultiCriteriaJudgeOptions;

  constructor(options: MultiCriteriaJudgeOptions) {
    this.#model = judgeModel(options);
    this.#options = options;
    this.name = options.name ?? new.target.name;
    this.scale = checkScale(options.scale ?? [1, 5]);
    if (typeof options.criteria !== "object" || (options.criteria as unknown) === null) {
      throw invalidArgument(
        'A judge of several criteria needs them by name: { criteria: { tone: "Is it polite?" } }.',
      );
    }
    this.#criteria = new Map(
      Object.entries(options.criteria).map(([name, given]) => [name, criterion(name, given)]),
    );
    const total = [...this.#criteria.values()].reduce((sum, { weight }) => sum + weight, 0);
    if (!(total > 0)) {
      throw invalidArgument("A judge of several criteria needs at least one with a weight above 0.");
    }
  }

  async score({ output, expected, inputs, rollout, signal }: JudgedOutput): Promise<ScoreResult> {
    const { problem } = shownJson(output);
    if (problem !== undefined) return unjudged(`The output cannot be shown to a judge: it is ${problem}.`);
    const [worst, best] = this.scale;
    const names = [...this.#criteria.keys()];
    const verdict = await askJudge({
      model: this.#model,
      messages: judgeMessages(
        {
          role: `You are a careful judge. Judge one output by each criterion apart, with a score from ${worst} (worst) to ${best} (best).`,
          criteria: [...this.#criteria].map(([name, { text }]) => `${name}: ${text}`).join("\n"),
          form: `JSON: {"reasoning": "<what is good and what is wrong>", "scores": {${names.map((name) => `${JSON.stringify(name)}: <number>`).join(", ")}}}. Reason first, then score.`,
        },
        [...context({ inputs, expected }, this.#options), { title: "Output to judge", value: output }],
      ),
      schema: scoresSchema(names, this.scale),
      sampling: judgeSampling(this.#options, rollout),
      read: (content, parsed) => readScores(replyValue(content, parsed), names, this.scale),
      signal,
    });
    if (!verdict.ok) return unjudged(verdict.why, verdict.details);
    const { value, attempts, model } = verdict;
    const scores = Object.fromEntries(
      names.map((name) => [name, normalised(value.scores[name] ?? NaN, this.scale)]),
    );
    let [sum, weights] = [0, 0];
    for (const [name, { weight }] of this.#criteria) {
      sum += weight * (scores[name] ?? NaN);
      weights += weight;
    }
    const details = { scores, rawScores: value.scores, scale: this.scale, attempts, model };
    return { ...scored(sum / weights, "", details), feedback: value.feedback };
  }
}

function criterion(name: string, given: Criterion): { text: string; weight: number } {
  const { criteria, weight = 1 }: Partial<Exclude<Criterion, string>> =
    typeof given === "string" ? { criteria: given } : (given ?? {});
  if (typeof weight !== "number" || !(weight >= 0 && weight < Infinity)) {
    throw invalidArgument(
      `The weight of "${name}" must be a finite number from 0, got ${shownValue(weight)}.`,
    );
  }
  return { text: checkCriteria(criteria), weight };
}

function readScores(
  value: unknown,
  names: readonly string[],
  [worst, best]: Scale,
): { ok: true; scores: Scores; feedback: string } | { ok: false; why: string } {
  const { scores, reasoning } = (typeof value === "object" && value !== null ? value : {}) as {
    scores?: unknown;
    reasoning?: unknown;
  };
  if (typeof scores !== "object" || scores === null) return { ok: false, why: 'it has no "scores"' };
  for (const name of names) {
    const raw: unknown = Reflect.get(scores, name);
    if (typeof raw === "number" && raw >= worst && raw <= best) continue;
    const got = JSON.stringify(raw) ?? "nothing";
    return { ok: false, why: `its score for "${name}" is ${got}, not a number from ${worst} to ${best}` };
  }
  return { ok: true, scores: scores as Scores, feedback: typeof reasoning === "string" ? reasoning : "" };
}

function scoresSchema(
  names: readonly string[],
  [minimum, maximum]: Scale,
): Readonly<Record<string, unknown>> {
  const object = (properties: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  });
  const score = { type: "number", minimum, maximum };
  return object({
    reasoning: { type: "string" },
    scores: object(Object.fromEntries(names.map((name) => [name, score]))),
  });
}
