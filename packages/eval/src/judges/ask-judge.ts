/** One question to a judge, with one chance to correct a reply that cannot be read. */
import {
  callModel,
  isHyperfuncError,
  throwIfAborted,
  type FinishReason,
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

/** Answers that are not whole, however they read. */
const UNUSABLE: Partial<Record<FinishReason, string>> = {
  length: "it was cut off",
  "content-filter": "it was withheld",
};

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
    let parsed: unknown;
    try {
      throwIfAborted(signal);
      const response = await callModel(model, request, signal === undefined ? {} : { signal });
      ({ content: reply, parsed } = response);
      const reading = read(reply, parsed);
      const unusable = UNUSABLE[response.finishReason];
      if (reading.ok && unusable === undefined) {
        return { ok: true, value: reading, attempts: attempt, model: response.model };
      }
      why = unusable ?? (reading.ok ? "" : reading.why);
    } catch (error) {
      throwIfAborted(signal);
      if (endsEvaluation(error)) throw error;
      return failed(error);
    }
    const said = reply === "" && parsed !== undefined ? JSON.stringify(parsed) : reply;
    messages = [
      ...question.messages,
      ...(said === "" ? [] : [{ role: "assistant", content: said } as const]),
      {
        role: "user",
        content: `That reply cannot be used: ${why}. Reply again in the form that was asked for.`,
      },
    ];
  }
  return {
    ok: false,
    why: `The judge's reply cannot be read: ${why}. It said: ${JSON.stringify(reply.slice(0, 100))}.`,
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
