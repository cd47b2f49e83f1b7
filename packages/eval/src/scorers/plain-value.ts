/** Any value as a tree of JSON values, or the reason why it is none. */
import { types } from "node:util";

export type Plain = null | boolean | number | bigint | string | Plain[] | { [key: string]: Plain };

export type PlainReading =
  | { readonly value: Plain; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: string };

const DEEPEST = 500;
/** JSON.stringify leaves such fields out. */
const DROPPED = ["undefined", "function", "symbol"];

class Unreadable extends Error {}

/**
 * Reads a value as JSON.stringify would, without what that loses: NaN is refused instead of becoming null, maps, sets,
 * typed arrays, errors and regular expressions keep their contents, and -0 is 0. Objects have no prototype, so that
 * a key such as `__proto__` is one like any other.
 */
export function readPlain(value: unknown, normalizeUnicode: boolean): PlainReading {
  try {
    return { value: toPlain(value, normalizeUnicode, []) };
  } catch (error) {
    if (error instanceof Unreadable) return { problem: error.message };
    return { problem: "a value that throws when it is read" };
  }
}

export function isPlainObject(value: Plain | undefined): value is { [key: string]: Plain } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function toPlain(value: unknown, normalizeUnicode: boolean, above: readonly object[]): Plain {
  switch (typeof value) {
    case "string":
      return normalizeUnicode ? value.normalize("NFC") : value;
    case "number":
      if (Number.isNaN(value)) throw new Unreadable("NaN");
      return value === 0 ? 0 : value;
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    case "boolean":
      return value;
    case "undefined":
      return null;
    case "object":
      return value === null ? null : fromObject(value, normalizeUnicode, above);
    default:
      throw new Unreadable(`a ${typeof value}`);
  }
}

function fromObject(value: object, normalizeUnicode: boolean, above: readonly object[]): Plain {
  if (above.includes(value)) throw new Unreadable("an object that contains itself");
  if (above.length >= DEEPEST) throw new Unreadable(`a value nested deeper than ${DEEPEST} levels`);
  const inside = [...above, value];
  const read = (inner: unknown): Plain => toPlain(inner, normalizeUnicode, inside);
  // node:util rather than instanceof: values may come from another realm, as in a sandbox or a test runner.
  if (types.isPromise(value)) throw new Unreadable("a promise; await it first");
  if (types.isBoxedPrimitive(value)) return read(value.valueOf());
  if (types.isDate(value)) return dateText(value);
  if (types.isRegExp(value)) return String(value);
  if (types.isNativeError(value))
    return entries(
      [
        ["name", value.name],
        ["message", value.message],
      ],
      read,
    );
  if (types.isMap(value)) {
    const pairs = [...value];
    return pairs.every(([key]) => typeof key === "string")
      ? entries(pairs as [string, unknown][], read)
      : pairs.map(([key, inner]) => [read(key), read(inner)]);
  }
  if (Array.isArray(value) || types.isSet(value)) return Array.from(value as Iterable<unknown>, read);
  if (types.isTypedArray(value)) return Array.from(value as Iterable<unknown>, read);
  if (types.isAnyArrayBuffer(value)) return Array.from(new Uint8Array(value));
  const toJson: unknown = Reflect.get(value, "toJSON");
  if (typeof toJson === "function") return read(Reflect.apply(toJson, value, []));
  const own = Object.entries(value);
  // Two instances whose state is private would otherwise be equal as {}.
  if (own.length === 0 && !isRecord(value)) throw new Unreadable("an object without readable fields");
  return entries(own, read);
}

function entries(pairs: readonly (readonly [string, unknown])[], read: (inner: unknown) => Plain): Plain {
  const result = Object.create(null) as { [key: string]: Plain };
  for (const [key, inner] of pairs) {
    if (DROPPED.includes(typeof inner)) continue;
    result[read(key) as string] = read(inner);
  }
  return result;
}

function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new Unreadable("an invalid date");
  return date.toISOString();
}

function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
