import { invalidArgument } from "../errors/hyperfunc-error.js";
import type { ChoiceField, Field, HpType, ScalarField } from "./hp-type.js";
import type { ScalarTensor } from "./tensor-types.js";

/** A searched number: `default` between `min` and `max`, both inclusive; a missing bound is open. */
export interface NumberDeclaration {
  readonly default: number;
  readonly min?: number;
  readonly max?: number;
  /** `"log"` searches orders of magnitude and needs `min > 0`. Default `"linear"`. */
  readonly scale?: "linear" | "log";
  /** Only whole numbers reach the program. Default false. */
  readonly integer?: boolean;
}

/** One of a list; the first is the default unless `default` names another. */
export interface ChoiceDeclaration<Choice extends string | number | boolean = string | number | boolean> {
  readonly choices: readonly Choice[];
  readonly default?: Choice;
}

export type FieldDeclaration = NumberDeclaration | ChoiceDeclaration;
export type FieldDeclarations = Readonly<Record<string, FieldDeclaration>>;

/** The `hp` value of declared fields. */
export type DeclaredValue<Fields extends FieldDeclarations, Tensor extends boolean> = {
  readonly [Name in keyof Fields]: Fields[Name] extends { readonly choices: readonly (infer Choice)[] }
    ? Choice
    : Tensor extends true
      ? ScalarTensor
      : number;
};

/** A declared type of scalars; `create` fills the fields that are not given with their defaults. */
export interface ScalarHpType<Value extends object, Creatable extends object = Value> extends HpType<Value> {
  create(values?: Partial<Creatable>): Creatable;
}

/**
 * Declares a parameter type from named fields.
 *
 * With `tensor: true` the numbers reach the program as scalar tensors, so that a whole population can be evaluated at
 * once; choices always stay plain values.
 *
 * @throws INVALID_ARGUMENT for an empty type, bounds that exclude the default, a log scale that reaches zero, no choices.
 * @example
 * import { defineHpType, hyperfunction } from "@hyperfunc/core";
 * const Gate = defineHpType({
 *   name: "Gate",
 *   fields: { threshold: { default: 0.5, min: 0, max: 1 }, model: { choices: ["small", "large"] } },
 * });
 * const route = hyperfunction({ name: "route", hpType: Gate, optimizeHparams: true }, ({ score }: { score: number }, { hp }) =>
 *   score > hp.threshold ? hp.model : "none",
 * );
 * console.log(await route({ score: 0.9 })); // small
 */
export function defineHpType<
  const Fields extends FieldDeclarations,
  const Tensor extends boolean = false,
>(declaration: {
  readonly name: string;
  readonly tensor?: Tensor;
  readonly fields: Fields;
}): ScalarHpType<DeclaredValue<Fields, Tensor>, DeclaredValue<Fields, false>> {
  const { name, tensor = false, fields } = declaration;
  const declared = Object.entries(fields).map(([field, options]) =>
    toField(`${name}.${field}`, field, options, tensor),
  );
  if (declared.length === 0)
    throw invalidArgument(`Parameter type "${name}" has no fields; declare at least one.`);
  return scalarHpType(name, declared, {});
}

/** A scalar type from its fields and the values that are never searched. */
export function scalarHpType<Value extends object, Creatable extends object = Value>(
  name: string,
  fields: readonly Field[],
  fixed: Readonly<Record<string, unknown>>,
): ScalarHpType<Value, Creatable> {
  const defaults = Object.fromEntries(fields.map((field) => [field.name, defaultOf(field)]));
  const known = new Set([...Object.keys(fixed), ...Object.keys(defaults)]);
  return {
    name,
    fields,
    fixed,
    create(values = {}) {
      for (const key of Object.keys(values)) {
        if (known.has(key)) continue;
        throw invalidArgument(`${name} has no field "${key}"; its fields are ${[...known].join(", ")}.`);
      }
      return { ...fixed, ...defaults, ...values } as Creatable;
    },
  };
}

function defaultOf(field: Field): unknown {
  if (field.kind === "choice") return field.choices[field.default];
  return field.kind === "scalar" ? field.default : undefined;
}

function toField(path: string, name: string, options: FieldDeclaration, tensor: boolean): Field {
  return "choices" in options ? choiceField(path, name, options) : scalarField(path, name, options, tensor);
}

function choiceField(path: string, name: string, options: ChoiceDeclaration): ChoiceField {
  const index = options.default === undefined ? 0 : options.choices.indexOf(options.default);
  if (options.choices.length === 0) throw invalidArgument(`${path} has no choices; give at least one.`);
  if (index < 0)
    throw invalidArgument(`${path}: default ${String(options.default)} is not among its choices.`);
  return { kind: "choice", name, choices: options.choices, default: index };
}

function scalarField(path: string, name: string, options: NumberDeclaration, tensor: boolean): ScalarField {
  const { default: initial, min = -Infinity, max = Infinity, scale = "linear", integer = false } = options;
  if (!Number.isFinite(initial)) throw invalidArgument(`${path}: default ${initial} is not a finite number.`);
  if (!(min < max)) throw invalidArgument(`${path}: min ${min} is not below max ${max}.`);
  if (initial < min || initial > max) {
    throw invalidArgument(
      `${path}: default ${initial} is outside [${min}, ${max}]; move the default or the bounds.`,
    );
  }
  if (scale === "log" && !(min > 0)) throw invalidArgument(`${path}: a log scale needs min > 0, got ${min}.`);
  if (integer && !Number.isInteger(initial))
    throw invalidArgument(`${path}: default ${initial} is not an integer.`);
  return { kind: "scalar", name, default: initial, min, max, scale, integer, tensor };
}
