/** The user's view of parameters: flat numbers by hyperfunction name, checked at the boundary, always copies. */
import { HyperfuncError, invalidArgument } from "../errors/hyperfunc-error.js";
import { rangeProblem } from "./initial-values.js";
import { emptyValues, type HyperfunctionLayout } from "./layout.js";
import type { ParameterState, Values } from "./parameter-state.js";
import type { LeafBatch, Population } from "./population.js";

/** `{ [hyperfunction]: values }`: natural units, declared order, row-major. */
export type HpState = Readonly<Record<string, Values>>;

/** What is accepted where an `HpState` is asked for: any arrays of numbers. */
export type HpStateInput = Readonly<Record<string, ArrayLike<number>>>;

export function toHpState(state: ParameterState, layouts: ReadonlyMap<string, HyperfunctionLayout>): HpState {
  const entries = [...layouts.keys()].map(
    (name) => [name, (state.values.get(name) ?? new Float64Array()).slice()] as const,
  );
  return Object.fromEntries(entries);
}

/** Checks one `HpState` and returns its values; `who` names it in errors. */
export function readHpState(
  input: HpStateInput,
  layouts: ReadonlyMap<string, HyperfunctionLayout>,
  who: string,
  complete: boolean,
): Map<string, Values> {
  const known =
    [...layouts.keys()].join(", ") || "none yet; run the program, discover() it, or list its hyperfunctions";
  for (const name of Object.keys(input)) {
    if (layouts.has(name)) continue;
    throw new HyperfuncError(
      "UNKNOWN_PATH",
      `${who} has values for "${name}"; the trainable hyperfunctions are: ${known}.`,
    );
  }
  const values = new Map<string, Values>();
  for (const [name, layout] of layouts) {
    const given = input[name];
    if (given !== undefined) values.set(name, readValues(given, layout, who));
    else if (complete) {
      throw new HyperfuncError("UNKNOWN_PATH", `${who} lacks values for "${name}"; it must have: ${known}.`);
    }
  }
  return values;
}

function readValues(given: ArrayLike<number>, layout: HyperfunctionLayout, who: string): Values {
  if (given.length !== layout.size) {
    throw new HyperfuncError(
      "SHAPE_MISMATCH",
      `${who}: "${layout.name}" takes ${layout.size} numbers (${layout.leaves.map((leaf) => leaf.path).join(", ")}), got ${given.length}.`,
    );
  }
  const values = emptyValues(layout);
  values.set(given);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new HyperfuncError(
      "INVALID_ARGUMENT",
      `${who}: "${layout.name}"[${bad}] is ${String(given[bad])}, not a finite number.`,
    );
  }
  for (const leaf of layout.leaves) {
    const problem = rangeProblem(leaf, values);
    if (problem !== undefined) throw invalidArgument(`${who}: ${problem}.`);
  }
  return values;
}

/** A population in leaves over the system's current parameters. */
export type PopulationInput = Omit<Population, "base">;

/** The population that candidates describe: a list of full states, each checked, or leaves, checked by size. */
export function populationOf(
  candidates: readonly HpStateInput[] | PopulationInput,
  layouts: ReadonlyMap<string, HyperfunctionLayout>,
  base: ParameterState,
): Population {
  if ("leaves" in candidates) {
    checkLeaves(candidates, layouts);
    return { ...candidates, base };
  }
  const states = candidates.map((candidate, index) =>
    readHpState(candidate, layouts, `candidates[${index}]`, true),
  );
  const leaves = new Map<string, LeafBatch>();
  for (const layout of layouts.values()) {
    for (const leaf of layout.leaves) {
      const values =
        layout.precision === "float32"
          ? new Float32Array(leaf.size * states.length)
          : new Float64Array(leaf.size * states.length);
      states.forEach((state, index) => {
        const own = state.get(layout.name);
        if (own !== undefined)
          values.set(own.subarray(leaf.offset, leaf.offset + leaf.size), index * leaf.size);
      });
      leaves.set(leaf.path, { kind: "dense", values });
    }
  }
  return { size: states.length, base, leaves };
}

function checkLeaves(
  { leaves, size }: PopulationInput,
  layouts: ReadonlyMap<string, HyperfunctionLayout>,
): void {
  const known = new Map(
    [...layouts.values()].flatMap((layout) => layout.leaves.map((leaf) => [leaf.path, leaf])),
  );
  for (const [path, batch] of leaves) {
    const leaf = known.get(path);
    if (leaf === undefined) {
      throw new HyperfuncError(
        "UNKNOWN_PATH",
        `The population has values at "${path}"; there are: ${[...known.keys()].join(", ")}.`,
      );
    }
    const { field } = leaf;
    const [out = 1, columns = 1] = field.kind === "tensor" ? field.shape : [];
    const fits =
      batch.kind === "dense"
        ? batch.values.length === size * leaf.size
        : batch.base.length === leaf.size &&
          batch.a.length === size * out * batch.rank &&
          batch.b.length === size * columns * batch.rank;
    if (!fits) {
      throw new HyperfuncError(
        "SHAPE_MISMATCH",
        `The population's values at "${path}" do not fit ${size} candidates.`,
      );
    }
  }
}
