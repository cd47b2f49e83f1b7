import {
  invalidArgument,
  resolveModel,
  type ScorerInput,
  type LanguageModel,
  type ModelRequest,
} from "@hyperfunc/core";
import type { Shown } from "./judge-messages.js";

/** What all judges take. */
export interface JudgeOptions extends Shown {
  /** A name such as `"openai/gpt-4o"` (with `@hyperfunc/llm`), or a model. */
  readonly model: string | LanguageModel;
  /** Name in reports. Default the class's. */
  readonly name?: string | undefined;
  /** Whether the judge sees the task's inputs. Default true. */
  readonly includeInputs?: boolean | undefined;
  /** Whether the judge sees what was expected, where something was. Default true. */
  readonly includeExpected?: boolean | undefined;
  /** Default 0; left out for models that refuse it. */
  readonly temperature?: number | undefined;
  /** Default 1000. */
  readonly maxTokens?: number | undefined;
}

/** Everything but the output may be left out. */
export type JudgedOutput = Pick<ScorerInput, "output"> & Partial<ScorerInput>;

/** @throws UNRESOLVED_MODEL for an unknown name, INVALID_ARGUMENT where there is none. */
export function judgeModel({ model }: JudgeOptions): LanguageModel {
  if (typeof model === "string" || typeof model === "object") return resolveModel(model);
  throw invalidArgument('A judge needs a model, such as { model: "openai/gpt-4o" }.');
}

export function judgeSampling(
  { temperature = 0, maxTokens = 1000 }: JudgeOptions,
  rollout: number | undefined,
): Pick<ModelRequest, "temperature" | "maxTokens" | "rollout"> {
  return { temperature, maxTokens, ...(rollout === undefined ? {} : { rollout }) };
}

/** @throws INVALID_ARGUMENT for criteria that say nothing. */
export function checkCriteria(criteria: unknown): string {
  if (typeof criteria === "string" && criteria.trim() !== "") return criteria;
  throw invalidArgument(
    `Criteria must be a text such as "Is the answer right?", got ${JSON.stringify(criteria) ?? typeof criteria}.`,
  );
}
