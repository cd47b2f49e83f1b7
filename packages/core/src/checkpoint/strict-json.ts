import { invalidArgument } from "../errors/hyperfunc-error.js";

/**
 * `JSON.stringify` for values that must come back the same: what JSON would silently change or drop is an error.
 *
 * Properties that are `undefined` are left out; `-0` becomes 0.
 *
 * @throws INVALID_ARGUMENT, naming the path, for NaN, infinities, bigints, functions, symbols, cycles, class instances,
 * and for `undefined` in a list.
 */
export function strictJson(value: unknown, what: string): string {
  check(value, what, []);
  return JSON.stringify(value);
}

function check(value: unknown, path: string, enclosing: readonly object[]): void {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number") {
    if (Number.isFinite(value)) return;
    throw invalidArgument(`${path} is ${value}, which JSON cannot hold.`, { path });
  }
  if (typeof value !== "object")
    throw invalidArgument(`${path} is of type ${typeof value}, which JSON cannot hold.`, { path });
  if (enclosing.includes(value))
    throw invalidArgument(`${path} contains itself, which JSON cannot hold.`, { path });
  const inside = [...enclosing, value];
  if (Array.isArray(value)) {
    for (const [index, part] of value.entries()) check(part, `${path}[${index}]`, inside);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw invalidArgument(`${path} is a ${value.constructor.name}, which JSON would not bring back.`, {
      path,
    });
  }
  for (const [key, part] of Object.entries(value))
    if (part !== undefined) check(part, `${path}.${key}`, inside);
}
