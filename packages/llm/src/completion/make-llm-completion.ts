/** A model as a hyperfunction, with sampling parameters of its own. */
import {
  hyperfunction,
  lmParamWithout,
  resolveModel,
  type Hyperfunction,
  type HyperfunctionOptions,
  type LanguageModel,
  type LMParam,
  type ModelMessage,
  type ModelResponse,
} from "@hyperfunc/core";
import { llmCompletion } from "./llm-completion.js";

export interface MakeLlmCompletionOptions extends Pick<
  HyperfunctionOptions,
  "optimizeHparams" | "optimizePrompt" | "retries" | "timeoutMs" | "maxCalls"
> {
  /** Name of the hyperfunction. Default the model's. */
  readonly name?: string | undefined;
  /** Its trainable prompt, sent as the system message. */
  readonly systemPrompt?: string | undefined;
}

/** Either is given. */
export interface CompletionInput {
  readonly prompt?: string | undefined;
  readonly messages?: readonly ModelMessage[] | undefined;
}

/**
 * Makes a hyperfunction of a model: `({ prompt })` to its response. Its sampling parameters are searched unless
 * `optimizeHparams` is false, and those that the model refuses are no part of it.
 *
 * @throws UNRESOLVED_MODEL, INVALID_ARGUMENT.
 * @example
 * import { makeLlmCompletion } from "@hyperfunc/llm";
 * import { scriptedModel } from "@hyperfunc/core/testing";
 * const ask = makeLlmCompletion(scriptedModel(["Paris"]), { name: "ask", systemPrompt: "Answer with one word." });
 * console.log((await ask({ prompt: "Capital of France?" })).content); // Paris
 */
export function makeLlmCompletion(
  model: string | LanguageModel,
  options: MakeLlmCompletionOptions = {},
): Hyperfunction<CompletionInput, ModelResponse, typeof LMParam> {
  const resolved = resolveModel(model);
  const { name = nameOf(resolved), systemPrompt, ...policy } = options;
  return hyperfunction(
    {
      optimizeHparams: true,
      ...policy,
      name,
      hpType: lmParamWithout(resolved.unsupported ?? []),
      ...(systemPrompt === undefined ? {} : { prompt: systemPrompt }),
    },
    ({ prompt: asked, messages }: CompletionInput, { hp, prompt, signal }) =>
      llmCompletion({
        model: resolved,
        hp,
        signal,
        ...(prompt === "" ? {} : { systemPrompt: prompt }),
        ...(messages === undefined ? { prompt: asked } : { messages, prompt: asked }),
      }),
  );
}

function nameOf({ provider, modelId }: LanguageModel): string {
  return `${provider}/${modelId}`.replace(/[^\w$\-/: ]/g, "_");
}
