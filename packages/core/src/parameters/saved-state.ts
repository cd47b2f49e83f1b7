/** Parameters as JSON: checked against the program when they come back, every mismatch named. */
import { createHash } from "node:crypto";
import { decodeFloats, encodeFloats, type EncodedFloats } from "../checkpoint/float-codec.js";
import { HyperfuncError } from "../errors/hyperfunc-error.js";
import type { AnyHyperfunction } from "../hyperfunction/hyperfunction.js";
import { rangeProblem } from "./initial-values.js";
import type { HyperfunctionLayout } from "./layout.js";
import type { Demonstration, ParameterState, Values } from "./parameter-state.js";

const STATE_FORMAT = "hyperfunc-state";
const STATE_VERSION = 1;

export interface SavedHyperfunction {
  /** Shape by path, scalars as `[]`; tells another program's values from this one's. */
  readonly leaves?: Readonly<Record<string, readonly number[]>>;
  readonly values?: EncodedFloats;
  readonly prompt?: string;
  readonly demos?: readonly Demonstration[];
}

export interface SavedState {
  readonly format: typeof STATE_FORMAT;
  readonly version: number;
  readonly system: string;
  readonly hyperfunctions: Readonly<Record<string, SavedHyperfunction>>;
}

export function saveState(
  system: string,
  hyperfunctions: readonly AnyHyperfunction[],
  state: ParameterState,
): SavedState {
  const entries = hyperfunctions.map(({ name, layout }): [string, SavedHyperfunction] => {
    const values = state.values.get(name);
    const prompt = state.prompts.get(name);
    const demos = state.demos.get(name);
    return [
      name,
      {
        ...(layout === undefined || values === undefined
          ? {}
          : { leaves: shapesOf(layout), values: encodeFloats(values) }),
        ...(prompt === undefined ? {} : { prompt }),
        ...(demos === undefined ? {} : { demos }),
      },
    ];
  });
  return {
    format: STATE_FORMAT,
    version: STATE_VERSION,
    system,
    hyperfunctions: Object.fromEntries(entries),
  };
}

/** @throws PROGRAM_MISMATCH when it is no saved state or one of another version. */
export function readSavedState(json: unknown): SavedState {
  const saved = json as Partial<SavedState> | null;
  if (
    typeof saved !== "object" ||
    saved === null ||
    saved.format !== STATE_FORMAT ||
    typeof saved.hyperfunctions !== "object" ||
    saved.hyperfunctions === null
  ) {
    throw new HyperfuncError(
      "PROGRAM_MISMATCH",
      `This is not a saved state: "format" is not "${STATE_FORMAT}".`,
    );
  }
  if (saved.version !== STATE_VERSION) {
    throw new HyperfuncError(
      "PROGRAM_MISMATCH",
      `The saved state has version ${String(saved.version)}, this package reads version ${STATE_VERSION}; save it again with this package.`,
    );
  }
  return saved as SavedState;
}

/** What keeps a saved entry from fitting a hyperfunction; empty when it fits. */
export function mismatches(hyperfunction: AnyHyperfunction, saved: SavedHyperfunction): string[] {
  const { name, layout } = hyperfunction;
  const now = layout === undefined ? {} : shapesOf(layout);
  const then = saved.leaves ?? {};
  if (saved.leaves === undefined && saved.values === undefined && layout !== undefined)
    return [`"${name}" has no saved values`];
  const paths = [...new Set([...Object.keys(now), ...Object.keys(then)])];
  const problems = paths.flatMap((path) => {
    const [a, b] = [now[path], then[path]];
    if (a === undefined) return [`${path} is saved but not in the program`];
    if (b === undefined) return [`${path} is in the program but not saved`];
    return a.join() === b.join() ? [] : [`${path} has shape [${a.join(", ")}], saved is [${b.join(", ")}]`];
  });
  return problems.length > 0 || layout === undefined ? problems : valueProblems(layout, saved);
}

/** What keeps saved values from being values of this layout. */
function valueProblems(layout: HyperfunctionLayout, { values }: SavedHyperfunction): string[] {
  if (values === undefined) return [`"${layout.name}" has no saved values`];
  try {
    const decoded = decodeFloats(values);
    if (values.dtype !== layout.precision)
      return [`"${layout.name}" takes ${layout.precision}, saved is ${values.dtype}`];
    if (decoded.length !== layout.size)
      return [`"${layout.name}" takes ${layout.size} numbers, saved are ${decoded.length}`];
    return layout.leaves.flatMap((leaf) => rangeProblem(leaf, decoded) ?? []);
  } catch (error) {
    return [`the values of "${layout.name}" cannot be read: ${String(error)}`];
  }
}

export function savedValues(saved: SavedHyperfunction): Values | undefined {
  return saved.values === undefined ? undefined : decodeFloats(saved.values);
}

/** Identifies the trainable structure of a program. */
export function programFingerprint(hyperfunctions: readonly AnyHyperfunction[]): string {
  const structure = hyperfunctions
    .map(({ name, layout, options }) => ({
      name,
      fields: layout?.leaves.map(({ path, field }) => ({ path, field })),
      trained: options.optimizeHparams ?? false,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(structure)).digest("hex").slice(0, 16);
}

function shapesOf(layout: HyperfunctionLayout): Record<string, readonly number[]> {
  return Object.fromEntries(
    layout.leaves.map(({ path, field }) => [path, field.kind === "tensor" ? field.shape : []]),
  );
}
