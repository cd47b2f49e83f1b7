/**
 * Visiting what a value is made of: arrays, plain objects, maps and sets, to a bounded depth and number. Everything else
 * is a leaf, among it tensors, typed arrays and class instances. No getter of the user's is ever called.
 */
import { types } from "node:util";

const MAX_DEPTH = 8;
const MAX_VISITS = 2000;

/** `accounted` says that the innermost container around the value was already accounted for. */
export interface ValueVisitor {
  /** Called for every object, once; true accounts for it. */
  object(value: object): boolean;
  string(value: string, accounted: boolean): void;
  /** Called for what can't be told apart or looked into: other primitives, and leaves that nobody accounted for. */
  opaque(accounted: boolean): void;
}

/** Visits `root` and what it is made of. `undefined` is nothing, and neither is an empty container at the root. */
export function walkValues(root: unknown, visitor: ValueVisitor): void {
  const seen = new Set<object>();
  let visits = 0;

  const visit = (value: unknown, depth: number, accounted: boolean): void => {
    if (value === undefined) return;
    visits++;
    if (typeof value === "string") return visitor.string(value, accounted);
    if ((typeof value !== "object" && typeof value !== "function") || value === null) {
      return visitor.opaque(accounted);
    }
    if (seen.has(value)) return;
    seen.add(value);
    const known = visitor.object(value);
    const parts = depth < MAX_DEPTH ? partsOf(value) : undefined;
    const nothingToSee = parts === undefined || (parts.length === 0 && depth > 0);
    if (nothingToSee && !known) visitor.opaque(false);
    for (const part of parts ?? []) {
      if (visits >= MAX_VISITS) return visitor.opaque(known);
      visit(part, depth + 1, known);
    }
  };
  visit(root, 0, false);
}

/** The parts of a container, or undefined for a leaf. */
function partsOf(value: object): readonly unknown[] | undefined {
  try {
    if (Array.isArray(value)) return value as readonly unknown[];
    if (types.isMap(value)) return [...value.keys(), ...value.values()] as unknown[];
    if (types.isSet(value)) return [...value];
    if (!isPlain(value)) return undefined;
    return Object.keys(value).map((key): unknown => Object.getOwnPropertyDescriptor(value, key)?.value);
  } catch {
    // A proxy may refuse anything.
    return undefined;
  }
}

/** True for object literals and for objects without a prototype, also from another realm. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
