/** Which examples must stay together, because they share their inputs or a group, directly or through others. */
import { inputsKey } from "./content-hash.js";
import type { DatasetExample } from "./dataset-example.js";

export interface LinkedGroup<Inputs, Expected> {
  /**
   * The same however many examples are linked: the smallest group among them, else the inputs, which are the same then.
   */
  readonly key: string;
  readonly examples: DatasetExample<Inputs, Expected>[];
}

/** In the order of their first examples. */
export function linkedGroups<Inputs, Expected>(
  examples: readonly DatasetExample<Inputs, Expected>[],
  groupOf: (example: DatasetExample<Inputs, Expected>) => string | undefined,
): LinkedGroup<Inputs, Expected>[] {
  const links = new Links();
  // Every group comes before all inputs.
  const linked = examples.map((example) => ({ example, inputs: `inputs ${inputsKey(example)}` }));
  for (const { example, inputs } of linked) {
    const group = groupOf(example);
    if (group !== undefined) links.link(inputs, `group ${group}`);
  }
  const groups = new Map<string, LinkedGroup<Inputs, Expected>>();
  for (const { example, inputs } of linked) {
    const key = links.smallestLinked(inputs);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { key, examples: [example] });
    else group.examples.push(example);
  }
  return [...groups.values()];
}

/** Disjoint sets of strings, each with its smallest member as root. */
class Links {
  readonly #smaller = new Map<string, string>();

  link(a: string, b: string): void {
    const [rootA, rootB] = [this.smallestLinked(a), this.smallestLinked(b)];
    if (rootA < rootB) this.#smaller.set(rootB, rootA);
    else if (rootB < rootA) this.#smaller.set(rootA, rootB);
  }

  smallestLinked(member: string): string {
    let root = member;
    for (let next = this.#smaller.get(root); next !== undefined; next = this.#smaller.get(root)) root = next;
    for (let at = member; at !== root;) {
      const next = this.#smaller.get(at) ?? root;
      this.#smaller.set(at, root);
      at = next;
    }
    return root;
  }
}
