import { invalidArgument, type Example } from "@hyperfunc/core";
import { contentId } from "./content-hash.js";
import { frozenJson } from "./json-value.js";
import { insteadOf } from "./instead-of.js";

/** An example as a dataset holds it; deeply frozen. */
export interface DatasetExample<Inputs = unknown, Expected = unknown> extends Example<Inputs, Expected> {
  /** As given, else 16 hexadecimal digits of the hash of inputs, expected and group; unique in the dataset. */
  readonly id: string;
  /** Without repetitions. */
  readonly tags: readonly string[];
  /** What must stay on one side of a split: a conversation, a user, a document. */
  readonly group?: string;
}

/** An example as it is given to a dataset; inputs and expected are JSON values. */
export interface DatasetRecord<Inputs = unknown, Expected = unknown> {
  readonly inputs: Inputs;
  /** `undefined` where nothing is expected. */
  readonly expected: Expected;
  /** Default from the content. */
  readonly id?: string | undefined;
  /** Default none. */
  readonly tags?: readonly string[] | undefined;
  /** What must stay on one side of a split. Default none. */
  readonly group?: string | undefined;
}

const FIELDS = ["inputs", "expected", "id", "tags", "group"] as const;

const NO_TAGS: readonly string[] = Object.freeze([]);

/**
 * The frozen example of a record.
 *
 * @throws INVALID_ARGUMENT, beginning with `place`, for what is no example or no JSON.
 */
export function datasetExample<Inputs, Expected>(
  record: DatasetRecord<Inputs, Expected>,
  place: () => string,
): DatasetExample<Inputs, Expected> {
  checkFields(record, place);
  const { id } = record;
  checkName(id, "id", place);
  const named = () => `${place()}${id === undefined ? "" : ` (id ${JSON.stringify(id)})`}`;
  const { group } = record;
  checkName(group, "group", named);
  const content = {
    inputs: frozenJson(record.inputs, () => `${named()}: inputs`),
    expected:
      record.expected === undefined
        ? record.expected
        : frozenJson(record.expected, () => `${named()}: expected`),
    tags: checkedTags(record.tags, named),
    ...(group === undefined ? {} : { group }),
  };
  return Object.freeze({ id: id ?? contentId(content), ...content });
}

function checkFields(record: unknown, place: () => string): void {
  if (typeof record !== "object" || record === null || !("inputs" in record)) {
    throw invalidArgument(
      `${place()} has no "inputs"; an example is { inputs, expected, id?, tags?, group? }.`,
    );
  }
  const unknown = Object.keys(record).find((key) => !(FIELDS as readonly string[]).includes(key));
  if (unknown === undefined) return;
  throw invalidArgument(
    `${place()} has a field ${JSON.stringify(unknown)}, which an example does not have; ${insteadOf(unknown, FIELDS)}`,
    { field: unknown },
  );
}

function checkName(value: unknown, field: "id" | "group", place: () => string): void {
  if (value === undefined || (typeof value === "string" && value !== "")) return;
  throw invalidArgument(
    `${place()}: ${field} must be a string that is not empty, got ${shown(value)}; leave it out where there is none.`,
    { field },
  );
}

function checkedTags(tags: unknown, place: () => string): readonly string[] {
  if (tags === undefined) return NO_TAGS;
  if (Array.isArray(tags) && tags.every((tag): tag is string => typeof tag === "string" && tag !== "")) {
    return tags.length === 0 ? NO_TAGS : Object.freeze([...new Set(tags)]);
  }
  throw invalidArgument(
    `${place()}: tags must be a list of strings that are not empty, got ${shown(tags)}.`,
    {
      field: "tags",
    },
  );
}

function shown(value: unknown): string {
  if (
    typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "boolean" ||
    value === null
  ) {
    return JSON.stringify(value);
  }
  return Array.isArray(value) ? `[${value.slice(0, 5).map(shown).join(", ")}]` : typeof value;
}
