/**
 * What a parameter type is: a name, a list of fields in declared order, and a way to build the `hp` value from them.
 *
 * A field says by itself how it is searched, so nothing else in the code base branches on particular types. Core knows
 * scalars and choices; a tensor field's value is made by the tensor engine (see tensors/tensor-engine.ts).
 */

/** A number that is searched, in natural units. Unbounded sides are allowed; the step is then one unit. */
export interface ScalarField {
  readonly kind: "scalar";
  readonly name: string;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly scale: "linear" | "log";
  readonly integer: boolean;
  /** The value reaches the program as a scalar tensor, so that it can be batched. */
  readonly tensor: boolean;
}

/** One of a list of values; in a state it is stored as the index. */
export interface ChoiceField {
  readonly kind: "choice";
  readonly name: string;
  readonly choices: readonly (string | number | boolean)[];
  /** Index of the default. */
  readonly default: number;
}

/** A float32 tensor. A matrix with a `noiseRank` is perturbed by low-rank factors, anything else by full noise. */
export interface TensorField {
  readonly kind: "tensor";
  readonly name: string;
  readonly shape: readonly number[];
  readonly noiseRank: number | undefined;
  /** Standard deviation of the initial draw; 0 starts at zeros. */
  readonly initStd: number;
}

export type Field = ScalarField | ChoiceField | TensorField;

/** A bundle of trainable fields with the type `Value` of the `hp` object that a hyperfunction receives. */
export interface HpType<Value extends object = object> {
  readonly name: string;
  readonly fields: readonly Field[];
  /** Values of `hp` that are never searched (`maxTokens`, `stop`), with their defaults. */
  readonly fixed: Readonly<Record<string, unknown>>;
  /** Phantom: carries the value type. */
  readonly value?: Value;
}

/** One type, or a record of types: `{ read: Weights, gate: Gate }` gives `hp.read.weight` and `hp.gate.threshold`. */
export type HpSpec = HpType | Readonly<Record<string, HpType>>;

/** The `hp` value of a type or of a record of types. */
export type HpOf<Spec> =
  Spec extends HpType<infer Value>
    ? Value
    : Spec extends Readonly<Record<string, HpType>>
      ? { readonly [Key in keyof Spec]: Spec[Key] extends HpType<infer Value> ? Value : never }
      : undefined;

/** Explicit values that win over the tuned ones, field by field. */
export type HpOverride<Spec> =
  Spec extends HpType<infer Value>
    ? Partial<Value>
    : Spec extends Readonly<Record<string, HpType>>
      ? { readonly [Key in keyof Spec]?: Spec[Key] extends HpType<infer Value> ? Partial<Value> : never }
      : never;

export function isHpType(spec: HpSpec): spec is HpType {
  return Array.isArray((spec as HpType).fields);
}

/** Number of values a field occupies in a state. */
export function fieldSize(field: Field): number {
  return field.kind === "tensor" ? field.shape.reduce((size, side) => size * side, 1) : 1;
}
