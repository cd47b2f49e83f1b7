/** Judges with criteria of their own. */
import { LLMJudge, type LLMJudgeOptions } from "./llm-judge.js";

function listed(question: string, ...points: readonly string[]): string {
  return `${question}\n${points.map((point, index) => `${index + 1}. ${point}`).join("\n")}`;
}

/** Judges a summary by accuracy, coverage, brevity and clarity; the inputs hold the text that it sums up. */
export class SummarizationJudge extends LLMJudge {
  constructor(options: LLMJudgeOptions) {
    const criteria = listed(
      "How good is this summary of the text in the task?",
      "Accuracy: it says nothing that the text does not say.",
      "Coverage: the main points of the text are there.",
      "Brevity: nothing is repeated, and minor points are left out.",
      "Clarity: it can be understood without the text.",
    );
    super({ ...options, criteria: options.criteria ?? criteria });
  }
}

/** Judges code by whether it does what the task asks; it is read, not run. */
export class CodeCorrectnessJudge extends LLMJudge {
  constructor(options: LLMJudgeOptions) {
    const criteria = listed(
      "Does this code do what the task asks?",
      "Correctness: it gives the right results for ordinary inputs.",
      "Edge cases: empty, extreme and malformed inputs are handled.",
      "Completeness: every part of the task is done.",
      "Quality: it is readable, and no less efficient than the task needs.",
    );
    super({ ...options, criteria: options.criteria ?? criteria });
  }
}

/** Judges a reply in a conversation, or a whole one. */
export class ConversationJudge extends LLMJudge {
  constructor(options: LLMJudgeOptions) {
    const criteria = listed(
      "How good is the assistant's part of this conversation?",
      "Relevance: it answers what was said.",
      "Helpfulness: it brings the user closer to what he wants.",
      "Coherence: it agrees with what was said before.",
      "Tone: it suits the situation.",
    );
    super({ ...options, criteria: options.criteria ?? criteria });
  }
}

/** Judges statements by the expected output, or by the sources in the task. */
export class FactualAccuracyJudge extends LLMJudge {
  constructor(options: LLMJudgeOptions) {
    const criteria = listed(
      "Are the facts in this output right? Go by the expected output and the task, not by style.",
      "No statement contradicts them.",
      "No statement goes beyond them in a way that could mislead.",
      "Names, numbers and dates are exact.",
      "The facts that were asked for are there.",
    );
    super({ ...options, criteria: options.criteria ?? criteria });
  }
}

/** Judges whether an output keeps to the instructions in the task. */
export class InstructionFollowingJudge extends LLMJudge {
  constructor(options: LLMJudgeOptions) {
    const criteria = listed(
      "Does this output keep to the instructions in the task?",
      "Every instruction is followed.",
      "Limits of form, length and format are kept.",
      "Nothing is added that was not asked for.",
      "What was forbidden is not there.",
    );
    super({ ...options, criteria: options.criteria ?? criteria });
  }
}
