import { APIError } from "openai";
import { z } from "zod";

const AnsweredError = z.object({ error: z.looseObject({ message: z.string() }) });

/** What gateways say with status 200 when the provider behind them fails, as the failure that it is. */
export function answeredError(body: unknown, headers: Headers): APIError | undefined {
  const { data } = AnsweredError.safeParse(body);
  return data && new APIError(undefined, data.error, undefined, headers);
}

/** The status that an error tells as its code, as OpenRouter's do, or by OpenAI's name for it. */
export function statusOf({ status, code }: { status?: unknown; code?: unknown }): number | undefined {
  if (typeof status === "number") return status;
  if (code === "insufficient_quota" || code === "rate_limit_exceeded") return 429;
  const told = Number(code ?? NaN);
  return told >= 400 && told < 600 ? told : undefined;
}
