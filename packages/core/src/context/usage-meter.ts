/** Calls, tokens and money spent by the model and tool calls of an evaluation. */
export interface UsageTotals {
  /** Calls of models and tools, failed ones included. */
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
  /** US dollars, as far as prices are known. */
  readonly costUsd: number;
  /** Calls among them that an interrupted process had paid for, and that were not paid again. */
  readonly replayedCalls: number;
}

/** The most that a call may use. */
interface CallBound {
  readonly tokens: number | "unbounded";
  readonly usd: number | "unbounded";
}

export class UsageMeter {
  #totals: UsageTotals = {
    calls: 0,
    inputTokens: 0,
    outputTokens: 0,
    totalTokens: 0,
    costUsd: 0,
    replayedCalls: 0,
  };
  #largestBound = { tokens: 0, usd: 0 };

  add(change: Partial<UsageTotals>): void {
    const now = this.#totals;
    this.#totals = {
      calls: now.calls + (change.calls ?? 0),
      inputTokens: now.inputTokens + (change.inputTokens ?? 0),
      outputTokens: now.outputTokens + (change.outputTokens ?? 0),
      totalTokens: now.totalTokens + (change.totalTokens ?? 0),
      costUsd: now.costUsd + (change.costUsd ?? 0),
      replayedCalls: now.replayedCalls + (change.replayedCalls ?? 0),
    };
  }

  get totals(): UsageTotals {
    return this.#totals;
  }

  noteBound({ tokens, usd }: CallBound): void {
    const larger = (known: number, bound: number | "unbounded"): number =>
      bound === "unbounded" ? known : Math.max(known, bound);
    this.#largestBound = {
      tokens: larger(this.#largestBound.tokens, tokens),
      usd: larger(this.#largestBound.usd, usd),
    };
  }

  /** The largest bound of a single call so far, as far as calls are bounded. */
  get largestBound(): { readonly tokens: number; readonly usd: number } {
    return this.#largestBound;
  }
}
