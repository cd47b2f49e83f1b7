import { HyperfuncError, isHyperfuncError, type ModelCallOptions, type ModelResponse } from "@hyperfunc/core";
import type { ModelMiddleware } from "../middleware/model-middleware.js";
import { opened } from "../middleware/opened.js";
import { limitObservations, type LimitObservation } from "./limit-headers.js";
import { RateLimiter, type RateLimitOptions, type Ticket } from "./rate-limiter.js";
import { TokenEstimate, type CallCost } from "./token-estimate.js";

/** The front of a line is refused less often than this where it is the others who use a limit up. */
const MAX_REFUSALS_ALONE = 20;

/**
 * Waits for the limits of an endpoint: those told, and those learned from its answers.
 *
 * A refusal (429) makes the call wait and be sent again, which is no retry: layers around see one call, and budgets every
 * attempt. Models that share a limiter wait in one line. A run's place among concurrent calls is free meanwhile, so a slow
 * endpoint does not hold up another.
 *
 * @param limits The limiter, a function that finds it at the first call, or limits for one of this model's own.
 * @throws INVALID_ARGUMENT for bad limits; the server's refusal when it asks for a pause longer than `maxPauseMs`, does
 * nothing but refuse for a minute, refuses this call twenty times with no other in flight, or says that the account is out
 * of credit.
 * @example
 * import { withRateLimit, wrapModel } from "@hyperfunc/llm";
 * import { scriptedModel } from "@hyperfunc/core/testing";
 * const model = wrapModel(scriptedModel(["Paris"]), [withRateLimit({ requestsPerMinute: 500, tokensPerMinute: 30_000 })]);
 * const { content } = await model.generate({ messages: [{ role: "user", content: "Capital of France?" }] });
 * console.log(content); // Paris
 */
export function withRateLimit(
  limits: RateLimiter | RateLimitOptions | (() => RateLimiter) = {},
): ModelMiddleware {
  const own =
    limits instanceof RateLimiter || typeof limits === "function" ? limits : new RateLimiter(limits);
  const estimate = new TokenEstimate();
  return async function* (call, next) {
    const limiter = typeof own === "function" ? own() : own;
    const { signal, pause, onRetry } = call.options;
    const arrival = limiter.arrive();
    let refusedAlone = 0;
    for (;;) {
      const cost = estimate.of(call.request);
      const ticket =
        limiter.tryEnter(cost) ?? (await waited(() => limiter.enter(cost, { arrival, signal }), pause));
      let refusal: unknown;
      let begun = false;
      try {
        for await (const chunk of await opened(next(call))) {
          if (chunk.type === "finish") {
            estimate.learn(call.request, chunk.response);
            ticket.answered(observationsIn(chunk.response), used(chunk.response));
            // A reader may want no more than this, and then never asks for the end.
            ticket.release();
          } else if (!begun) ticket.begun();
          begun = true;
          yield chunk;
        }
        return;
      } catch (failure) {
        noteFailure(failure, limiter, ticket);
        if (begun || !isLimit(failure)) throw failure;
        const why = hopeless(failure, limiter, cost);
        if (why !== undefined) throw given(failure, why);
        if (limiter.state.inFlight === 1) refusedAlone++;
        if (limiter.pauses.over || refusedAlone >= MAX_REFUSALS_ALONE)
          throw given(failure, "it has done nothing else for long");
        refusal = failure;
      } finally {
        ticket.release();
      }
      await onRetry?.(refusal);
    }
  };
}

/** Waits in the line, and for a place among concurrent calls; whoever does not get both gives the first back. */
async function waited(enter: () => Promise<Ticket>, pause: ModelCallOptions["pause"]): Promise<Ticket> {
  if (pause === undefined) return enter();
  let ticket: Ticket | undefined;
  try {
    return await pause(async () => (ticket = await enter()));
  } catch (error) {
    ticket?.cancel();
    throw error;
  }
}

/** Why a refusal will not pass in time: the server says so, or else its limits do. */
function hopeless(failure: HyperfuncError, limiter: RateLimiter, cost: CallCost): string | undefined {
  const { longestMs } = limiter.pauses;
  const pauseMs = retryAfterMs(failure);
  if (pauseMs === undefined) return limiter.hopeless(cost);
  return pauseMs > longestMs
    ? `it asks for a pause of ${pauseMs} ms, and maxPauseMs is ${longestMs}`
    : undefined;
}

function noteFailure(failure: unknown, limiter: RateLimiter, ticket: Ticket): void {
  if (!isHyperfuncError(failure)) return;
  const pauseMs = retryAfterMs(failure);
  if (failure.details["status"] === 429) ticket.refused(observationsIn(failure.details), pauseMs);
  else if (pauseMs !== undefined) limiter.pauses.begin(pauseMs);
}

/** Whether the server refused for a limit that passes. */
function isLimit(failure: unknown): failure is HyperfuncError {
  return isHyperfuncError(failure) && failure.details["status"] === 429 && failure.retryable;
}

/** A refusal that was waited for as long as it may: no layer above needs to begin anew. */
function given({ code, message, details }: HyperfuncError, why: string): HyperfuncError {
  return new HyperfuncError(code, `${message} No more waiting: ${why}.`, {
    retryable: false,
    infrastructure: true,
    details,
  });
}

function retryAfterMs({
  details,
}: {
  readonly details: Readonly<Record<string, unknown>>;
}): number | undefined {
  const ms = details["retryAfterMs"];
  return typeof ms === "number" && ms > 0 ? ms : undefined;
}

function observationsIn({ limitHeaders }: { readonly limitHeaders?: unknown }): LimitObservation[] {
  return limitObservations((limitHeaders ?? {}) as Readonly<Record<string, string>>);
}

function used({ usage: { inputTokens, outputTokens } }: ModelResponse): CallCost {
  return { requests: 1, inputTokens, outputTokens };
}
