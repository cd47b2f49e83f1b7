/** Failures of AI SDK models as those of other models: whether another attempt may help, and when. */
import { HyperfuncError, isHyperfuncError, modelFailure } from "@hyperfunc/core";
import { z } from "zod";
import { limitHeaders } from "../limits/limit-headers.js";
import { retryAfterMs } from "../wire/retry-after.js";

/** What the SDK's errors of API calls say, and the error parts of streams, which are what the provider sent. */
const maybe = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);
const Told = z
  .object({
    message: maybe(z.string()),
    statusCode: maybe(z.number()),
    responseHeaders: z.unknown(),
    data: maybe(z.object({ error: z.object({ code: z.string() }) })),
  })
  .partial()
  .catch({});
const OUT_OF_CREDIT = "insufficient_quota";

export function aiSdkFailure(error: unknown, name: string, signal: AbortSignal | undefined): HyperfuncError {
  if (isHyperfuncError(error)) return error;
  const { message = String(error), statusCode, responseHeaders, data } = Told.parse(error);
  // A status of success with an answer that cannot be read: the call may have been paid.
  const status = statusCode !== undefined && statusCode >= 400 ? { status: statusCode } : {};
  const failure = modelFailure(Object.assign(new Error(message), status), name, signal);
  const headers = headersOf(responseHeaders);
  const wait = retryAfterMs(headers);
  const limits = limitHeaders(headers);
  return new HyperfuncError(failure.code, failure.message, {
    retryable: failure.retryable && data?.error?.code !== OUT_OF_CREDIT,
    infrastructure: failure.infrastructure,
    details: {
      ...failure.details,
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
      ...(Object.keys(limits).length === 0 ? {} : { limitHeaders: limits }),
    },
  });
}

/** The headers that are well-formed. */
export function headersOf(given: unknown): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given ?? {})) {
    if (
      typeof value !== "string" ||
      /[^\t\x20-\x7e\x80-\xff]/.test(value) ||
      !/^[\w!#$%&'*+.^`|~-]+$/.test(name)
    )
      continue;
    headers.set(name, value);
  }
  return headers;
}
