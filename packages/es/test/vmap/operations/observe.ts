/** Runs an operation through `vmap` in every way to batch its operands, and notes what happened. */
import { isHyperfuncError } from "@hyperfunc/core";
import * as tf from "@tensorflow/tfjs-core";
import { OwnedTensors, runOwned } from "../../../src/lifetime/owned-tensors.js";
import { mapTensors } from "../../../src/vmap/tensor-tree.js";
import { vmap } from "../../../src/vmap/vmap.js";
import { vmapReport } from "../../../src/vmap/vmap-report.js";
import { largestDifference } from "../largest-difference.js";
import type { OpCase, Operand } from "../op-cases/op-case.js";
import { plainLoop } from "../plain-loop.js";

const SIZE = 3;

/** What became of an operation with some of its operands batched. */
export type Outcome =
  /** Batched as a whole. */
  | { readonly kind: "rule"; readonly difference: number }
  /** Executed element by element. */
  | { readonly kind: "generic"; readonly difference: number }
  | { readonly kind: "unsupported"; readonly refusal: string }
  /** All elements have got the same random draws, where the plain loop draws anew. */
  | { readonly kind: "shared draw" }
  /** Fails on this backend by itself, so there is nothing to compare with. */
  | { readonly kind: "missing" };

/** One way to batch the operands. */
export interface Trial {
  /** Names of the operands that have another value for every element. */
  readonly batched: readonly string[];
  readonly outcome: Outcome;
}

export async function observe(test: OpCase): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const batched of waysToBatch(Object.keys(test.operands))) {
    const scope = new OwnedTensors();
    try {
      trials.push({ batched, outcome: await runOwned(scope, () => compare(test, batched)) });
    } finally {
      scope.close();
    }
  }
  return trials;
}

/** All ways to batch or share the operands, but for the one that shares them all; a constant has one way. */
function waysToBatch(names: readonly string[]): string[][] {
  if (names.length === 0) return [[]];
  return Array.from({ length: 2 ** names.length - 1 }, (_, mask) =>
    names.filter((_name, position) => ((mask >> position) & 1) === 0),
  );
}

async function compare(test: OpCase, batched: readonly string[]): Promise<Outcome> {
  // The first operand only says how many elements there are, for operations that take none.
  const elements = tf.zeros([SIZE]);
  const names = Object.keys(test.operands);
  const operands = Object.entries(test.operands).map(([name, operand]) =>
    draw(operand, batched.includes(name), test.random),
  );
  const inAxes = [0, ...names.map((name) => (batched.includes(name) ? 0 : null))];
  const run = (_: unknown, ...own: never[]): unknown => test.run(...own);
  const plain = await attempt(() => plainLoop(run, inAxes)(elements, ...operands));
  vmapReport({ reset: true });
  const actual = await attempt(() =>
    vmap(run as (...args: unknown[]) => unknown, { inAxes })(elements, ...operands),
  );
  const isGeneric = Object.keys(vmapReport().fallbacks).length > 0;
  if (isHyperfuncError(actual.error, "NOT_VECTORISABLE"))
    return { kind: "unsupported", refusal: actual.error.message };
  if (plain.error !== undefined) return { kind: "missing" };
  if (actual.error !== undefined) throw actual.error;
  if (test.random && allRowsEqual(actual.value) && !allRowsEqual(plain.value)) return { kind: "shared draw" };
  const difference = largestDifference(actual.value, plain.value);
  return { kind: isGeneric ? "generic" : "rule", difference };
}

/**
 * The difference to the plain loop of a batch inside a batch, where the first operand differs between the elements of
 * both, and the others only between those of one; undefined for what cannot be batched or compared.
 */
export async function differenceNested(test: OpCase): Promise<number | undefined> {
  const scope = new OwnedTensors();
  try {
    return await runOwned(scope, async () => {
      const levels = Object.keys(test.operands).map((_, position) => [
        position % 3 !== 1,
        position % 3 !== 2,
      ]);
      const operands = Object.values(test.operands).map((operand, position) => {
        const { shape, draw: values = (full: number[]) => tf.randomNormal(full) } =
          "shape" in operand ? operand : { shape: operand };
        const [outer, inner] = levels[position] ?? [];
        return values([...(outer ? [2] : []), ...(inner ? [SIZE] : []), ...shape]);
      });
      const inAxes = (level: 0 | 1): (0 | null)[] => levels.map((own) => (own[level] ? 0 : null));
      const plain = await attempt(() => plainLoop(plainLoop(test.run, inAxes(1)), inAxes(0))(...operands));
      const run = test.run as (...args: unknown[]) => unknown;
      const actual = await attempt(() =>
        vmap(vmap(run, { inAxes: inAxes(1) }), { inAxes: inAxes(0) })(...operands),
      );
      if (isHyperfuncError(actual.error, "NOT_VECTORISABLE") || plain.error !== undefined) return undefined;
      if (actual.error !== undefined) throw actual.error;
      return largestDifference(actual.value, plain.value);
    });
  } finally {
    scope.close();
  }
}

async function attempt(work: () => unknown): Promise<{ value?: unknown; error?: Error }> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** `[SIZE, ...shape]` or `[...shape]`; `same` gives every element the same values. */
function draw(operand: Operand, isBatched: boolean, same: boolean): tf.Tensor {
  const { shape, draw: values = (full: number[]) => tf.randomNormal(full) } =
    "shape" in operand ? operand : { shape: operand };
  if (!isBatched) return values([...shape]);
  return same ? tf.tile(values([1, ...shape]), [SIZE, ...shape.map(() => 1)]) : values([SIZE, ...shape]);
}

function allRowsEqual(result: unknown): boolean {
  let equal = true;
  mapTensors(result, (tensor) => {
    const [first, ...others] = tf.unstack(tensor);
    for (const other of others) equal &&= largestDifference(other, first) === 0;
  });
  return equal;
}
