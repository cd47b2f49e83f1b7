import { Budget, type Reservation, type ReservationRequest } from "../budget/budget.js";
import { HyperfuncError } from "../errors/hyperfunc-error.js";

/** The ledger of a share: its runs are counted by whoever shares out, and calls of models and tools are refused. */
export class RunsOnly extends Budget {
  /** A call was refused, whatever the program made of the error. */
  refused = false;

  override reserve(request: ReservationRequest): Reservation {
    const { calls = 0, tokens = 0, usd = 0 } = request;
    if (calls === 0 && tokens === 0 && usd === 0) return super.reserve(request);
    this.refused = true;
    throw new HyperfuncError(
      "INVALID_STATE",
      "The program calls models or tools, which only the thread of the optimisation may do.",
    );
  }
}
