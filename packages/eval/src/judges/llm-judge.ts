/** A language model as a scorer. */
import { invalidArgument, type LanguageModel, type ScoreResult, type Scorer } from "@hyperfunc/core";
import { scored, unjudged } from "../scorers/result.js";
import { askJudge } from "./ask-judge.js";
import { context, judgeMessages } from "./judge-messages.js";
import {
  checkCriteria,
  judgeModel,
  judgeSampling,
  type JudgedOutput,
  type JudgeOptions,
} from "./judge-options.js";
import { readReply } from "./read-reply.js";
import { checkScale, normalised, type Scale } from "./scale.js";
import { shownJson } from "./shown-json.js";

export interface LLMJudgeOptions extends JudgeOptions {
  /** What makes an output good. Default: correct, complete, relevant and clear. */
  readonly criteria?: string | undefined;
  /** Worst and best raw score. Default [1, 5]. */
  readonly scale?: Scale | undefined;
  /** What a raw score means, for example `{ 1: "wrong", 3: "half right", 5: "right" }`. */
  readonly rubric?: Readonly<Record<number, string>> | undefined;
}

const CRITERIA = "Is the output correct, complete, relevant to the task, and clear?";

/**
 * Has a language model score an output by criteria: (raw − worst) / (best − worst).
 *
 * The judge is asked for `{ reasoning, score }`; a plain text is read by its last labelled score. A reply that cannot be
 * read is sent back once; then, as when the model fails, the result has status `"error"` and counts as missing, never as a
 * score. What is judged stands in fences that it cannot close, and the judge is told that it is data.
 *
 * @throws INVALID_ARGUMENT for bad options, UNRESOLVED_MODEL for an unknown name. `score` throws ABORTED and failures of
 * budgets alone.
 * @example
 * import { LLMJudge } from "@hyperfunc/eval";
 * import { scriptedModel } from "@hyperfunc/core/testing";
 * const model = scriptedModel(['{"reasoning":"Right and short.","score":5}']);
 * const judge = new LLMJudge({ model, criteria: "Is the answer right?" });
 * const { score, feedback } = await judge.score({ output: "Paris", expected: "Paris", inputs: "Capital of France?" });
 * console.log(score, feedback); // 1 Right and short.
 */
export class LLMJudge implements Scorer {
  readonly name: string;
  readonly scale: Scale;
  readonly #model: LanguageModel;
  readonly #criteria: string;
  readonly #options: LLMJudgeOptions;

  constructor(options: LLMJudgeOptions) {
    const { criteria = CRITERIA, scale = [1, 5], rubric = {} } = options;
    this.#model = judgeModel(options);
    this.#criteria = checkCriteria(criteria);
    this.#options = options;
    this.name = options.name ?? new.target.name;
    this.scale = checkScale(scale);
    const [worst, best] = scale;
    const odd = Object.keys(rubric).find((raw) => !(Number(raw) >= worst && Number(raw) <= best));
    if (odd === undefined) return;
    throw invalidArgument(
      `The rubric explains the score ${odd}, which is not on the scale from ${worst} to ${best}.`,
    );
  }

  async score({ output, expected, inputs, rollout, signal }: JudgedOutput): Promise<ScoreResult> {
    const { problem } = shownJson(output);
    if (problem !== undefined) return unjudged(`The output cannot be shown to a judge: it is ${problem}.`);
    const [worst, best] = this.scale;
    const { rubric = {} } = this.#options;
    const meanings = Object.entries(rubric).map(([raw, meaning]) => `${raw}: ${meaning}`);
    const verdict = await askJudge({
      model: this.#model,
      messages: judgeMessages(
        {
          role: `You are a careful judge. Judge one output by the criteria and give a score from ${worst} (worst) to ${best} (best).`,
          criteria: this.#criteria,
          more: meanings.length === 0 ? [] : [{ title: "What scores mean", value: meanings.join("\n") }],
          form: `JSON: {"reasoning": "<what is good and what is wrong>", "score": <number from ${worst} to ${best}>}. Reason first, then score.`,
        },
        [...context({ inputs, expected }, this.#options), { title: "Output to judge", value: output }],
      ),
      schema: scoreSchema(this.scale),
      sampling: judgeSampling(this.#options, rollout),
      read: (content, parsed) => readReply(content, parsed, this.scale),
      signal,
    });
    if (!verdict.ok) return unjudged(verdict.why, verdict.details);
    const { value, attempts, model } = verdict;
    const details = { rawScore: value.raw, scale: this.scale, attempts, model };
    // A judge has reasons for the best score, too.
    return { ...scored(normalised(value.raw, this.scale), "", details), feedback: value.feedback };
  }
}

function scoreSchema([minimum, maximum]: Scale): Readonly<Record<string, unknown>> {
  return {
    type: "object",
    properties: {
      reasoning: { type: "string", description: "What is good and what is wrong, in a few sentences" },
      score: { type: "number", minimum, maximum },
    },
    required: ["reasoning", "score"],
    additionalProperties: false,
  };
}
