/** How long the evaluations of generations took, and what lay between them. */
export class GenerationTimes {
  readonly #evaluations: number[] = [];
  readonly #rests: number[] = [];
  #endedAt: number | undefined;

  get count(): number {
    return this.#evaluations.length;
  }

  /** The shortest of each, in milliseconds: what else the machine does can only add to them. */
  get best(): { readonly evaluationMs: number; readonly restMs: number } {
    const restMs = this.#rests.length === 0 ? 0 : Math.min(...this.#rests);
    return { evaluationMs: Math.min(...this.#evaluations), restMs };
  }

  async timed<T>(evaluate: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    if (this.#endedAt !== undefined) this.#rests.push(startedAt - this.#endedAt);
    const result = await evaluate();
    this.#endedAt = performance.now();
    this.#evaluations.push(this.#endedAt - startedAt);
    return result;
  }
}
