import {
  Budget,
  CallReservation,
  type Booking,
  type BudgetLimits,
  type ModelCallOptions,
} from "@hyperfunc/core";
import type { ModelMiddleware } from "./model-middleware.js";

/**
 * Keeps calls within limits: each attempt is reserved at the most it can use, and settled with what it used.
 *
 * For calls outside `optimize`, which has a budget of its own. Models that share a `Budget` share its limits, and one call is
 * booked once, also where the budget is around a model and its fallback. A stream that is left early may have been paid for,
 * so its bound stays spent. Concurrent calls whose bounds do not fit wait for those in flight, but not for streams that have
 * begun.
 *
 * @throws INVALID_ARGUMENT for bad limits. A call throws BUDGET_EXHAUSTED, and BUDGET_UNBOUNDED where nothing bounds its
 * tokens (`maxTokens`) or its price is unknown (`price`), before anything is sent.
 * @example
 * import { withBudget, wrapModel } from "@hyperfunc/llm";
 * import { scriptedModel } from "@hyperfunc/core/testing";
 * const model = wrapModel(scriptedModel(["Paris"]), [withBudget({ maxCalls: 1 })]);
 * const ask = () => model.generate({ messages: [{ role: "user", content: "Capital of France?" }] });
 * await ask();
 * console.log(await ask().catch((error) => error.code)); // BUDGET_EXHAUSTED
 */
export function withBudget(limits: Budget | BudgetLimits): ModelMiddleware {
  const budget = limits instanceof Budget ? limits : new Budget(limits);
  return async function* (call, next, model) {
    const { signal, pause, booked: bookedAbove, onRetry: retryAbove } = call.options;
    const above = bookedAbove?.(budget);
    if (above === "yours") {
      yield* next({ ...call, options: { ...call.options, ...handedOn(budget, call.options) } });
      return;
    }
    const mayWait = above === undefined;
    const reservation = new CallReservation(budget, model, call.request, { signal, pause, mayWait });
    const onRetry = (failure: unknown): Promise<void> =>
      reservation.again(failure, () => retryAbove?.(failure));
    const booked = (other: Budget): Booking | undefined => reservation.handOn(other) ?? bookedAbove?.(other);
    await reservation.begin();
    let begun = false;
    try {
      for await (const chunk of next({ ...call, options: { ...call.options, onRetry, booked } })) {
        if (chunk.type === "finish") reservation.settle(chunk.response);
        else reservation.letGo();
        begun = true;
        yield chunk;
      }
    } catch (failure) {
      // What broke off after its first piece was no refusal, whatever its status.
      reservation.fail(begun ? undefined : failure);
      throw failure;
    } finally {
      reservation.fail();
    }
  };
}

/** The booking of the caller above, for whoever asks next. */
function handedOn(budget: Budget, { booked, onRetry }: ModelCallOptions): ModelCallOptions {
  let taken = false;
  return {
    booked: (other) => {
      if (other !== budget) return booked?.(other);
      if (taken) return "taken";
      taken = true;
      return "yours";
    },
    onRetry: async (failure) => {
      await onRetry?.(failure);
      booked?.(budget); // the next attempt's
      taken = false;
    },
  };
}
