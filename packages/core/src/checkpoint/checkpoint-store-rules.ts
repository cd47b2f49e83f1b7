/** What every store asks of its user. */
import { HyperfuncError, invalidArgument } from "../errors/hyperfunc-error.js";

/** @throws INVALID_ARGUMENT unless `step` is a whole number above the last one. */
export function checkNextStep(step: number, last: number | undefined): void {
  if (Number.isSafeInteger(step) && step > (last ?? -1)) return;
  throw invalidArgument(
    `The step of a checkpoint must be a whole number above the last one (${last ?? "none so far"}), got ${step}.`,
    { step, last },
  );
}

/** The failure of whatever needs to know which checkpoint it belongs to. */
export function notOpened(): HyperfuncError {
  return new HyperfuncError(
    "INVALID_STATE",
    "A checkpoint store must be opened first: await load() to continue a run, or clear() to start over.",
  );
}
