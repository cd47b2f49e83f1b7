/** The numeric leaves of a system as leaves of a strategy: which take part, how they start, what a candidate is. */
import {
  HyperfuncError,
  withEntries,
  type Leaf,
  type LeafBatch,
  type ParameterState,
  type Population,
  type Values,
} from "@hyperfunc/core";
import { fromNatural, latentLeaf, naturalBatch, toNatural } from "../strategies/latent-space.js";
import type { Pairing, StrategyLeaf } from "../strategies/leaf.js";
import { memberBatch } from "../strategies/perturbation.js";
import type { Schedule } from "../strategies/schedule.js";
import type { Generation, StrategyState } from "../strategies/strategy.js";
import { zip } from "../strategies/zip.js";

/** Sigma or learning rate of the leaves at, or below, some paths. */
export interface LeafOverride {
  readonly paths: readonly string[];
  readonly sigma?: Schedule;
  readonly lr?: Schedule;
}

export interface SearchSpace {
  readonly leaves: readonly StrategyLeaf[];
  /** Where the search starts: tensors in natural units, scalars in latent coordinates. */
  means(state: ParameterState): Values[];
  /** The parameters at the given means. */
  stateOf(base: ParameterState, means: readonly Values[]): ParameterState;
  population(
    base: ParameterState,
    state: StrategyState,
    generation: Generation,
    at: Pairing & { readonly seed: number },
  ): Population;
}

/** The leaves that `only` and `freeze` leave. @throws UNKNOWN_PATH, INVALID_STATE when nothing is left. */
export function chooseLeaves(
  leaves: readonly Leaf[],
  { only, freeze = [] }: { readonly only?: readonly string[]; readonly freeze?: readonly string[] },
): readonly Leaf[] {
  if (leaves.length === 0) {
    throw new HyperfuncError(
      "INVALID_STATE",
      "There are no numbers to optimise: no hyperfunction that the program calls has an hpType with optimizeHparams: true.",
    );
  }
  for (const path of [...(only ?? []), ...freeze]) checkPath(path, leaves);
  const chosen = leaves.filter(
    ({ path }) =>
      (only === undefined || only.some((group) => isAt(path, group))) &&
      !freeze.some((group) => isAt(path, group)),
  );
  if (chosen.length > 0) return chosen;
  throw new HyperfuncError("INVALID_STATE", "only and freeze leave nothing to optimise; loosen one of them.");
}

export function searchSpace(leaves: readonly Leaf[], overrides: readonly LeafOverride[] = []): SearchSpace {
  for (const path of overrides.flatMap(({ paths }) => paths)) checkPath(path, leaves);
  return {
    leaves: leaves.map((leaf) => strategyLeaf(leaf, overrides)),
    means: (state) => leaves.map((leaf) => startOf(leaf, state)),
    stateOf(base, means) {
      const values = new Map<string, Values>();
      for (const [leaf, mean] of zip(leaves, means)) {
        const flat = values.get(leaf.hyperfunction) ?? base.values.get(leaf.hyperfunction)?.slice();
        if (flat === undefined) continue;
        flat.set(leaf.field.kind === "tensor" ? mean : [toNatural(leaf.field, mean)], leaf.offset);
        values.set(leaf.hyperfunction, flat);
      }
      return withEntries(base, { values });
    },
    population(base, state, generation, at) {
      const batches = zip(leaves, generation).map(([{ path, field }, search]): [string, LeafBatch] => {
        const batch = memberBatch(search, at);
        return [
          path,
          field.kind === "tensor"
            ? batch
            : naturalBatch(path, field, batch, { ...at, generation: state.generation }),
        ];
      });
      return { size: at.popSize, base: this.stateOf(base, state.means), leaves: new Map(batches) };
    },
  };
}

function strategyLeaf({ path, field }: Leaf, overrides: readonly LeafOverride[]): StrategyLeaf {
  const leaf =
    field.kind === "tensor"
      ? { path, shape: field.shape, noiseRank: field.noiseRank }
      : latentLeaf(path, field);
  const own = overrides.filter(({ paths }) => paths.some((group) => isAt(path, group)));
  return own.reduce<StrategyLeaf>(
    (merged, { sigma, lr }) => ({
      ...merged,
      ...(sigma === undefined ? {} : { sigma }),
      ...(lr === undefined ? {} : { lr }),
    }),
    leaf,
  );
}

function startOf({ field, hyperfunction, offset, size }: Leaf, state: ParameterState): Values {
  const flat = state.values.get(hyperfunction);
  if (flat === undefined)
    throw new HyperfuncError("INVALID_STATE", `The state has no values for "${hyperfunction}".`);
  return field.kind === "tensor"
    ? Float32Array.from(flat.subarray(offset, offset + size))
    : fromNatural(field, flat[offset] ?? NaN);
}

function isAt(path: string, group: string): boolean {
  return path === group || path.startsWith(`${group}.`);
}

function checkPath(group: string, leaves: readonly Leaf[]): void {
  if (leaves.some(({ path }) => isAt(path, group))) return;
  throw new HyperfuncError(
    "UNKNOWN_PATH",
    `There are no parameters at "${group}"; there are: ${leaves.map(({ path }) => path).join(", ")}.`,
  );
}
