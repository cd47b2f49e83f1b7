import { isFinalFailure, isHyperfuncError } from "@hyperfunc/core";

/** Whether a failure is not of one row: every other would fail alike. */
export function endsEvaluation(error: unknown): boolean {
  return isFinalFailure(error) || isHyperfuncError(error, "UNRESOLVED_MODEL");
}
