import type { LanguageModel, ScoreResult, Scorer } from "@hyperfunc/core";
import { scored, unjudged } from "../scorers/result.js";
import { askJudge, type Verdict } from "./ask-judge.js";
import { context, judgeMessages } from "./judge-messages.js";
import {
  checkCriteria,
  judgeModel,
  judgeSampling,
  type JudgedOutput,
  type JudgeOptions,
} from "./judge-options.js";
import { replyValue } from "./reply-json.js";
import { shownJson } from "./shown-json.js";

export interface PairwiseJudgeOptions extends Omit<JudgeOptions, "includeExpected"> {
  /** What makes an output better. */
  readonly criteria: string;
}

/** Two outputs for the same inputs. */
export interface Pair extends Pick<JudgedOutput, "inputs" | "rollout" | "signal"> {
  readonly a: unknown;
  readonly b: unknown;
}

export type PairResult =
  | {
      readonly status: "ok";
      /** A tie when the judge says so, or prefers another one once they have changed places. */
      readonly winner: "a" | "b" | "tie";
      /** Whether the order of the two made no difference. */
      readonly consistent: boolean;
      readonly feedback: string;
    }
  | {
      readonly status: "error";
      readonly feedback: string;
      readonly details: Readonly<Record<string, unknown>>;
    };

type Choice = "first" | "second" | "tie";
interface Preference {
  readonly choice: Choice;
  readonly feedback: string;
}

/**
 * Has a language model say which of two outputs is better, in both orders, so that its liking for a place cancels out.
 *
 * As a scorer it compares the output with the expected one: 1 where it is better, 0.5 for a tie, 0 where it is worse. The
 * outputs stand in fences, as with `LLMJudge`, and errors are errors there, too.
 *
 * @throws INVALID_ARGUMENT for bad options, UNRESOLVED_MODEL for an unknown name. `compare` and `score` throw ABORTED and
 * failures of budgets alone.
 * @example
 * import { PairwiseJudge } from "@hyperfunc/eval";
 * import { scriptedModel } from "@hyperfunc/core/testing";
 * const model = scriptedModel(['{"reasoning":"","better":"first"}', '{"reasoning":"","better":"second"}']);
 * const judge = new PairwiseJudge({ model, criteria: "Which answer is clearer?" });
 * const result = await judge.compare({ a: "Paris.", b: "It may be Paris.", inputs: "Capital of France?" });
 * console.log(result.status === "ok" && result.winner); // a
 */
export class PairwiseJudge implements Scorer {
  readonly name: string;
  readonly #model: LanguageModel;
  readonly #criteria: string;
  readonly #options: PairwiseJudgeOptions;

  constructor(options: PairwiseJudgeOptions) {
    this.#model = judgeModel(options);
    this.#criteria = checkCriteria(options.criteria);
    this.#options = options;
    this.name = options.name ?? new.target.name;
  }

  async compare({ a, b, ...rest }: Pair): Promise<PairResult> {
    const problem = shownJson(a).problem ?? shownJson(b).problem;
    if (problem !== undefined) {
      return {
        status: "error",
        feedback: `An output cannot be shown to a judge: it is ${problem}.`,
        details: {},
      };
    }
    const [forward, backward] = await Promise.all([this.#prefer(a, b, rest), this.#prefer(b, a, rest)]);
    if (!forward.ok) return failedPair(forward);
    if (!backward.ok) return failedPair(backward);
    const one = winner(forward.value.choice, "a", "b");
    const other = winner(backward.value.choice, "b", "a");
    return {
      status: "ok",
      winner: one === other ? one : "tie",
      consistent: one === other,
      feedback: forward.value.feedback,
    };
  }

  async score({ output, expected, ...rest }: JudgedOutput): Promise<ScoreResult> {
    if (expected === undefined || expected === null) {
      return unjudged("A pairwise judge compares the output with an expected one, and there is none.");
    }
    const { status, feedback, ...result } = await this.compare({ a: output, b: expected, ...rest });
    if ("details" in result) return unjudged(feedback, result.details);
    const { winner: better, consistent } = result;
    return {
      ...scored({ a: 1, b: 0, tie: 0.5 }[better], "", { winner: better, consistent }),
      feedback,
      status,
    };
  }

  #prefer(
    first: unknown,
    second: unknown,
    { inputs, rollout, signal }: Omit<Pair, "a" | "b">,
  ): Promise<Verdict<Preference>> {
    return askJudge({
      model: this.#model,
      messages: judgeMessages(
        {
          role: "You are a careful judge. Say which of two outputs is better by the criteria. Neither their order nor their length matters in itself.",
          criteria: this.#criteria,
          form: 'JSON: {"reasoning": "<how they differ>", "better": "first" | "second" | "tie"}. Reason first, then decide.',
        },
        [
          ...context({ inputs }, this.#options),
          { title: "First output", value: first },
          { title: "Second output", value: second },
        ],
      ),
      schema: SCHEMA,
      sampling: judgeSampling(this.#options, rollout),
      read: (content, parsed) => readPreference(replyValue(content, parsed)),
      signal,
    });
  }
}

const CHOICES: readonly Choice[] = ["first", "second", "tie"];
const SCHEMA = {
  type: "object",
  properties: { reasoning: { type: "string" }, better: { type: "string", enum: CHOICES } },
  required: ["reasoning", "better"],
  additionalProperties: false,
};

function readPreference(value: unknown): ({ ok: true } & Preference) | { ok: false; why: string } {
  const { better, reasoning } = (typeof value === "object" && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const choice = CHOICES.find((one) => one === better);
  if (choice === undefined) return { ok: false, why: 'it does not say "better": "first", "second" or "tie"' };
  return { ok: true, choice, feedback: typeof reasoning === "string" ? reasoning : "" };
}

function failedPair({ why, details }: Extract<Verdict<Preference>, { ok: false }>): PairResult {
  return { status: "error", feedback: why, details };
}

function winner(choice: Choice, first: "a" | "b", second: "a" | "b"): "a" | "b" | "tie" {
  return choice === "tie" ? "tie" : choice === "first" ? first : second;
}
