/** Boundary checks of the scorers' options, for callers without types as well. */
import { invalidArgument } from "@hyperfunc/core";
import { shownValue } from "./shown.js";

/**
 * The options with their defaults.
 *
 * @throws INVALID_ARGUMENT for an unknown name, and for a flag that is neither true nor false.
 */
export function withDefaults<T extends object>(
  scorer: string,
  defaults: NoInfer<Required<T>>,
  given: T,
): Readonly<Required<T>> {
  if (typeof given !== "object" || given === null) {
    throw invalidArgument(`${scorer} takes an object of options, got ${shownValue(given)}.`);
  }
  const options = { ...defaults };
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, name)) {
      const known = Object.keys(defaults).join(", ");
      throw invalidArgument(`${scorer} has no option "${name}"; its options are ${known}.`);
    }
    if (value === undefined) continue;
    if (typeof Reflect.get(defaults, name) === "boolean" && typeof value !== "boolean") {
      throw invalidArgument(`${scorer}: ${name} must be true or false, got ${shownValue(value)}.`);
    }
    Reflect.set(options, name, value);
  }
  return Object.freeze(options);
}

export function requireNonNegative(scorer: string, name: string, value: unknown): void {
  if (typeof value === "number" && value >= 0 && value < Infinity) return;
  throw invalidArgument(`${scorer}: ${name} must be a finite number from 0, got ${shownValue(value)}.`);
}

export function requirePositive(scorer: string, name: string, value: unknown): void {
  if (typeof value === "number" && value > 0 && value < Infinity) return;
  throw invalidArgument(`${scorer}: ${name} must be a finite number above 0, got ${shownValue(value)}.`);
}

export function requireChoice(
  scorer: string,
  name: string,
  value: unknown,
  choices: readonly string[],
): void {
  if (choices.includes(value as string)) return;
  const known = choices.map((choice) => `"${choice}"`).join(", ");
  throw invalidArgument(`${scorer}: ${name} must be one of ${known}, got ${shownValue(value)}.`);
}

export function requireTexts(scorer: string, name: string, value: unknown): void {
  if (Array.isArray(value) && value.every((entry) => typeof entry === "string")) return;
  throw invalidArgument(`${scorer}: ${name} must be an array of strings, got ${shownValue(value)}.`);
}
