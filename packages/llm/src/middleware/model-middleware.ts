/** Layers around a language model: one function each, for whole answers and for streams alike. */
import {
  HyperfuncError,
  modelFailure,
  type LanguageModel,
  type ModelCallOptions,
  type ModelChunk,
  type ModelRequest,
  type ModelResponse,
} from "@hyperfunc/core";

/** One call on its way to a model. */
export interface ModelCall {
  readonly request: ModelRequest;
  readonly options: ModelCallOptions;
  /** Whether the text is wanted as it comes; otherwise the answer is its `finish` chunk alone. */
  readonly streamed: boolean;
}

/** The rest of the way: the answer, piece by piece, with the `finish` chunk as its last. */
export type ModelNext = (call: ModelCall) => AsyncIterable<ModelChunk>;

/**
 * A layer around every call of a model.
 *
 * @example
 * import { wrapModel, type ModelMiddleware } from "@hyperfunc/llm";
 * import { scriptedModel } from "@hyperfunc/core/testing";
 * const polite: ModelMiddleware = (call, next) => {
 *   const messages = [{ role: "system" as const, content: "Be polite." }, ...call.request.messages];
 *   return next({ ...call, request: { ...call.request, messages } });
 * };
 * const model = scriptedModel(["With pleasure."]);
 * await wrapModel(model, [polite]).generate({ messages: [{ role: "user", content: "Salt?" }] });
 * console.log(model.requests[0]?.messages.length); // 2
 */
export interface ModelMiddleware {
  (call: ModelCall, next: ModelNext, model: LanguageModel): AsyncIterable<ModelChunk>;
  /** What the wrapped model says of itself, where the layer changes it. */
  readonly describe?: (model: LanguageModel) => Partial<ModelDescription>;
}

/** What a model says of itself. */
export type ModelDescription = Pick<LanguageModel, "maxOutputTokens" | "unsupported" | "costUsd">;

/** A model with layers around it, the first outermost. */
export function wrapModel(model: LanguageModel, middleware: readonly ModelMiddleware[]): LanguageModel {
  return middleware.reduceRight(wrapOnce, model);
}

function wrapOnce(model: LanguageModel, layer: ModelMiddleware): LanguageModel {
  const chain = (call: ModelCall): AsyncIterable<ModelChunk> =>
    layer(call, (inner) => answers(model, inner), model);
  return {
    provider: model.provider,
    modelId: model.modelId,
    ...description(model),
    ...layer.describe?.(model),
    generate: (request, options = {}) => whole(chain({ request, options, streamed: false }), model),
    stream: (request, options = {}) => chain({ request, options, streamed: true }),
  };
}

function description(model: LanguageModel): ModelDescription {
  const { maxOutputTokens, unsupported } = model;
  return {
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(unsupported === undefined ? {} : { unsupported }),
    ...(model.costUsd === undefined ? {} : { costUsd: (usage) => model.costUsd?.(usage) }),
  };
}

/** A model's answer to a call. One that has no streams gives all of its text at once. */
export async function* answers(model: LanguageModel, call: ModelCall): AsyncGenerator<ModelChunk> {
  const { request, options, streamed } = call;
  try {
    if (streamed && model.stream !== undefined) {
      yield* model.stream(request, options);
      return;
    }
    const response = await model.generate(request, options);
    if (streamed && response.content !== "") yield { type: "text", text: response.content };
    yield { type: "finish", response };
  } catch (error) {
    throw modelFailure(error, `${model.provider}/${model.modelId}`, options.signal);
  }
}

/** Reads to the end, so that every layer comes to its own. */
async function whole(chunks: AsyncIterable<ModelChunk>, model: LanguageModel): Promise<ModelResponse> {
  let response: ModelResponse | undefined;
  for await (const chunk of chunks) if (chunk.type === "finish") response = chunk.response;
  if (response !== undefined) return response;
  throw new HyperfuncError("INFRASTRUCTURE", `${model.provider}/${model.modelId} gave no answer.`, {
    retryable: true,
  });
}
