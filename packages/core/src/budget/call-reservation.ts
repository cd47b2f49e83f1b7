/** The budget's side of one model call: every attempt is reserved at its bound and settled with what it used. */
import { HyperfuncError, isHyperfuncError } from "../errors/hyperfunc-error.js";
import type { Booking, LanguageModel, ModelRequest, ModelResponse, Usage } from "../model/language-model.js";
import { usageBound } from "../model/token-bound.js";
import { reserveCall, type CallInFlight, type ReserveOptions } from "./reserve-call.js";
import type { Budget } from "./budget.js";

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
  readonly #model: Pick<LanguageModel, "maxOutputTokens" | "costUsd">;
  readonly #usageBound: Usage | "unbounded";
  readonly #options: CallReservationOptions;
  #reservation: CallInFlight | undefined;
  #open = false;
  #over = false;
  #handedOn = false;
  /** One attempt after the other, also of a model that makes several calls at once under one reservation. */
  #turn: Promise<void> = Promise.resolve();

  constructor(
    budget: Budget | undefined,
    model: Pick<LanguageModel, "maxOutputTokens" | "costUsd">,
    request: ModelRequest,
    options: CallReservationOptions = {},
  ) {
    this.#model = model;
    const usage = (this.#usageBound = usageBound(request, model));
    this.bound = {
      calls: 1,
      tokens: usage === "unbounded" ? usage : usage.totalTokens,
      usd: usage === "unbounded" ? usage : (this.#price(usage) ?? "unbounded"),
    };
    this.#budget = budget;
    this.#options = options;
  }

  /** @throws BUDGET_EXHAUSTED, BUDGET_UNBOUNDED; ABORTED while waiting. */
  async begin(): Promise<void> {
    const { signal, pause, mayWait = true } = this.#options;
    const reservation =
      this.#budget && (await reserveCall(this.#budget, this.bound, { signal, mayWait, pause }));
    if (this.#over) {
      reservation?.release();
      throw new HyperfuncError("ABORTED", "The call has ended, so it makes no further attempt.");
    }
    this.#reservation = reservation;
    this.#open = true;
    this.#handedOn = false;
  }

  /**
   * Books an attempt that failed and begins the next, after `between`.
   *
   * @throws as `begin`, and ABORTED when the call has ended.
   */
  again(failure: unknown, between?: () => Promise<void> | undefined): Promise<void> {
    const next = this.#turn.then(async () => {
      this.#fail(failure);
      await between?.();
      await this.begin();
    });
    this.#turn = next.catch(() => undefined);
    return next;
  }

  /** Whether an attempt has begun and is not booked. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** What `ModelCallOptions.booked` says of this reservation. */
  handOn(budget: Budget): Booking | undefined {
    if (budget !== this.#budget) return undefined;
    if (this.#handedOn || !this.#open) return "taken";
    this.#handedOn = true;
    return "yours";
  }

  /** The answer has begun to come as a stream, which ends when its reader wants: no other call waits for it. */
  letGo(): void {
    if (this.#open) this.#reservation?.letGo();
  }

  /** Books the answer, and gives the figures booked: the bound's where the model's are none. */
  settle(answer: Pick<ModelResponse, "usage" | "costUsd">): Pick<ModelResponse, "usage" | "costUsd"> {
    this.#over = true;
    const { usage, costUsd } = this.#figures(answer);
    this.#close()?.settle({ calls: 1, tokens: usage.totalTokens, usd: costUsd });
    return { usage, costUsd };
  }

  /** Ends the call: books the attempt that failed, if one is open. */
  fail(failure?: unknown): void {
    this.#over = true;
    this.#fail(failure);
  }

  #fail(failure: unknown): void {
    if (isRefusal(failure)) this.#close()?.settle({ calls: 1, tokens: 0, usd: 0 });
    else this.#close()?.settle();
  }

  #close(): CallInFlight | undefined {
    const reservation = this.#open ? this.#reservation : undefined;
    this.#open = false;
    return reservation;
  }

  #figures({
    usage,
    costUsd,
  }: Pick<ModelResponse, "usage" | "costUsd">): Pick<ModelResponse, "usage" | "costUsd"> {
    const bound = this.#usageBound === "unbounded" ? NOTHING : this.#usageBound;
    const counted = isUsage(usage) ? usage : bound;
    return { usage: counted, costUsd: isAmount(costUsd) ? costUsd : this.#price(counted) };
  }

  /** Undefined where the model knows none, or fails to say. */
  #price(usage: Usage): number | undefined {
    try {
      const costUsd = this.#model.costUsd?.(usage);
      return isAmount(costUsd) ? costUsd : undefined;
    } catch {
      return undefined; // an answer is worth more than its price
    }
  }
}

const NOTHING: Usage = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };

/** Models written without types may answer without. */
function isUsage(usage: Usage | null | undefined): usage is Usage {
  const { inputTokens, outputTokens, totalTokens } = usage ?? {};
  return [inputTokens, outputTokens, totalTokens].every(
    (tokens) => Number.isSafeInteger(tokens) && Number(tokens) >= 0,
  );
}

function isAmount(costUsd: number | undefined): costUsd is number {
  return costUsd !== undefined && costUsd >= 0 && costUsd < Infinity;
}

function isRefusal(failure: unknown): boolean {
  const status = isHyperfuncError(failure) ? failure.details["status"] : undefined;
  return typeof status === "number" && status >= 400 && !PERHAPS_PAID.has(status);
}
