import { scalarHpType, type ScalarHpType } from "./define-hp-type.js";
import type { ScalarField } from "./hp-type.js";

/** Sampling parameters of a language model. Only the first five are searched. */
export interface LMParamValue {
  /** Default 0.7, in [0, 2]. */
  readonly temperature: number;
  /** Nucleus mass; default 1, in [0, 1]. */
  readonly topP: number;
  /** Default 0, in [-2, 2]. */
  readonly presencePenalty: number;
  /** Default 0, in [-2, 2]. */
  readonly frequencyPenalty: number;
  /** Share of the model's output limit; default 0.25, in [0, 1]. */
  readonly maxTokensFrac: number;
  /** Output limit in tokens; wins over `maxTokensFrac`. Not searched. */
  readonly maxTokens: number | undefined;
  /** Strings that end the output. Not searched. */
  readonly stop: readonly string[] | undefined;
  /** Sampling seed of the model, where it has one. Not searched. */
  readonly seed: number | undefined;
}

/**
 * The parameter type of language-model calls.
 *
 * @example
 * import { LMParam } from "@hyperfunc/core";
 * console.log(LMParam.create({ temperature: 0.5 }).topP); // 1
 */
export const LMParam: ScalarHpType<LMParamValue> = lmParamWithout([]);

/**
 * `LMParam` for a model that refuses some parameters: these are undefined, so that they are neither sent nor searched.
 *
 * @example
 * import { lmParamWithout } from "@hyperfunc/core";
 * console.log(lmParamWithout(["temperature"]).fields.length); // 4
 */
export function lmParamWithout(refused: readonly string[]): ScalarHpType<LMParamValue> {
  const searched = [
    range("temperature", 0.7, 0, 2),
    range("topP", 1, 0, 1),
    range("presencePenalty", 0, -2, 2),
    range("frequencyPenalty", 0, -2, 2),
    range("maxTokensFrac", 0.25, 0, 1),
  ];
  const absent = refused.map((name) => [name, undefined] as const);
  return scalarHpType(
    "LMParam",
    searched.filter(({ name }) => !refused.includes(name)),
    { ...Object.fromEntries<undefined>(absent), maxTokens: undefined, stop: undefined, seed: undefined },
  );
}

/** Knobs of an adapter. */
export interface AdapterMetaValue {
  /** Default 1, in [0, 2]. */
  readonly scale: number;
  /** Default 1, in [0, 1]. */
  readonly dropoutKeep: number;
  /** Default 0, in [-4, 4]. */
  readonly gateBias: number;
  /** Default 0.5, in [0, 1]. */
  readonly priority: number;
}

/** The parameter type of adapters. */
export const AdapterMeta: ScalarHpType<AdapterMetaValue> = scalarHpType(
  "AdapterMeta",
  [
    range("scale", 1, 0, 2),
    range("dropoutKeep", 1, 0, 1),
    range("gateBias", 0, -4, 4),
    range("priority", 0.5, 0, 1),
  ],
  {},
);

function range(name: string, initial: number, min: number, max: number): ScalarField {
  return { kind: "scalar", name, default: initial, min, max, scale: "linear", integer: false, tensor: false };
}
