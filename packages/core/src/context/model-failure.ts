/** What a model threw, as a Hyperfunc error: whose failure it is, whether trying again may help, without secrets. */
import { HyperfuncError, isHyperfuncError } from "../errors/hyperfunc-error.js";
import { withoutSecrets } from "../errors/without-secrets.js";

/** A request that the provider finds invalid is a failure of the program. */
const REJECTED_REQUEST = new Set([400, 413, 422]);
const RETRYABLE = new Set([408, 409, 429]);

export function modelFailure(error: unknown, name: string, signal: AbortSignal | undefined): HyperfuncError {
  if (isHyperfuncError(error)) return error;
  if (signal?.aborted === true) {
    return new HyperfuncError("ABORTED", `The call of ${name} was aborted.`, {
      infrastructure: true,
      cause: safeCopy(error),
    });
  }
  const status = statusOf(error);
  const reason = withoutSecrets(error instanceof Error ? error.message : String(error));
  return new HyperfuncError(
    "INFRASTRUCTURE",
    `${name} failed${status === undefined ? "" : ` with status ${status}`}: ${reason}`,
    {
      retryable: status === undefined || RETRYABLE.has(status) || status >= 500,
      infrastructure: status === undefined || !REJECTED_REQUEST.has(status),
      cause: safeCopy(error),
      details: status === undefined ? {} : { status },
    },
  );
}

const MOST_CAUSES = 4;

/** Errors of clients carry requests with their headers, so only what names the error and its causes is kept. */
function safeCopy(error: unknown, depth = 1): unknown {
  if (!(error instanceof Error)) return typeof error === "string" ? withoutSecrets(error) : undefined;
  const copy = new Error(withoutSecrets(error.message));
  copy.name = error.name;
  if (error.stack !== undefined) copy.stack = withoutSecrets(error.stack);
  if ("code" in error && typeof error.code === "string")
    Object.assign(copy, { code: withoutSecrets(error.code) });
  if (error.cause !== undefined && depth < MOST_CAUSES) copy.cause = safeCopy(error.cause, depth + 1);
  return copy;
}

function statusOf(error: unknown): number | undefined {
  const status: unknown =
    typeof error === "object" && error !== null ? Reflect.get(error, "status") : undefined;
  return typeof status === "number" ? status : undefined;
}
