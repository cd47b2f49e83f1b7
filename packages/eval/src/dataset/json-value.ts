/** JSON values as a dataset holds them: checked, copied and frozen, so that what was hashed cannot change. */
import { invalidArgument } from "@hyperfunc/core";

const MAX_DEPTH = 1000;

/**
 * A deeply frozen copy. Properties that are `undefined` are left out and -0 becomes 0, as in JSON.
 *
 * @throws INVALID_ARGUMENT, naming `what` and the path in it, for NaN, infinities, bigints, functions, symbols, cycles,
 * class instances, and for `undefined` outside an object.
 */
export function frozenJson<Value>(value: Value, what: () => string): Value {
  return new FrozenCopy(what).of(value) as Value;
}

/**
 * The text that is the same for all orders of keys, without the properties that are `undefined`; `text` maps the strings
 * that are values.
 */
export function canonicalJson(value: unknown, text?: (value: string) => string): string {
  if (typeof value === "string") return JSON.stringify(text === undefined ? value : text(value));
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  let members = "";
  if (Array.isArray(value)) {
    for (const part of value) members += `,${canonicalJson(part, text)}`;
    return `[${members.slice(1)}]`;
  }
  const record = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(record).sort()) {
    const part = record[key];
    if (part !== undefined) members += `,${JSON.stringify(key)}:${canonicalJson(part, text)}`;
  }
  return `{${members.slice(1)}}`;
}

class FrozenCopy {
  readonly #what: () => string;
  readonly #path: (string | number)[] = [];
  readonly #enclosing: object[] = [];

  constructor(what: () => string) {
    this.#what = what;
  }

  of(value: unknown): unknown {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number") {
      if (Number.isFinite(value)) return value + 0;
      throw this.#error(`is ${value}, which JSON cannot hold`);
    }
    if (typeof value !== "object") throw this.#error(`is of type ${typeof value}, which JSON cannot hold`);
    if (this.#enclosing.includes(value)) throw this.#error("contains itself, which JSON cannot hold");
    if (this.#enclosing.length >= MAX_DEPTH) throw this.#error(`is nested deeper than ${MAX_DEPTH} levels`);
    this.#enclosing.push(value);
    const copy = Array.isArray(value) ? this.#list(value) : this.#record(value);
    this.#enclosing.pop();
    return Object.freeze(copy);
  }

  #list(list: readonly unknown[]): unknown[] {
    // Not list.map, which would leave holes.
    return Array.from(list, (part, index) => this.#at(index, part));
  }

  #record(record: object): object {
    const prototype: unknown = Object.getPrototypeOf(record);
    // Object.prototype, also of another realm, is what has no prototype itself.
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      throw this.#error(`is a ${record.constructor.name}, which JSON would not bring back`);
    }
    const copies: [string, unknown][] = [];
    for (const [key, part] of Object.entries(record as Readonly<Record<string, unknown>>)) {
      if (part !== undefined) copies.push([key, this.#at(key, part)]);
    }
    // Not by assignment, since that to "__proto__" would not make a property.
    return Object.fromEntries(copies);
  }

  #at(key: string | number, part: unknown): unknown {
    this.#path.push(key);
    const copy = this.of(part);
    this.#path.pop();
    return copy;
  }

  #error(problem: string): Error {
    const path = this.#path.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
    const where = `${this.#what()}${path.length > 200 ? `${path.slice(0, 200)}…` : path}`;
    return invalidArgument(`${where} ${problem}; give plain JSON values.`, { path: where });
  }
}
