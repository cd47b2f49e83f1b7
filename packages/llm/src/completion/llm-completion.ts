/** One answer of a model, under the budget, limits and trace of the run around it. */
import {
  callModel,
  HyperfuncError,
  type LanguageModel,
  type ModelRequest,
  type ModelResponse,
  type ResponseSchema,
} from "@hyperfunc/core";
import type { z } from "zod";
import { decoded } from "../model/decode.js";
import { completionRequest, type CompletionOptions } from "./request.js";

/** An answer whose JSON has the shape that was asked for. */
export type ParsedResponse<Value> = ModelResponse & { readonly parsed: Value };

/**
 * Asks a model.
 *
 * Explicit sampling values win over those of `hp`; what neither says is left to the provider. With a `schema`, `parsed` is
 * the checked value: a first answer that does not fit is sent back once with what is wrong with it.
 *
 * @throws UNRESOLVED_MODEL, INVALID_ARGUMENT before anything is sent; BUDGET_EXHAUSTED; INFRASTRUCTURE, TIMEOUT, ABORTED;
 * INVALID_RESPONSE when the second answer does not fit the schema, either.
 * @example
 * import { llmCompletion } from "@hyperfunc/llm";
 * import { scriptedModel } from "@hyperfunc/core/testing";
 * import { z } from "zod";
 * const model = scriptedModel(['{"city":"Paris"}']);
 * const schema = z.object({ city: z.string() });
 * const { parsed } = await llmCompletion({ model, prompt: "Capital of France?", schema });
 * console.log(parsed.city); // Paris
 */
export function llmCompletion<Value>(
  options: CompletionOptions<Value> & { readonly schema: z.ZodType<Value> },
): Promise<ParsedResponse<Value>>;
export function llmCompletion(
  options: CompletionOptions & { readonly schema: ResponseSchema },
): Promise<ParsedResponse<unknown>>;
export function llmCompletion(
  options: CompletionOptions & { readonly schema?: undefined },
): Promise<ModelResponse>;
export async function llmCompletion(options: CompletionOptions): Promise<ModelResponse> {
  const { model, request } = completionRequest(options);
  const { signal } = options;
  const call = (asked: ModelRequest): Promise<ModelResponse> =>
    callModel(model, asked, signal === undefined ? {} : { signal });
  const first = await call(request);
  const { schema } = request;
  if (schema === undefined || first.toolCalls !== undefined) return first;
  const read = decoded(first.content, schema, first.finishReason);
  if (read.ok) return { ...first, parsed: read.value };
  const second = await call(corrected(request, first, read.why));
  const again = decoded(second.content, schema, second.finishReason);
  if (again.ok) return { ...second, parsed: again.value };
  throw invalidResponse(model, second, again.why);
}

function corrected(request: ModelRequest, { content }: ModelResponse, why: string): ModelRequest {
  return {
    ...request,
    messages: [
      ...request.messages,
      { role: "assistant", content },
      {
        role: "user",
        content: `That answer does not have the required shape: ${why}\nAnswer again, with the corrected JSON alone.`,
      },
    ],
  };
}

function invalidResponse(model: LanguageModel, response: ModelResponse, why: string): HyperfuncError {
  const cut = response.finishReason === "length" ? " It was cut off: raise maxTokens." : "";
  return new HyperfuncError(
    "INVALID_RESPONSE",
    `${model.provider}/${model.modelId} answered twice with what does not fit the schema: ${why}${cut}`,
    { details: { content: response.content, finishReason: response.finishReason } },
  );
}
