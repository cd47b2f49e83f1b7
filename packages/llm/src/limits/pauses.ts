import type { Clock } from "@hyperfunc/core";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
/** Refusals without an answer in between whose `retry-after` is taken at its word. */
const BELIEVED = 5;
/** Refused this often, for longer than the windows of most limits last and with no answer in between, waiting is over. */
const MAX_REFUSALS = 7;
const MAX_SILENCE_MS = 60_000;

/** When nobody may call: what a server asks for, and what is waited after refusals that do not say. */
export class Pauses {
  /** The longest that a server may ask for; longer is not waited for. */
  readonly longestMs: number;
  readonly #clock: Clock;
  #until = -Infinity;
  /** Since the latest answer. */
  #refusals = 0;
  #refusedSince = 0;
  #over = false;

  constructor(longestMs: number, clock: Clock) {
    this.longestMs = longestMs;
    this.#clock = clock;
  }

  get leftMs(): number {
    return Math.max(0, this.#until - this.#clock.now());
  }

  /** Whether the server has long done nothing but refuse. */
  get over(): boolean {
    return this.#over;
  }

  begin(ms: number): void {
    if (ms <= this.longestMs) this.#until = Math.max(this.#until, this.#clock.now() + ms);
  }

  answered(): void {
    this.#refusals = 0;
    this.#over = false;
  }

  /**
   * @param askedMs How long the server asks to wait, in so many words or by its limits; undefined when it does not say.
   * @param busy Whether the server has a call that it did not refuse.
   * @returns Whether it is a refusal of its own: calls that were in flight together are refused together.
   */
  refused(askedMs: number | undefined, busy: boolean): boolean {
    if (this.leftMs > 0) {
      this.begin(askedMs ?? 0);
      return false;
    }
    const refusals = this.#refusals++;
    const now = this.#clock.now();
    if (refusals === 0) this.#refusedSince = now;
    this.#over = !busy && refusals + 1 >= MAX_REFUSALS && now - this.#refusedSince >= MAX_SILENCE_MS;
    // A server that names a time again and again and then refuses does not mean it.
    const grown =
      askedMs === undefined ? growing(refusals) : refusals < BELIEVED ? 0 : growing(refusals - BELIEVED);
    this.begin(Math.max(askedMs ?? 0, this.#over ? 0 : grown));
    return true;
  }
}

function growing(refusals: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** refusals);
}
