import { APIError } from "openai";
import { z } from "zod";

const AnsweredError = z.object({
  error: z.object({ message: z.string(), code: z.union([z.number(), z.string()]).nullish() }),
});

/** What OpenRouter and other gateways say with status 200 when the provider behind them fails, as the failure that it is. */
export function answeredError(body: unknown, headers: Headers): APIError | undefined {
  const { data } = AnsweredError.safeParse(body);
  if (data === undefined) return undefined;
  const { message, code } = data.error;
  const status = Number(code);
  return APIError.generate(status >= 400 && status < 600 ? status : 502, data, message, headers);
}
