import type { LanguageModel, ModelResponse } from "@hyperfunc/core";
import type { ModelMiddleware } from "./model-middleware.js";

/** What the calls of a model used. */
export interface ModelUsage {
  /** Answers, those from a cache included. */
  readonly calls: number;
  readonly cachedCalls: number;
  /** Calls that ended without an answer, after all attempts below. */
  readonly failedCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
  /** US dollars, as far as prices are known. */
  readonly costUsd: number;
  /** Answers whose price is unknown, and which are missing in `costUsd`. */
  readonly unpricedCalls: number;
}

const NOTHING: ModelUsage = {
  calls: 0,
  cachedCalls: 0,
  failedCalls: 0,
  inputTokens: 0,
  outputTokens: 0,
  totalTokens: 0,
  costUsd: 0,
  unpricedCalls: 0,
};

/**
 * Adds up what calls use, by model.
 *
 * @example
 * import { UsageMeter, withUsage, wrapModel } from "@hyperfunc/llm";
 * import { scriptedModel } from "@hyperfunc/core/testing";
 * const meter = new UsageMeter();
 * const model = wrapModel(scriptedModel(["Paris"]), [withUsage(meter)]);
 * await model.generate({ messages: [{ role: "user", content: "Capital of France?" }] });
 * console.log(meter.total.calls, meter.total.outputTokens); // 1 2
 */
export class UsageMeter {
  readonly #byModel = new Map<string, ModelUsage>();

  /** By `provider/model`. */
  get byModel(): Readonly<Record<string, ModelUsage>> {
    return Object.fromEntries(this.#byModel);
  }

  get total(): ModelUsage {
    return [...this.#byModel.values()].reduce(sum, NOTHING);
  }

  /** Enters a call: its answer, or undefined for one that failed. */
  add(
    model: Pick<LanguageModel, "provider" | "modelId" | "costUsd">,
    response: ModelResponse | undefined,
  ): void {
    const name = `${model.provider}/${model.modelId}`;
    this.#byModel.set(name, sum(this.#byModel.get(name) ?? NOTHING, entry(model, response)));
  }
}

/** Tells a meter of every call of a model. Outside a cache it sees all calls, inside only those that are paid. */
export function withUsage(meter: UsageMeter): ModelMiddleware {
  return async function* (call, next, model) {
    let response: ModelResponse | undefined;
    try {
      for await (const chunk of next(call)) {
        if (chunk.type === "finish") response = chunk.response;
        yield chunk;
      }
    } finally {
      meter.add(model, response);
    }
  };
}

function entry(model: Pick<LanguageModel, "costUsd">, response: ModelResponse | undefined): ModelUsage {
  if (response === undefined) return { ...NOTHING, failedCalls: 1 };
  const { inputTokens, outputTokens, totalTokens } = response.usage;
  const costUsd = response.costUsd ?? model.costUsd?.(response.usage);
  return {
    calls: 1,
    cachedCalls: response.cached === true ? 1 : 0,
    failedCalls: 0,
    inputTokens,
    outputTokens,
    totalTokens,
    costUsd: costUsd ?? 0,
    unpricedCalls: costUsd === undefined ? 1 : 0,
  };
}

function sum(a: ModelUsage, b: ModelUsage): ModelUsage {
  const names = Object.keys(NOTHING) as (keyof ModelUsage)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as unknown as ModelUsage;
}
