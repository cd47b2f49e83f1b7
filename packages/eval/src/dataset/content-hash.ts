/** What examples are recognised by: their whole content, or what their inputs say. */
import { hash } from "node:crypto";
import type { DatasetExample } from "./dataset-example.js";
import { canonicalJson } from "./json-value.js";

interface Hashes {
  content?: string;
  inputs?: string;
}

const known = new WeakMap<DatasetExample, Hashes>();

/** SHA-256, in hexadecimal, of everything an example holds; the order of keys and of tags does not count. */
export function contentHash(example: DatasetExample): string {
  const { id, inputs, expected, tags, group } = example;
  return (hashesOf(example).content ??= sha256(
    canonicalJson({ id, inputs, expected, tags: tags.toSorted(), group }),
  ));
}

/** The id of an example that was given none: of inputs, expected and group, so that a new tag keeps it. */
export function contentId({
  inputs,
  expected,
  group,
}: Pick<DatasetExample, "inputs" | "expected" | "group">): string {
  return sha256(canonicalJson({ inputs, expected, group })).slice(0, 16);
}

/** The same for inputs that differ only in case, whitespace, invisible characters or the Unicode form of their strings. */
export function inputsKey(example: DatasetExample): string {
  return (hashesOf(example).inputs ??= sha256(canonicalJson(example.inputs, normalisedText)).slice(0, 32));
}

/** The hash of a list of hashes whose order does not count. */
export function hashOfAll(hashes: readonly string[]): string {
  return sha256(hashes.toSorted().join("\n"));
}

function normalisedText(text: string): string {
  // Upper before lower case, since only so ß meets SS and ς meets σ.
  const folded = text
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .toUpperCase()
    .toLowerCase();
  // Single spaces are what most texts are full of; to replace them by themselves takes longer than all the rest.
  return folded.replace(/\s{2,}|[^\S ]/g, " ").trim();
}

function sha256(text: string): string {
  return hash("sha256", text, "hex");
}

/** Examples never change, and those of one dataset are in many others. */
function hashesOf(example: DatasetExample): Hashes {
  const before = known.get(example);
  if (before !== undefined) return before;
  const hashes: Hashes = {};
  known.set(example, hashes);
  return hashes;
}
