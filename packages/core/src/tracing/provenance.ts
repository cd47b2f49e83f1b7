/**
 * Which call an object or a text came out of.
 *
 * A value that a call received and handed on counts as that call's from then on: who reads it later depends on the last
 * one that had it in hands.
 */
import { walkValues } from "./walk-values.js";

/** Shorter strings turn up by chance. */
const SHORTEST_TEXT = 8;
/** Searching is linear in the number of texts; those beyond count as unknown, which is safe. */
const MAX_TEXTS = 2000;

/** What is known about the origin of one input. */
export interface Origins {
  readonly objects: ReadonlySet<number>;
  readonly texts: ReadonlySet<number>;
  /** True when some part of the input has no known origin. */
  readonly unknown: boolean;
}

/** The outputs seen so far, and the lookup of inputs among them. */
export class Provenance {
  readonly #objects = new Map<object, readonly number[]>();
  readonly #texts = new Map<string, readonly number[]>();

  /** Notes everything in an output. `superseded` tells the calls whose values this one hands on. */
  record(output: unknown, producer: number, superseded: (producer: number) => boolean): void {
    const handOn = (producers: readonly number[] = []): number[] => [
      ...producers.filter((earlier) => !superseded(earlier)),
      producer,
    ];
    walkValues(output, {
      object: (value) => {
        this.#objects.set(value, handOn(this.#objects.get(value)));
        return true;
      },
      string: (value) => {
        const text = value.trim();
        if (text.length < SHORTEST_TEXT) return;
        const known = this.#texts.get(text);
        if (known !== undefined || this.#texts.size < MAX_TEXTS) this.#texts.set(text, handOn(known));
      },
      opaque: () => undefined,
    });
  }

  /** Where the parts of an input come from. `given` knows what the run or the enclosing call was started with. */
  originsOf(input: unknown, given: (value: object | string) => boolean): Origins {
    const objects = new Set<number>();
    const texts = new Set<number>();
    let unknown = false;
    // Inside something of known origin, texts and objects are still looked up: it may have been added to since. What
    // else it holds belongs to it.
    walkValues(input, {
      object: (value) => {
        const producers = this.#objects.get(value);
        producers?.forEach((producer) => objects.add(producer));
        return producers !== undefined || given(value);
      },
      string: (value, accounted) => {
        const found = this.#textsIn(value);
        for (const text of found) this.#texts.get(text)?.forEach((producer) => texts.add(producer));
        unknown ||= found.length === 0 && !accounted && !(value.length >= SHORTEST_TEXT && given(value));
      },
      opaque: (accounted) => {
        unknown ||= !accounted;
      },
    });
    return { objects, texts, unknown };
  }

  /** Output texts inside `value`; one that is part of a longer one found is explained by that. */
  #textsIn(value: string): string[] {
    const found: string[] = [];
    for (const text of this.#texts.keys()) if (value.includes(text)) found.push(text);
    if (found.length < 2) return found;
    found.sort((a, b) => b.length - a.length);
    return found.filter((text, index) => !found.slice(0, index).some((longer) => longer.includes(text)));
  }
}

/** The objects and strings that a value is made of, to tell later whether something is one of them. */
export function partsOfInput(input: unknown): ReadonlySet<object | string> {
  const parts = new Set<object | string>();
  walkValues(input, {
    object: (value) => {
      parts.add(value);
      return true;
    },
    string: (value) => {
      parts.add(value);
    },
    opaque: () => undefined,
  });
  return parts;
}
