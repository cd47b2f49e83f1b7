import { invalidArgument } from "@hyperfunc/core";
import type { DatasetExample } from "./dataset-example.js";
import type { Dataset } from "./dataset.js";
import { insteadOf } from "./instead-of.js";

/** The split that a part is of. */
export interface SplitOrigin {
  /** What was split. */
  readonly dataset: Dataset<unknown, unknown>;
  readonly part: string;
  readonly share: number;
  readonly seed: number;
}

/** The parts that a dataset is within, outermost first. */
export function partPath(origin: SplitOrigin | undefined): string[] {
  return origin === undefined ? [] : [...partPath(origin.dataset.origin), origin.part];
}

/** What a dataset knows beside its examples, and hands on to those made from it. */
export interface Facts {
  readonly name: string | undefined;
  readonly origin: SplitOrigin | undefined;
  /** All tags of the dataset that this one was chosen from, to tell an absent tag from a misspelt one. */
  readonly knownTags: ReadonlySet<string>;
  /** What `by` told a split to keep together, by id. */
  readonly groups: ReadonlyMap<string, string>;
}

/** Of a dataset that was made of nothing but its examples. */
export function firstFacts(examples: readonly DatasetExample[], name: string | undefined): Facts {
  return { name, origin: undefined, knownTags: new Set(tagsOf(examples)), groups: new Map() };
}

export function tagsOf(examples: readonly DatasetExample[]): string[] {
  return examples.flatMap(({ tags }) => tags);
}

/** @throws INVALID_ARGUMENT, naming near tags, for one that was never there. */
export function checkTag(tag: string, { name, knownTags }: Facts): void {
  if (knownTags.has(tag)) return;
  const of = name === undefined ? "" : ` of "${name}"`;
  throw invalidArgument(`No example${of} has the tag ${JSON.stringify(tag)}; ${insteadOf(tag, knownTags)}`, {
    tag,
  });
}
