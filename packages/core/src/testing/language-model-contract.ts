/** What every `LanguageModel` must do, as cases for any test runner. */
import { equal, ok, rejects } from "node:assert/strict";
import type { LanguageModel, ModelRequest } from "../model/language-model.js";
import type { ContractCase } from "./contract-case.js";

const REQUEST: ModelRequest = { messages: [{ role: "user", content: "Say yes." }], maxTokens: 16 };

/**
 * The contract of `LanguageModel`.
 *
 * @param make Makes a model that answers any request, after a delay that an abort can interrupt.
 * @example
 * import { languageModelContract, scriptedModel } from "@hyperfunc/core/testing";
 * const cases = languageModelContract(() => scriptedModel(() => "yes", { delayMs: 5 }));
 * for (const { run } of cases) await run(); // or: it(name, run)
 * console.log(cases.length > 2); // true
 */
export function languageModelContract(make: () => LanguageModel): ContractCase[] {
  return Object.entries(CASES).map(([name, check]) => ({ name, run: () => check(make()) }));
}

const CASES: Readonly<Record<string, (model: LanguageModel) => Promise<void>>> = {
  "names itself": async ({ provider, modelId }) => {
    ok(provider.length > 0 && modelId.length > 0);
    return Promise.resolve();
  },

  "answers with content, a finish reason and usage that adds up": async (model) => {
    const { content, finishReason, usage } = await model.generate(REQUEST);
    equal(typeof content, "string");
    equal(typeof finishReason, "string");
    ok(usage.inputTokens > 0 && usage.outputTokens >= 0);
    ok(usage.totalTokens >= usage.inputTokens + usage.outputTokens);
  },

  "answers concurrent requests": async (model) => {
    const replies = await Promise.all(Array.from({ length: 8 }, () => model.generate(REQUEST)));
    equal(replies.length, 8);
  },

  "rejects at once under an aborted signal": async (model) => {
    await rejects(async () => model.generate(REQUEST, { signal: AbortSignal.abort() }));
  },

  "rejects when the signal aborts during the call": async (model) => {
    const interruption = new AbortController();
    const reply = model.generate(REQUEST, { signal: interruption.signal });
    interruption.abort();
    await rejects(reply);
  },
};
