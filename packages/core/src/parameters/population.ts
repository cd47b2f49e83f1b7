/**
 * A population: many candidates for the same parameters, described leaf by leaf and never as a list of full states.
 *
 * A perturbed matrix stays in factors, `base + a bᵀ`, so that an engine can evaluate it without any candidate's matrix
 * existing. `candidateState` materialises one candidate, for the plain loop and for whoever wants to look at it.
 */
import type { HyperfunctionLayout, Leaf } from "./layout.js";
import { withEntries, type Demonstration, type ParameterState, type Values } from "./parameter-state.js";

/** Values of one leaf for every candidate. Row-major, natural units. */
export type LeafBatch =
  /** One row of the leaf's size per candidate: `[candidates, size]`. */
  | { readonly kind: "dense"; readonly values: Float32Array | Float64Array }
  /** A matrix per candidate, `base [out, in] + a[c] [out, rank] · b[c]ᵀ [rank, in]`; sign and scale are folded into `a`. */
  | {
      readonly kind: "lowRank";
      readonly base: Float32Array;
      readonly rank: number;
      /** `[candidates, out, rank]` */
      readonly a: Float32Array;
      /** `[candidates, in, rank]` */
      readonly b: Float32Array;
    };

/** Prompt and demonstrations of one candidate, by hyperfunction name. */
export interface TextOverlay {
  readonly prompt?: string;
  readonly demos?: readonly Demonstration[];
}

export interface Population {
  readonly size: number;
  /** Everything that the leaves and texts do not override. */
  readonly base: ParameterState;
  /** By path, for example `classify.hp.weight`. */
  readonly leaves: ReadonlyMap<string, LeafBatch>;
  /** One entry per candidate, each by hyperfunction name. */
  readonly texts?: readonly ReadonlyMap<string, TextOverlay>[];
}

/** One candidate as a plain state. */
export function candidateState(
  population: Population,
  layouts: ReadonlyMap<string, HyperfunctionLayout>,
  candidate: number,
): ParameterState {
  const values = new Map<string, Values>();
  for (const layout of layouts.values()) {
    const base = population.base.values.get(layout.name);
    const touched = layout.leaves.filter((leaf) => population.leaves.has(leaf.path));
    if (base === undefined || touched.length === 0) continue;
    const flat = base.slice();
    for (const leaf of touched) {
      const batch = population.leaves.get(leaf.path);
      if (batch !== undefined) writeLeaf(flat, leaf, batch, candidate);
    }
    values.set(layout.name, flat);
  }
  const texts = [...(population.texts?.[candidate] ?? [])];
  return withEntries(population.base, {
    values,
    prompts: texts.flatMap(([name, text]) =>
      text.prompt === undefined ? [] : [[name, text.prompt] as const],
    ),
    demos: texts.flatMap(([name, text]) => (text.demos === undefined ? [] : [[name, text.demos] as const])),
  });
}

function writeLeaf(flat: Values, leaf: Leaf, batch: LeafBatch, candidate: number): void {
  if (batch.kind === "dense") {
    flat.set(batch.values.subarray(candidate * leaf.size, (candidate + 1) * leaf.size), leaf.offset);
    return;
  }
  const inDim = batch.b.length === 0 ? 0 : leafColumns(leaf);
  const outDim = leaf.size / inDim;
  const { rank, base, a, b } = batch;
  for (let o = 0; o < outDim; o++) {
    for (let i = 0; i < inDim; i++) {
      let sum = base[o * inDim + i] ?? 0;
      for (let r = 0; r < rank; r++) {
        sum += (a[(candidate * outDim + o) * rank + r] ?? 0) * (b[(candidate * inDim + i) * rank + r] ?? 0);
      }
      flat[leaf.offset + o * inDim + i] = sum;
    }
  }
}

function leafColumns(leaf: Leaf): number {
  return leaf.field.kind === "tensor" ? (leaf.field.shape[1] ?? 1) : 1;
}

/** Candidates `from` (included) to `to` (excluded). */
export function slicePopulation(population: Population, from: number, to: number): Population {
  const leaves = new Map<string, LeafBatch>();
  for (const [path, batch] of population.leaves) {
    const rows = <T extends Values>(values: T): T => {
      const row = values.length / population.size;
      return values.subarray(from * row, to * row) as T;
    };
    leaves.set(
      path,
      batch.kind === "dense"
        ? { kind: "dense", values: rows(batch.values) }
        : { ...batch, a: rows(batch.a), b: rows(batch.b) },
    );
  }
  const texts = population.texts?.slice(from, to);
  return { size: to - from, base: population.base, leaves, ...(texts === undefined ? {} : { texts }) };
}
