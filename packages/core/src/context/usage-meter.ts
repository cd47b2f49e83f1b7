/** Calls, tokens and money spent by the model and tool calls of an evaluation. */
export interface UsageTotals {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
  /** US dollars, as far as prices are known. */
  readonly costUsd: number;
  /** Calls answered from the journal of an interrupted run instead of being paid again. */
  readonly replayedCalls: number;
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
}
