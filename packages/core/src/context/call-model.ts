/**
 * Calls that leave the program: models and tools.
 *
 * This is where budget, concurrency, usage, journal, tracing and abort meet a call, whoever implements the model. It is
 * also how core learns that a hyperfunction has effects and must not be batched or run twice.
 */
import { createHash } from "node:crypto";
import { HyperfuncError, isHyperfuncError } from "../errors/hyperfunc-error.js";
import type { Reservation } from "../budget/budget.js";
import type { LanguageModel, ModelRequest, ModelResponse } from "../model/language-model.js";
import { usageBound } from "../model/token-bound.js";
import { observed } from "../plugins/observer.js";
import { currentFrame, type Frame, type Run } from "./frame.js";

export interface LeafOptions {
  readonly signal?: AbortSignal;
}

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
  return leaf(frame, "model", name, request, options, async (signal, key) => {
    const { budget, usage, journal } = frame.run.services;
    const replayed = journal?.take(key);
    if (replayed !== undefined) {
      usage.add({ replayedCalls: 1 });
      return replayed;
    }
    const bound = usageBound(request, model);
    const reservation = budget?.reserve({
      calls: 1,
      tokens: bound === "unbounded" ? bound : bound.totalTokens,
      usd: bound === "unbounded" ? bound : (model.costUsd?.(bound) ?? "unbounded"),
    });
    const response = await generate(model, request, signal, reservation);
    const costUsd = response.costUsd ?? model.costUsd?.(response.usage);
    reservation?.settle({ calls: 1, tokens: response.usage.totalTokens, usd: costUsd ?? 0 });
    usage.add({ calls: 1, ...response.usage, costUsd: costUsd ?? 0 });
    await journal?.record(key, response);
    return response;
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
export async function callTool<Input, Output>(
  name: string,
  tool: (input: Input, options: LeafOptions) => Output | Promise<Output>,
  input: Input,
  options: LeafOptions = {},
): Promise<Output> {
  const frame = currentFrame();
  if (frame === undefined) return tool(input, options);
  return leaf(frame, "tool", name, input, options, async (signal) => {
    frame.run.services.budget?.reserve({ calls: 1 }).settle({ calls: 1 });
    frame.run.services.usage.add({ calls: 1 });
    return tool(input, signal === undefined ? {} : { signal });
  });
}

async function leaf<T>(
  frame: Frame,
  kind: "model" | "tool",
  name: string,
  input: unknown,
  options: LeafOptions,
  execute: (signal: AbortSignal | undefined, key: string) => Promise<T>,
): Promise<T> {
  const { run } = frame;
  for (let at: Frame | undefined = frame; at !== undefined; at = at.parent) {
    if (at.call !== undefined) run.program?.noteEffects(at.call.hyperfunction);
  }
  if (run.batched) {
    throw new HyperfuncError(
      "NOT_VECTORISABLE",
      `${kind} "${name}" is called for every run of its own, not for a batch.`,
    );
  }
  const path = `${frame.path}/${kind}:${name}#${frame.nextOccurrence(`${kind}:${name}`)}`;
  const signal =
    frame.signal && options.signal
      ? AbortSignal.any([frame.signal, options.signal])
      : (options.signal ?? frame.signal);
  const event = { kind, name, path, candidate: run.candidate, exampleKey: run.exampleKey, input, members: 1 };
  const node = run.recorder?.start({
    kind,
    name,
    input,
    ...(frame.node === undefined ? {} : { parent: frame.node }),
  });
  const release = await run.services.leaves.acquire(signal);
  try {
    const output = await observed(frame, event, () => execute(signal, callKey(run, path, input)));
    if (node !== undefined) run.recorder?.finish(node, output);
    return output;
  } catch (error) {
    if (node !== undefined) run.recorder?.fail(node, error);
    throw error;
  } finally {
    release();
  }
}

/** Names a call within a program, so that an interrupted run finds its completed calls again. */
function callKey({ services, candidate, exampleKey }: Run, path: string, request: unknown): string {
  const content = createHash("sha256")
    .update(JSON.stringify(request) ?? "")
    .digest("hex")
    .slice(0, 16);
  return [services.label, candidate, exampleKey, path, content].join("|");
}

async function generate(
  model: LanguageModel,
  request: ModelRequest,
  signal: AbortSignal | undefined,
  reservation: Reservation | undefined,
): Promise<ModelResponse> {
  try {
    return await model.generate(request, signal === undefined ? {} : { signal });
  } catch (error) {
    const failure = modelFailure(error, model, signal);
    // A refused request cost nothing; one that was cut off may have been paid for, so its bound stays spent.
    const refused = typeof failure.details["status"] === "number";
    if (refused) reservation?.settle({ calls: 1, tokens: 0, usd: 0 });
    else reservation?.settle();
    throw failure;
  }
}

const REJECTED_REQUEST = new Set([400, 413, 422]);

function modelFailure(error: unknown, model: LanguageModel, signal: AbortSignal | undefined): HyperfuncError {
  if (isHyperfuncError(error)) return error;
  const name = `${model.provider}/${model.modelId}`;
  if (signal?.aborted === true) {
    return new HyperfuncError("ABORTED", `The call of ${name} was aborted.`, {
      infrastructure: true,
      cause: error,
    });
  }
  const status = statusOf(error);
  const retryable =
    status === undefined || status === 408 || status === 409 || status === 429 || status >= 500;
  const infrastructure = status === undefined || !REJECTED_REQUEST.has(status);
  const reason = error instanceof Error ? error.message : String(error);
  return new HyperfuncError(
    "INFRASTRUCTURE",
    `${name} failed${status === undefined ? "" : ` with status ${status}`}: ${reason}`,
    {
      retryable,
      infrastructure,
      cause: error,
      details: status === undefined ? {} : { status },
    },
  );
}

function statusOf(error: unknown): number | undefined {
  const status: unknown =
    typeof error === "object" && error !== null ? Reflect.get(error, "status") : undefined;
  return typeof status === "number" ? status : undefined;
}
