/**
 * Dividing examples into parts so that nothing leaks from one into another.
 *
 * What belongs together is assigned as one. Without strata its place in [0, 1) is a seeded hash of its own key and of
 * nothing else, so that it stays where it is whatever is added, at the price of shares that are only met on average: of
 * n groups, within about sqrt(n · share · (1 − share)). With strata the places within each are evened out to
 * (rank + offset) / n, systematic sampling in the order of the hashes, which meets the shares to less than one group per
 * stratum, at the price that an addition can move a few groups across each boundary.
 */
import { createRng, invalidArgument } from "@hyperfunc/core";
import type { DatasetExample } from "./dataset-example.js";
import { linkedGroups, type LinkedGroup } from "./linked-groups.js";
import { partAt, type Boundary } from "./shares.js";

export interface SplitOptions<Inputs, Expected> {
  /** Other seeds give other splits. Default 0. */
  readonly seed?: number | undefined;
  /** Names what must stay on one side: the conversation, the user, the document. Default the example's `group`. */
  readonly by?: ((example: DatasetExample<Inputs, Expected>) => string) | undefined;
  /** Names the stratum of an example; each stratum is divided in the given shares. */
  readonly stratify?: ((example: DatasetExample<Inputs, Expected>) => string) | undefined;
}

type Group<Inputs, Expected> = LinkedGroup<Inputs, Expected>;

interface Placed<Inputs, Expected> {
  readonly group: Group<Inputs, Expected>;
  readonly place: number;
}

/**
 * The part of every example, in the order of the examples.
 *
 * `within` names the parts that the examples are of already: they were chosen by their places, so that the same places
 * could not divide them again.
 */
export function assignParts<Inputs, Expected>(
  examples: readonly DatasetExample<Inputs, Expected>[],
  boundaries: readonly Boundary[],
  groupOf: (example: DatasetExample<Inputs, Expected>) => string | undefined,
  { seed = 0, stratify }: SplitOptions<Inputs, Expected>,
  within: readonly string[],
): string[] {
  const groups = linkedGroups(examples, groupOf);
  const rng = createRng(seed, "split", ...within);
  const hashed = groups.map((group) => ({ group, place: rng.fork(group.key).uniform() }));
  const placed =
    stratify === undefined
      ? hashed
      : [...strataOf(hashed, stratify)].flatMap(([stratum, members]) =>
          evenedOut(members, createRng(seed, "split stratum", ...within, stratum).uniform()),
        );
  const parts = new Map<DatasetExample, string>();
  for (const { group, place } of placed) {
    const part = partAt(boundaries, place);
    for (const example of group.examples) parts.set(example, part);
  }
  const assigned = examples.map((example) => parts.get(example) ?? "");
  checkNoneEmpty(boundaries, assigned, groups, stratify !== undefined);
  return assigned;
}

/** A group that spans strata counts to the one most of its examples are of, of several such to the first by name. */
function strataOf<Inputs, Expected>(
  placed: readonly Placed<Inputs, Expected>[],
  stratify: (example: DatasetExample<Inputs, Expected>) => string,
): Map<string, Placed<Inputs, Expected>[]> {
  const strata = new Map<string, Placed<Inputs, Expected>[]>();
  for (const entry of placed) {
    const stratum = mostFrequent(
      entry.group.examples.map((example) => checkedKey(stratify(example), "stratify", example)),
    );
    const members = strata.get(stratum);
    if (members === undefined) strata.set(stratum, [entry]);
    else members.push(entry);
  }
  return strata;
}

function mostFrequent(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const [first] = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return first?.[0] ?? "";
}

/** The places of one stratum, in the same order but evenly apart. */
function evenedOut<Inputs, Expected>(
  members: readonly Placed<Inputs, Expected>[],
  offset: number,
): Placed<Inputs, Expected>[] {
  const total = members.reduce((sum, { group }) => sum + group.examples.length, 0);
  let before = 0;
  return members
    .toSorted((a, b) => a.place - b.place || (a.group.key < b.group.key ? -1 : 1))
    .map(({ group }) => {
      const size = group.examples.length;
      const place = (before + size * offset) / total;
      before += size;
      return { group, place };
    });
}

/** @throws INVALID_ARGUMENT, naming the example, for what is no string. */
export function checkedKey(key: unknown, option: "by" | "stratify", example: DatasetExample): string {
  if (typeof key === "string") return key;
  const got = key === undefined || typeof key === "number" ? String(key) : typeof key;
  throw invalidArgument(
    `${option} must return a string, but for example ${JSON.stringify(example.id)} it returned ${got}.`,
    { id: example.id },
  );
}

function checkNoneEmpty<Inputs, Expected>(
  boundaries: readonly Boundary[],
  assigned: readonly string[],
  groups: readonly Group<Inputs, Expected>[],
  stratified: boolean,
): void {
  const filled = new Set(assigned);
  for (const { part, share } of boundaries) {
    if (filled.has(part)) continue;
    const largest = groups.reduce((most, { examples }) => Math.max(most, examples.length), 0);
    const together =
      groups.length === assigned.length
        ? ""
        : ` in ${groups.length} groups that share inputs or a group, the largest of ${largest}`;
    throw invalidArgument(
      `The part "${part}", a share of ${share}, would be empty: there are ${assigned.length} examples${together}. ` +
        `Give more examples, a larger share, or another seed${stratified ? "" : `; stratify: () => "" meets the shares exactly`}.`,
      { part, share, examples: assigned.length, groups: groups.length },
    );
  }
}
