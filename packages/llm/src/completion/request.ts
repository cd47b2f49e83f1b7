/** What a completion is asked with, and the request that follows from it. */
import {
  invalidArgument,
  resolveModel,
  type LanguageModel,
  type LMParamValue,
  type ModelMessage,
  type ModelRequest,
  type ResponseSchema,
} from "@hyperfunc/core";
import type { z } from "zod";
import { responseSchema } from "./response-schema.js";

/** Sampling parameters, as `LMParam` declares them. */
export type SamplingValues = Partial<LMParamValue>;

export interface CompletionOptions<Value = unknown> extends Omit<ModelRequest, "messages" | "schema"> {
  /** A name such as `"openai/gpt-4o-mini"`, or a model. */
  readonly model: string | LanguageModel;
  /** The conversation; or `prompt`. */
  readonly messages?: readonly ModelMessage[] | undefined;
  /** One user message; or `messages`. */
  readonly prompt?: string | undefined;
  /** Comes first, as a system message. */
  readonly systemPrompt?: string | undefined;
  /** Tuned values, for example the `hp` of the hyperfunction around; explicit values beside it win. */
  readonly hp?: SamplingValues | undefined;
  /** Asks for JSON of this shape: a zod schema, or a JSON Schema. */
  readonly schema?: z.ZodType<Value> | ResponseSchema | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws INVALID_ARGUMENT unless there is either a prompt or messages. */
export function completionRequest(options: CompletionOptions): {
  readonly model: LanguageModel;
  readonly request: ModelRequest;
} {
  const { model: given, messages, prompt, systemPrompt, hp = {}, schema, signal: _signal, ...rest } = options;
  if ((messages === undefined) === (prompt === undefined)) {
    throw invalidArgument(
      `A completion takes either a prompt or messages, got ${prompt === undefined ? "neither" : "both"}.`,
    );
  }
  const model = resolveModel(given);
  const said: readonly ModelMessage[] = messages ?? [{ role: "user", content: prompt ?? "" }];
  const system: readonly ModelMessage[] =
    systemPrompt === undefined ? [] : [{ role: "system", content: systemPrompt }];
  return {
    model,
    request: {
      ...tuned(hp, model),
      ...withoutUndefined(rest),
      messages: [...system, ...said],
      ...(schema === undefined ? {} : { schema: responseSchema(schema) }),
    },
  };
}

/** `maxTokensFrac` is a share of what the model can answer at most, and means nothing where that is unknown. */
function tuned({ maxTokensFrac, ...values }: SamplingValues, { maxOutputTokens }: LanguageModel): object {
  const share =
    maxTokensFrac === undefined || maxOutputTokens === undefined
      ? {}
      : { maxTokens: Math.max(1, Math.round(maxTokensFrac * maxOutputTokens)) };
  return { ...share, ...withoutUndefined(values) };
}

function withoutUndefined<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Fields>;
}
