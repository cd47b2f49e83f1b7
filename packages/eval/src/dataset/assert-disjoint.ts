import { invalidArgument } from "@hyperfunc/core";
import { inputsKey } from "./content-hash.js";
import type { DatasetExample } from "./dataset-example.js";
import type { Dataset } from "./dataset.js";

const MOST_NAMED = 5;

/**
 * Checks that no two datasets share normalised inputs or a group: inputs that differ only in case, whitespace, invisible
 * characters or Unicode form count as the same, and groups are the examples' own or what `by` told a split to keep
 * together.
 *
 * @throws INVALID_ARGUMENT, naming the ids of examples that are in both.
 * @example
 * import { assertDisjoint, Dataset } from "@hyperfunc/eval";
 * const train = Dataset.of([{ inputs: "What is 2 + 2?", expected: "4" }], { name: "train" });
 * const test = Dataset.of([{ inputs: "what is 2 + 2? ", expected: "four" }], { name: "test" });
 * try {
 *   assertDisjoint(train, test);
 * } catch {
 *   console.log("leak"); // leak
 * }
 */
export function assertDisjoint(...datasets: readonly Dataset<unknown, unknown>[]): void {
  const owners = new Owners();
  for (const [index, dataset] of datasets.entries()) {
    const label = dataset.name === undefined ? `dataset ${index + 1}` : `"${dataset.name}"`;
    for (const example of dataset) {
      if (owners.claim(`inputs ${inputsKey(example)}`, "inputs", { index, label, example })) continue;
      const group = dataset.groupOf(example);
      if (group === undefined) continue;
      owners.claim(`group ${group}`, `group ${JSON.stringify(group)}`, { index, label, example });
    }
  }
  const { shared } = owners;
  if (shared.length === 0) return;
  const named = shared.slice(0, MOST_NAMED).map(({ sentence }) => sentence);
  const more = shared.length > MOST_NAMED ? `; and ${shared.length - MOST_NAMED} more` : "";
  throw invalidArgument(
    `The datasets are not disjoint: ${named.join("; ")}${more}. Split one dataset that holds all examples, or remove these from one of them.`,
    { shared: shared.map(({ ids }) => ids) },
  );
}

interface Claim {
  /** Position of the dataset. */
  readonly index: number;
  readonly label: string;
  readonly example: DatasetExample;
}

/** The first dataset to hold each key, and every example of another one that holds it too. */
class Owners {
  readonly shared: { readonly ids: readonly [string, string]; readonly sentence: string }[] = [];
  readonly #first = new Map<string, Claim>();

  /** True when another dataset has the key. */
  claim(key: string, what: string, claim: Claim): boolean {
    const first = this.#first.get(key);
    if (first === undefined) this.#first.set(key, claim);
    if (first === undefined || first.index === claim.index) return false;
    const ids = [first.example.id, claim.example.id] as const;
    const [one, other] = ids.map((id) => JSON.stringify(id));
    const sentence = `${one} in ${first.label} and ${other} in ${claim.label} have the same ${what}`;
    this.shared.push({ ids, sentence });
    return true;
  }
}
