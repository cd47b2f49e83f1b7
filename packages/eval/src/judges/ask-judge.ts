/** One question to a judge, with one chance to correct a reply that cannot be read. */
import {
  callModel,
  isHyperfuncError,
  type JsonSchema,
  type LanguageModel,
  type ModelMessage,
  type ModelRequest,
} from "@hyperfunc/core";
import { endsEvaluation } from "./ends-evaluation.js";

export type Verdict<Value> =
  | { readonly ok: true; readonly value: Value; readonly attempts: number; readonly model: string }
  | { readonly ok: false; readonly why: string; readonly details: Readonly<Record<string, unknown>> };

export interface JudgeQuestion<Value> {
  readonly model: LanguageModel;
  readonly messages: readonly ModelMessage[];
  readonly schema: JsonSchema;
  readonly sampling: Pick<ModelRequest, "temperature" | "maxTokens" | "rollout">;
  /** What the reply says; the reason where it says nothing. */
  readonly read: (content: string, parsed: unknown) => ({ ok: true } & Value) | { ok: false; why: string };
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks for a structured answer and reads it. A reply that cannot be read is sent back once with what is wrong.
 *
 * @throws ABORTED and failures of budgets; every other failure is a verdict that is not ok.
 */
export async function askJudge<Value>(question: JudgeQuestion<Value>): Promise<Verdict<Value>> {
  const { model, schema, sampling, read, signal } = question;
  const unsupported = new Set(model.unsupported ?? []);
  const { temperature, ...rest } = sampling;
  let messages = question.messages;
  let why = "";
  let reply = "";
  for (let attempt = 1; attempt <= 2; attempt++) {
    const request: ModelRequest = {
      ...rest,
      ...(temperature === undefined || unsupported.has("temperature") ? {} : { temperature }),
      messages,
      schema: { name: "judgement", jsonSchema: schema },
    };
    let response: Awaited<ReturnType<typeof callModel>>;
    try {
      response = await callModel(model, request, signal === undefined ? {} : { signal });
    } catch (error) {
      if (endsEvaluation(error)) throw error;
      return failed(error);
    }
    reply = response.content;
    const reading =
      response.finishReason === "length" && response.parsed === undefined
        ? ({ ok: false, why: "it was cut off" } as const)
        : read(reply, response.parsed);
    if (reading.ok) return { ok: true, value: reading, attempts: attempt, model: response.model };
    why = reading.why;
    messages = [
      ...question.messages,
      { role: "assistant", content: reply },
      {
        role: "user",
        content: `That reply cannot be used: ${why}. Reply again in the form that was asked for.`,
      },
    ];
  }
  return {
    ok: false,
    why: `The judge's reply cannot be read: ${why}.`,
    details: { reply: reply.slice(0, 1000) },
  };
}

function failed(error: unknown): Verdict<never> {
  const why = error instanceof Error ? error.message : String(error);
  return {
    ok: false,
    why: `The judge could not be asked: ${why}`,
    details: isHyperfuncError(error) ? { code: error.code, ...error.details } : {},
  };
}
