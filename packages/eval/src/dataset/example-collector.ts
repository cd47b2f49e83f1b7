/** Examples one after the other, each under an id of its own. */
import { invalidArgument } from "@hyperfunc/core";
import { contentHash } from "./content-hash.js";
import { datasetExample, type DatasetExample, type DatasetRecord } from "./dataset-example.js";

/**
 * What becomes of an example that is there already, with the same id and content: an error, left out, or kept under the
 * id with `#2`, `#3` and so on behind it.
 */
export type Duplicates = "error" | "drop" | "keep";

const DUPLICATES: readonly unknown[] = ["error", "drop", "keep"] satisfies Duplicates[];

export class ExampleCollector<Inputs, Expected> {
  readonly examples: DatasetExample<Inputs, Expected>[] = [];
  readonly #duplicates: Duplicates;
  readonly #place: (position: number) => string;
  readonly #first = new Map<string, { readonly example: DatasetExample; readonly position: number }>();

  /** `place` names a position in error messages. */
  constructor(duplicates: Duplicates, place: (position: number) => string) {
    if (!DUPLICATES.includes(duplicates)) {
      throw invalidArgument(
        `duplicates must be "error", "drop" or "keep", got ${JSON.stringify(duplicates)}.`,
        { duplicates },
      );
    }
    this.#duplicates = duplicates;
    this.#place = place;
  }

  /** @throws INVALID_ARGUMENT, naming the position, for what is no example, and for an id that is taken. */
  add(record: DatasetRecord<Inputs, Expected>, position: number): void {
    const place = () => this.#place(position);
    const example = datasetExample(record, place);
    const first = this.#first.get(example.id);
    if (first === undefined) {
      this.#keep(example, position);
      return;
    }
    const both = `${place()} and ${this.#place(first.position)}`;
    const details = { id: example.id };
    if (contentHash(first.example) !== contentHash(example)) {
      throw invalidArgument(
        record.id === undefined
          ? `${both} have the same inputs and expected but other tags; give them ids, or tag them alike.`
          : `${both} have the same id ${JSON.stringify(example.id)} but other content; give each example its own id.`,
        details,
      );
    }
    if (this.#duplicates === "keep") {
      this.#keep(Object.freeze({ ...example, id: this.#freeId(example.id) }), position);
    } else if (this.#duplicates === "error") {
      throw invalidArgument(
        `${both} are the same example, id ${JSON.stringify(example.id)}; pass duplicates: "drop" for one of them or "keep" for both.`,
        details,
      );
    }
  }

  #keep(example: DatasetExample<Inputs, Expected>, position: number): void {
    this.#first.set(example.id, { example, position });
    this.examples.push(example);
  }

  #freeId(id: string): string {
    let copy = 2;
    while (this.#first.has(`${id}#${copy}`)) copy++;
    return `${id}#${copy}`;
  }
}
