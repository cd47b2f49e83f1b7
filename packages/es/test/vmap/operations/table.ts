/** The table of docs/vmap.md, from what was observed. */
import type { OpCase } from "../op-cases/op-case.js";
import type { MatrixTrial } from "./observe-factors.js";
import type { Outcome, Trial } from "./observe.js";

export interface Observation {
  readonly test: OpCase;
  readonly backend: string;
  readonly trials: readonly Trial[];
  readonly matrices: readonly MatrixTrial[];
}

type Kind = Outcome["kind"] | "constant";

const ORDER: readonly Kind[] = ["rule", "generic", "unsupported", "shared draw", "constant", "missing"];

export interface Row {
  readonly operation: string;
  readonly kinds: readonly Kind[];
  readonly notes: string;
  readonly matrix: string;
}

export function rowsOf(observations: readonly Observation[]): Row[] {
  const names = [...new Set(observations.map(({ test }) => test.op))].sort(byName);
  return names.map((operation) =>
    rowOf(
      operation,
      observations.filter(({ test }) => test.op === operation),
    ),
  );
}

/** Plain operations before those of a namespace. */
function byName(a: string, b: string): number {
  const inNamespace = (name: string): number => (name.includes(".") ? 1 : 0);
  return inNamespace(a) - inNamespace(b) || (a < b ? -1 : 1);
}

function rowOf(operation: string, observations: readonly Observation[]): Row {
  const kinds = observations.flatMap(({ test, trials }) =>
    trials.map(({ outcome }) => kindOf(test, outcome)),
  );
  const present = ORDER.filter((kind) => kind !== "missing" && kinds.includes(kind));
  const notes = [
    ...observations.flatMap((observation) => conditions(observation, present, observations)),
    ...observations.flatMap(({ test }) => test.note ?? []),
    ...observations.flatMap((observation) => failures(observation, observations)),
  ];
  return { operation, kinds: present, notes: unique(notes).join("; "), matrix: matrixColumn(observations) };
}

/** Where the operation fails without any batch. */
function failures({ test, backend, trials }: Observation, all: readonly Observation[]): string[] {
  if (!trials.every(({ outcome }) => outcome.kind === "missing")) return [];
  const what = all.every((other) => other.test.what === test.what) ? "" : `${test.what}, `;
  return [`${what}fails in tfjs itself on ${backend}`];
}

function kindOf(test: OpCase, outcome: Outcome): Kind {
  return Object.keys(test.operands).length === 0 && outcome.kind === "rule" ? "constant" : outcome.kind;
}

type Hindered = "generic" | "unsupported";

/** When an operation is not batched as a whole, and why. */
function conditions(
  observation: Observation,
  present: readonly Kind[],
  all: readonly Observation[],
): string[] {
  const { test, trials } = observation;
  return (["generic", "unsupported"] as const).flatMap((kind) => {
    const when = whenOf(observation, kind);
    if (when === undefined) return [];
    const alike = all.every((other) => other.test.what === test.what || whenOf(other, kind) === when);
    const what = alike ? "" : ` ${test.what}`;
    const condition = present.length > 1 && `${what}${when}` !== "" ? `${kind}${what}${when}` : "";
    const refused = trials.find(({ outcome }) => outcome.kind === "unsupported")?.outcome;
    const reason =
      kind === "unsupported" && refused?.kind === "unsupported" && test.note === undefined
        ? reasonOf(refused.refusal)
        : "";
    return [[condition, reason].filter((part) => part !== "").join(": ")].filter((part) => part !== "");
  });
}

/** Which operands have to differ for the outcome, as text; empty when any does, undefined when it never comes. */
function whenOf({ trials }: Observation, kind: Hindered): string | undefined {
  const known = trials.filter(({ outcome }) => outcome.kind !== "missing");
  const affected = known.filter(({ outcome }) => outcome.kind === kind);
  if (affected.length === 0) return undefined;
  return affected.length === known.length ? "" : ` when ${differing(affected)}`;
}

/** The fewest operands that have to differ between elements. */
function differing(trials: readonly Trial[]): string {
  const sets = trials.map(({ batched }) => batched);
  const smallest = sets.filter(
    (set) => !sets.some((other) => other.length < set.length && other.every((name) => set.includes(name))),
  );
  return smallest
    .map(
      (set) => `${set.map((name) => `\`${name}\``).join(" and ")} ${set.length > 1 ? "differ" : "differs"}`,
    )
    .join(" or ");
}

function reasonOf(refusal: string): string {
  return refusal.includes("depends on values") ? "the shape of its result depends on values" : "reads values";
}

function matrixColumn(observations: readonly Observation[]): string {
  const several = unique(observations.map(({ test }) => test.what)).length > 1;
  const trials = observations.flatMap(({ test, matrices }) =>
    matrices.map(({ operand, materialised }) => ({
      label: several ? test.what : `\`${operand}\``,
      materialised,
    })),
  );
  if (trials.length === 0) return "";
  const built = unique(trials.filter(({ materialised }) => materialised).map(({ label }) => label));
  const kept = unique(trials.map(({ label }) => label)).filter((label) => !built.includes(label));
  if (kept.length === 0) return "built";
  return built.length === 0 ? "in factors" : `in factors: ${kept.join(", ")}`;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

/** Aligned as the formatter wants it. */
export function markdownOf(rows: readonly Row[]): string {
  const cells = [
    ["operation", "behaviour", "when and why", "perturbed matrix"],
    ...rows.map(({ operation, kinds, notes, matrix }) => [
      `\`${operation}\``,
      kinds.join(", "),
      notes,
      matrix,
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`,
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [summaryOf(rows), "", lines[0], rule, ...lines.slice(1)].join("\n");
}

function summaryOf(rows: readonly Row[]): string {
  const count = (fits: (kinds: readonly Kind[]) => boolean): number =>
    rows.filter(({ kinds }) => fits(kinds)).length;
  const only = (kind: Kind): number => count((kinds) => kinds.length === 1 && kinds[0] === kind);
  const partly = count((kinds) => kinds.length > 1);
  return `Of ${rows.length} operations, ${only("rule")} are batched as a whole and ${partly} for the most part, ${only("generic")} are executed element by element, ${only("unsupported")} are refused, ${only("shared draw")} draw once for all, and ${only("constant")} take no tensors.`;
}
