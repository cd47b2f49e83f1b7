/** What is checked on the device: a line for each, and how many failed. */
import { setTimeout as sleep } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";

let passed = 0;
let failed = 0;

export function check(name: string, holds: boolean, detail = ""): void {
  if (holds) passed++;
  else failed++;
  console.log(`${holds ? "ok  " : "FAIL"} ${name}${detail === "" ? "" : `: ${detail}`}`);
}

export function checkClose(name: string, actual: Values, wanted: Values, tolerance: number): void {
  const difference = largestDifference(actual, wanted);
  check(name, difference < tolerance, `differs by ${difference.toExponential(1)}`);
}

/** A read that is under way when an evaluation ends holds its tensors a moment longer. */
export async function checkTensors(name: string, wanted: number): Promise<void> {
  const deadline = performance.now() + 2000;
  while (tf.memory().numTensors !== wanted && performance.now() < deadline) await sleep(10);
  const { numTensors } = tf.memory();
  check(name, numTensors === wanted, `${numTensors}, before ${wanted}`);
}

/** Prints the count and gives the exit code. */
export function verdict(): number {
  console.log(`${passed} checks passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

/** One list for each tensor of a result. */
export type Values = readonly (readonly number[])[];

/** Reads the only way that every backend has. */
export async function valuesOf(result: unknown): Promise<Values> {
  const tensors: tf.Tensor[] = [];
  const visit = (part: unknown): void => {
    if (part instanceof tf.Tensor) tensors.push(part as tf.Tensor);
    else if (typeof part === "object" && part !== null) Object.values(part).forEach(visit);
  };
  visit(result);
  return Promise.all(tensors.map(async (tensor) => Array.from(await tensor.data())));
}

/** Relative to the larger of 1 and the value; infinite when the numbers do not correspond. */
export function largestDifference(actual: Values, wanted: Values): number {
  const [left, right] = [actual.flat(), wanted.flat()];
  if (left.length === 0 || String(sizesOf(actual)) !== String(sizesOf(wanted))) return Infinity;
  return left.reduce((largest, value, index) => {
    const other = right[index] ?? Number.NaN;
    if (Object.is(value, other) || value === other) return largest;
    const distance = Math.abs(value - other) / Math.max(1, Math.abs(other));
    return Number.isNaN(distance) ? Infinity : Math.max(largest, distance);
  }, 0);
}

function sizesOf(values: Values): number[] {
  return values.map(({ length }) => length);
}
