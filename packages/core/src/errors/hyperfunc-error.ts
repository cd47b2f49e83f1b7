/**
 * The one error class of Hyperfunc.
 *
 * `code` is stable and documented, `message` says what happened with the value and what to do about it. Errors are
 * recognised by a shared symbol rather than `instanceof`, so two copies of the package agree about each other's errors.
 */

/** Every code a Hyperfunc error can carry. */
export type HyperfuncErrorCode =
  | "INVALID_ARGUMENT"
  | "INVALID_STATE"
  | "DUPLICATE_NAME"
  | "UNKNOWN_PATH"
  | "SHAPE_MISMATCH"
  | "INVALID_METRIC"
  | "PROGRAM_MISMATCH"
  | "CHECKPOINT_MISMATCH"
  | "CALL_LIMIT"
  | "TIMEOUT"
  | "ABORTED"
  | "BUDGET_EXHAUSTED"
  | "BUDGET_UNBOUNDED"
  | "MEMORY_LIMIT"
  | "TOO_MANY_MISSING"
  | "INFRASTRUCTURE"
  | "INVALID_RESPONSE"
  | "NOT_VECTORISABLE"
  | "BACKEND_UNAVAILABLE"
  | "UNRESOLVED_MODEL"
  | "NO_TENSOR_ENGINE";

export interface HyperfuncErrorOptions {
  /** True when the same call may succeed if tried again; retries and infrastructure accounting read it. Default false. */
  readonly retryable?: boolean;
  /** True when the failure is of the infrastructure (transport, quota, abort) and not of the program. Default false. */
  readonly infrastructure?: boolean;
  readonly cause?: unknown;
  /** Machine-readable facts about the failure; never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

const MARKER = Symbol.for("hyperfunc.error");

export class HyperfuncError extends Error {
  override readonly name = "HyperfuncError";
  readonly code: HyperfuncErrorCode;
  readonly retryable: boolean;
  readonly infrastructure: boolean;
  readonly details: Readonly<Record<string, unknown>>;
  readonly [MARKER] = true;

  constructor(code: HyperfuncErrorCode, message: string, options: HyperfuncErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.infrastructure = options.infrastructure ?? options.retryable ?? false;
    this.details = options.details ?? {};
  }
}

/**
 * True for a Hyperfunc error, also one from another copy of the package; with `code`, only for that code.
 *
 * @example
 * import { hyperfunction, isHyperfuncError } from "@hyperfunc/core";
 * try {
 *   hyperfunction({ name: "" }, () => 1);
 * } catch (error) {
 *   console.log(isHyperfuncError(error, "INVALID_ARGUMENT")); // true
 * }
 */
export function isHyperfuncError(error: unknown, code?: HyperfuncErrorCode): error is HyperfuncError {
  if (typeof error !== "object" || error === null || !(MARKER in error)) return false;
  return code === undefined || (error as HyperfuncError).code === code;
}

/** The failure of a boundary check: bad input, named with its value and the remedy, before any work. */
export function invalidArgument(
  message: string,
  details?: Readonly<Record<string, unknown>>,
): HyperfuncError {
  return new HyperfuncError("INVALID_ARGUMENT", message, details === undefined ? {} : { details });
}
