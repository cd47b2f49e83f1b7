/**
 * Calls that leave the program: models and tools.
 *
 * This is where budget, concurrency, usage, journal, tracing and abort meet a call, whoever implements the model. It is
 * also how core learns that a hyperfunction has effects and must not be batched or run twice.
 */
import { createHash } from "node:crypto";
import { CallReservation } from "../budget/call-reservation.js";
import type { HyperfuncError } from "../errors/hyperfunc-error.js";
import type {
  LanguageModel,
  ModelCallOptions,
  ModelRequest,
  ModelResponse,
} from "../model/language-model.js";
import type { CallJournal } from "./call-journal.js";
import { currentFrame, type Frame, type Run } from "./frame.js";
import { runLeaf, type LeafOptions, type LeafPlace } from "./leaf.js";
import { modelFailure } from "./model-failure.js";

/**
 * Calls a language model under the current run: reserved from the budget, limited, traced, abortable.
 *
 * Outside a run it is a plain `model.generate`. Failures of transport, quota (429), overload (5xx) and access are
 * infrastructure; a request the provider finds invalid (400, 413, 422) is a failure of the program.
 *
 * @throws BUDGET_EXHAUSTED, BUDGET_UNBOUNDED before the call; INFRASTRUCTURE, ABORTED.
 * @example
 * import { callModel } from "@hyperfunc/core";
 * import { scriptedModel } from "@hyperfunc/core/testing";
 * const model = scriptedModel(["Paris"]);
 * const reply = await callModel(model, { messages: [{ role: "user", content: "Capital of France?" }] });
 * console.log(reply.content); // Paris
 */
export async function callModel(
  model: LanguageModel,
  request: ModelRequest,
  options: LeafOptions = {},
): Promise<ModelResponse> {
  const frame = currentFrame();
  if (frame === undefined) return model.generate(request, options);
  const name = `${model.provider}/${model.modelId}`;
  return runLeaf(frame, { kind: "model", name, input: request, options }, async (place) => {
    const { journal } = frame.run.services;
    if (journal === undefined) return pay(model, request, place);
    return journalled(journal, frame.run, place.path, request, () => pay(model, request, place));
  });
}

/**
 * Calls a tool under the current run: counted by the budget, limited, traced, abortable.
 *
 * @example
 * import { callTool } from "@hyperfunc/core";
 * const found = await callTool("lookup", (word: string) => Promise.resolve(word.length), "Paris");
 * console.log(found); // 5
 */
export function callTool<Input, Output>(
  name: string,
  tool: (input: Input, options: LeafOptions) => Output | Promise<Output>,
  input: Input,
  options: LeafOptions = {},
): Promise<Output> {
  const frame = currentFrame();
  if (frame === undefined) return new Promise((resolve) => resolve(tool(input, options)));
  return runLeaf(frame, { kind: "tool", name, input, options }, async ({ signal }) => {
    frame.run.services.budget?.reserve({ calls: 1 }).settle({ calls: 1 });
    frame.run.services.usage.add({ calls: 1 });
    return await tool(input, signal === undefined ? {} : { signal });
  });
}

/** Finds a call that an interrupted run, or the probe, has paid for; otherwise pays and records it. */
async function journalled(
  journal: CallJournal,
  run: Run,
  path: string,
  request: ModelRequest,
  payFor: () => Promise<ModelResponse>,
): Promise<ModelResponse> {
  const key = callKey(run, path, request);
  const known = journal.take(key);
  const response = known?.response ?? (await payFor());
  if (known === undefined) await journal.record(key, response);
  else if (!known.booked) book(run, response);
  return response;
}

/**
 * Names a call within a program, so that an interrupted run finds its completed calls again. A repeated attempt has the
 * name of the first one: their answers come back in order, each once.
 */
function callKey({ services, candidate, exampleKey }: Run, path: string, request: ModelRequest): string {
  const content = createHash("sha256").update(JSON.stringify(request)).digest("hex").slice(0, 16);
  return [services.label, candidate, exampleKey, path, content].join("|");
}

/** Enters a call that an interrupted process paid for after its last checkpoint. */
function book({ services }: Run, { usage, costUsd = 0 }: ModelResponse): void {
  const spent = { calls: 1, tokens: usage.totalTokens, usd: costUsd };
  services.budget?.reserve(spent).settle(spent);
  services.usage.add({ calls: 1, replayedCalls: 1, ...usage, costUsd });
}

async function pay(
  model: LanguageModel,
  request: ModelRequest,
  { frame, signal, nested, pause }: LeafPlace,
): Promise<ModelResponse> {
  const { budget, usage } = frame.run.services;
  const call = new CallReservation(budget, model, request, { signal, pause, mayWait: !nested });
  usage.noteBound(call.bound);
  await call.begin();
  const failureOf = (error: unknown): HyperfuncError =>
    modelFailure(error, `${model.provider}/${model.modelId}`, signal);
  const options: ModelCallOptions = {
    signal,
    pause,
    retried: isRetried(frame),
    booked: (other) => call.handOn(other),
    onRetry: (error) => {
      usage.add({ calls: 1 });
      return call.again(failureOf(error));
    },
  };
  try {
    const response = await model.generate(request, options);
    const { costUsd: _, ...answer } = response;
    const booked = call.settle(response);
    usage.add({ calls: 1, ...booked.usage, costUsd: booked.costUsd ?? 0 });
    return {
      ...answer,
      usage: booked.usage,
      ...(booked.costUsd !== undefined && { costUsd: booked.costUsd }),
    };
  } catch (error) {
    if (!call.isOpen) throw error;
    const failure = failureOf(error);
    call.fail(failure);
    usage.add({ calls: 1 });
    throw failure;
  } finally {
    // Whatever a model left running makes no further attempt, which nobody would book.
    call.fail();
  }
}

/** Whether a hyperfunction around repeats what fails in it. */
function isRetried(frame: Frame): boolean {
  for (let at: Frame | undefined = frame; at !== undefined; at = at.parent) {
    if ((at.call?.hyperfunction.options.retries ?? 0) > 0) return true;
  }
  return false;
}
