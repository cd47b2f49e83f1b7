/** What went wrong with a call, as an error that says whether another attempt may help, and never quotes a key. */
import { HyperfuncError, isHyperfuncError, withoutSecrets } from "@hyperfunc/core";
import { APIConnectionError, APIError, APIUserAbortError } from "openai";
import { limitHeaders } from "../limits/limit-headers.js";
import { statusOf } from "./answered-error.js";
import { retryAfterMs } from "./retry-after.js";

/** The request itself is wrong: the program's failure, and no other attempt helps. */
const REJECTED_REQUEST = new Set([400, 413, 422]);
const RETRYABLE = new Set([408, 409, 425, 429]);
/** OpenAI's code for a 429 that no waiting mends. */
const OUT_OF_CREDIT = "insufficient_quota";

export interface FailedCall {
  /** `provider/model`. */
  readonly name: string;
  /** Blacks out secrets that the server quotes. */
  readonly safe: (text: string) => string;
  readonly signal: AbortSignal | undefined;
}

export function callFailure(error: unknown, { name, safe, signal }: FailedCall): HyperfuncError {
  if (isHyperfuncError(error)) return error;
  if (error instanceof APIUserAbortError || signal?.aborted === true) {
    return new HyperfuncError("ABORTED", `The call of ${name} was aborted.`, { infrastructure: true });
  }
  const reason = safe(reasonOf(error));
  const status = error instanceof APIError ? statusOf(error) : undefined;
  if (error instanceof APIError && status !== undefined) {
    const { headers, code, type } = error as APIError<number, Headers>;
    const wait = retryAfterMs(headers);
    const limits = limitHeaders(headers, safe);
    return new HyperfuncError(
      "INFRASTRUCTURE",
      `${name} failed with status ${status}: ${reason.replace(new RegExp(`^${status}\\s+`), "")}`,
      {
        retryable: (RETRYABLE.has(status) && code !== OUT_OF_CREDIT) || status >= 500,
        infrastructure: !REJECTED_REQUEST.has(status),
        details: {
          status,
          ...word("code", code, safe),
          ...word("type", type, safe),
          ...(wait === undefined ? {} : { retryAfterMs: wait }),
          ...(Object.keys(limits).length === 0 ? {} : { limitHeaders: limits }),
        },
      },
    );
  }
  const how =
    error instanceof APIConnectionError
      ? "cannot be reached"
      : error instanceof APIError && error.error !== undefined
        ? "answered with an error"
        : "sent an answer that cannot be read";
  return new HyperfuncError("INFRASTRUCTURE", `${name} ${how}: ${reason}`, { retryable: true });
}

/** Blacks out credentials, those that are known and those that look like some. */
export function blackout(secrets: readonly string[]): (text: string) => string {
  return (text) =>
    withoutSecrets(secrets.reduce((shown, secret) => shown.replaceAll(secret, "[redacted]"), text));
}

function reasonOf(error: unknown): string {
  const causes: string[] = [];
  for (let at = error; at instanceof Error && causes.length < 3; at = at.cause) causes.push(at.message);
  return causes.length === 0 ? String(error) : causes.join(": ");
}

/** A short word, as codes and types of errors are; anything longer is a text, and the message has it. */
function word(name: string, value: unknown, safe: (text: string) => string): object {
  return typeof value === "string" && value.length <= 64 ? { [name]: safe(value) } : {};
}
