import type { Clock } from "@hyperfunc/core";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
/** Refusals without an answer in between whose `retry-after` is taken at its word. */
const BELIEVED = 5;

/** When nobody may call: what a server asks for, and what is waited after refusals that do not say. */
export class Pauses {
  /** The longest that a server may ask for; longer is not waited for. */
  readonly longestMs: number;
  readonly #clock: Clock;
  #until = -Infinity;
  /** Since the latest answer. */
  #refusals = 0;
  #answeredAt = -Infinity;

  constructor(longestMs: number, clock: Clock) {
    this.longestMs = longestMs;
    this.#clock = clock;
  }

  get leftMs(): number {
    return Math.max(0, this.#until - this.#clock.now());
  }

  /** When the latest answer came, by the clock. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  begin(ms: number): void {
    if (ms <= this.longestMs) this.#until = Math.max(this.#until, this.#clock.now() + ms);
  }

  answered(): void {
    this.#refusals = 0;
    this.#answeredAt = this.#clock.now();
  }

  /**
   * @param known Whether limits tell how long to wait.
   * @returns Whether it is a refusal of its own: calls that were in flight together are refused together.
   */
  refused(retryAfterMs: number | undefined, known: boolean): boolean {
    const first = this.leftMs === 0;
    const refusals = first ? this.#refusals++ : this.#refusals;
    if (retryAfterMs !== undefined) {
      // A server that names a time again and again and then refuses does not mean it.
      this.begin(Math.max(retryAfterMs, refusals < BELIEVED ? 0 : growing(refusals - BELIEVED)));
    } else if (first && !known) this.begin(growing(refusals));
    return first;
  }
}

function growing(refusals: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** refusals);
}
