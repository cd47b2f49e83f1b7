/**
 * Where every trainable value of a program lives: one flat array per hyperfunction, one path per leaf.
 *
 * `classify.hp.temperature` is the field of a single type, `classify.hp.gate.threshold` that of a record of types,
 * `classify.prompt` and `classify.demos` are text.
 */
import { fieldSize, isHpType, type Field, type HpSpec, type HpType } from "./hp-type.js";

export interface Leaf {
  readonly path: string;
  readonly hyperfunction: string;
  /** Key in a record of types; undefined when the hyperfunction has a single type. */
  readonly block: string | undefined;
  readonly field: Field;
  /** Position in the hyperfunction's flat array. */
  readonly offset: number;
  readonly size: number;
}

export interface HyperfunctionLayout {
  readonly name: string;
  readonly spec: HpSpec;
  readonly leaves: readonly Leaf[];
  readonly size: number;
  /** float32 when every leaf is a tensor, float64 otherwise. */
  readonly precision: "float32" | "float64";
}

export function hyperfunctionLayout(name: string, spec: HpSpec): HyperfunctionLayout {
  const leaves: Leaf[] = [];
  let offset = 0;
  for (const [block, type] of blocksOf(spec)) {
    for (const field of type.fields) {
      const path = [name, "hp", block, field.name].filter((part) => part !== undefined).join(".");
      const size = fieldSize(field);
      leaves.push({ path, hyperfunction: name, block, field, offset, size });
      offset += size;
    }
  }
  const precision = leaves.every((leaf) => leaf.field.kind === "tensor") ? "float32" : "float64";
  return { name, spec, leaves, size: offset, precision };
}

/** The types of a spec with their keys; a single type has no key. */
export function blocksOf(spec: HpSpec): [block: string | undefined, type: HpType][] {
  return isHpType(spec) ? [[undefined, spec]] : Object.entries(spec);
}

export function emptyValues(layout: HyperfunctionLayout): Float32Array | Float64Array {
  return layout.precision === "float32" ? new Float32Array(layout.size) : new Float64Array(layout.size);
}
