/** An answer piece by piece, for people who read along. */
import { HyperfuncError, isEvaluating, type ModelChunk } from "@hyperfunc/core";
import { completionRequest, type CompletionOptions } from "./request.js";

/**
 * Streams an answer: text as it comes, and at the end the whole response. A model without streams gives it at once.
 *
 * Off inside `evaluate` and `optimize`, where answers are counted, recorded and replayed as wholes: use `llmCompletion`.
 *
 * @throws INVALID_STATE inside an evaluation; otherwise as `llmCompletion`.
 * @example
 * import { streamCompletion } from "@hyperfunc/llm";
 * import { scriptedModel } from "@hyperfunc/core/testing";
 * for await (const chunk of streamCompletion({ model: scriptedModel(["Paris"]), prompt: "Capital of France?" })) {
 *   if (chunk.type === "finish") console.log(chunk.response.content); // Paris
 * }
 */
export async function* streamCompletion(
  options: Omit<CompletionOptions, "schema">,
): AsyncGenerator<ModelChunk> {
  if (isEvaluating()) {
    throw new HyperfuncError(
      "INVALID_STATE",
      "streamCompletion is off inside evaluate and optimize, which count and replay whole answers; use llmCompletion there.",
    );
  }
  const { model, request } = completionRequest(options);
  const call = options.signal === undefined ? {} : { signal: options.signal };
  if (model.stream !== undefined) {
    yield* model.stream(request, call);
    return;
  }
  const response = await model.generate(request, call);
  yield { type: "text", text: response.content };
  yield { type: "finish", response };
}
