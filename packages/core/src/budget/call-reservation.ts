/** The budget's side of one model call: every attempt is reserved at its bound and settled with what it used. */
import { isHyperfuncError } from "../errors/hyperfunc-error.js";
import type { LanguageModel, ModelRequest, ModelResponse } from "../model/language-model.js";
import { usageBound } from "../model/token-bound.js";
import { reserveCall, type ReserveOptions } from "./reserve-call.js";
import type { Budget, Reservation } from "./budget.js";

export interface CallReservationOptions extends Pick<ReserveOptions, "pause"> {
  readonly signal?: AbortSignal | undefined;
  /** Whether the call may wait for others in flight to be settled below their bounds. Default true. */
  readonly mayWait?: boolean | undefined;
}

/** Answers of a gateway that gave up waiting: the model behind it may have been at work, and paid. */
const PERHAPS_PAID = new Set([408, 504, 524]);

/**
 * Reserves a call from a budget, attempt by attempt.
 *
 * An attempt that a server refused cost nothing; one that was cut off may have been paid for, so its bound stays spent.
 *
 * @example
 * import { Budget, CallReservation } from "@hyperfunc/core";
 * import { scriptedModel } from "@hyperfunc/core/testing";
 * const budget = new Budget({ maxCalls: 2 });
 * const model = scriptedModel(["Paris"]);
 * const request = { messages: [{ role: "user" as const, content: "Capital of France?" }] };
 * const call = new CallReservation(budget, model, request);
 * await call.begin();
 * call.settle(await model.generate(request));
 * console.log(budget.remaining); // { calls: 1 }
 */
export class CallReservation {
  /** The most that one attempt can use. */
  readonly bound: {
    readonly calls: 1;
    readonly tokens: number | "unbounded";
    readonly usd: number | "unbounded";
  };
  readonly #budget: Budget | undefined;
  readonly #options: CallReservationOptions;
  #reservation: Reservation | undefined;
  #open = false;

  constructor(
    budget: Budget | undefined,
    model: Pick<LanguageModel, "maxOutputTokens" | "costUsd">,
    request: ModelRequest,
    options: CallReservationOptions = {},
  ) {
    const usage = usageBound(request, model);
    this.bound = {
      calls: 1,
      tokens: usage === "unbounded" ? usage : usage.totalTokens,
      usd: usage === "unbounded" ? usage : (model.costUsd?.(usage) ?? "unbounded"),
    };
    this.#budget = budget;
    this.#options = options;
  }

  /** @throws BUDGET_EXHAUSTED, BUDGET_UNBOUNDED; ABORTED while waiting. */
  async begin(): Promise<void> {
    const { signal, pause, mayWait = true } = this.#options;
    this.#reservation =
      this.#budget && (await reserveCall(this.#budget, this.bound, { signal, mayWait, pause }));
    this.#open = true;
  }

  /** Whether an attempt has begun and is not booked. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Books the attempt that answered; at its bound where the model's figures are none. */
  settle({ usage, costUsd = 0 }: Pick<ModelResponse, "usage" | "costUsd">): void {
    const { totalTokens } = usage;
    const tokens = Number.isSafeInteger(totalTokens) && totalTokens >= 0 ? totalTokens : undefined;
    const usd = costUsd >= 0 && costUsd < Infinity ? costUsd : undefined;
    this.#close()?.settle({ calls: 1, tokens, usd });
  }

  /** Books an attempt that failed; does nothing when none is open. */
  fail(failure?: unknown): void {
    if (isRefusal(failure)) this.#close()?.settle({ calls: 1, tokens: 0, usd: 0 });
    else this.#close()?.settle();
  }

  #close(): Reservation | undefined {
    const reservation = this.#open ? this.#reservation : undefined;
    this.#open = false;
    return reservation;
  }
}

function isRefusal(failure: unknown): boolean {
  const status = isHyperfuncError(failure) ? failure.details["status"] : undefined;
  return typeof status === "number" && status >= 400 && !PERHAPS_PAID.has(status);
}
