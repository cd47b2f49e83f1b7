/**
 * The rules against the plain loop, with each operand batched or shared, on all kernels: more shapes and options than
 * the cases that test/vmap/operations has for every operation.
 */
import { beforeAll, describe, expect, it } from "@jest/globals";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "../../backend/use-backend.js";
import { largestDifference } from "../../../test/vmap/largest-difference.js";
import { plainLoop } from "../../../test/vmap/plain-loop.js";
import { vmap } from "../vmap.js";
import { vmapReport } from "../vmap-report.js";
import { arithmeticCases } from "../../../test/vmap/arithmetic-cases.js";
import { productCases } from "../../../test/vmap/product-cases.js";
import type { RuleCase } from "../../../test/vmap/rule-case.js";
import { structuralCases } from "../../../test/vmap/structural-cases.js";

const SIZE = 3;
const RULE_CASES = [...arithmeticCases, ...structuralCases, ...productCases];

describe.each([
  ["cpu", "generic"],
  ["wasm", "generic"],
  ["wasm", "native"],
] as const)("batching rules on %s with %s kernels", (backend, kernels) => {
  beforeAll(async () => {
    const info = await useBackend(backend, { kernels });
    expect(info.kernels).toBe(kernels);
  });

  it.each(RULE_CASES)("$name", (test) => {
    for (const inAxes of axesToTry(test)) check(test, inAxes);
  });
});

/** All ways to batch or share the operands, but for the one that shares them all. */
function axesToTry({ shapes }: RuleCase): (0 | null)[][] {
  return Array.from({ length: 2 ** shapes.length - 1 }, (_, mask) =>
    shapes.map((_shape, index) => ((mask >> index) & 1 ? null : 0)),
  );
}

function check(test: RuleCase, inAxes: (0 | null)[]): void {
  const before = tf.memory().numTensors;
  vmapReport({ reset: true });
  tf.tidy(() => {
    const operands = test.shapes.map((shape, index) => {
      const full = inAxes[index] === null ? [...shape] : [SIZE, ...shape];
      return test.make?.(full, index) ?? tf.randomNormal(full);
    });
    const expected = plainLoop(test.run, inAxes)(...operands);
    const actual = vmap(test.run as (...args: tf.Tensor[]) => unknown, { inAxes })(...operands);
    expect({ inAxes, difference: largestDifference(actual, expected) }).toEqual({
      inAxes,
      difference: expect.closeTo(0, 4),
    });
  });
  expect(test.loops ?? []).toEqual(expect.arrayContaining(Object.keys(vmapReport().fallbacks)));
  expect(tf.memory().numTensors).toBe(before);
}
