/** Ends a text before the string that is complete first, of some strings that may come in several pieces. */

export class StopStrings {
  readonly #stops: readonly string[];
  /** Text that may turn out to be the beginning of a stop string. */
  #held = "";
  #found = false;

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== "");
  }

  /** True once a stop string was found: nothing comes after it. */
  get found(): boolean {
    return this.#found;
  }

  /** Takes the next piece, and gives what is surely part of the text. */
  push(piece: string): string {
    if (this.#found) return "";
    const text = this.#held + piece;
    const [at = Infinity] = this.#stops
      .map((stop) => ({ start: text.indexOf(stop), length: stop.length }))
      .filter(({ start }) => start >= 0)
      .sort((one, other) => one.start + one.length - other.start - other.length || one.start - other.start)
      .map(({ start }) => start);
    this.#found = at < Infinity;
    const sure = this.#found ? at : text.length - this.#undecided(text);
    this.#held = this.#found ? "" : text.slice(sure);
    return text.slice(0, sure);
  }

  /** What was held back, when the text is over. */
  end(): string {
    const rest = this.#held;
    this.#held = "";
    return rest;
  }

  /** Length of the longest ending of the text that a stop string begins with. */
  #undecided(text: string): number {
    const longest = Math.max(0, ...this.#stops.map((stop) => stop.length - 1));
    for (let length = Math.min(longest, text.length); length > 0; length--) {
      const ending = text.slice(text.length - length);
      if (this.#stops.some((stop) => stop.startsWith(ending))) return length;
    }
    return 0;
  }
}
