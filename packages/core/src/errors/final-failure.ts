import { isHyperfuncError, type HyperfuncErrorCode } from "./hyperfunc-error.js";

const FINAL: readonly HyperfuncErrorCode[] = [
  "ABORTED",
  "CALL_LIMIT",
  "BUDGET_EXHAUSTED",
  "BUDGET_UNBOUNDED",
];

/** True for what no other attempt and no other model can mend: aborts, and limits that the user has set. */
export function isFinalFailure(error: unknown): boolean {
  return FINAL.some((code) => isHyperfuncError(error, code));
}
