/** Every case of the batching rules, batched on the device and compared with plain JavaScript. */
import { useBackend, vmap } from "@hyperfunc/es";
import * as tf from "@tensorflow/tfjs-core";
import { arithmeticCases } from "../vmap/arithmetic-cases.js";
import { productCases } from "../vmap/product-cases.js";
import type { RuleCase } from "../vmap/rule-case.js";
import { structuralCases } from "../vmap/structural-cases.js";
import { check, checkTensors, largestDifference, valuesOf, type Values } from "./checks.js";

const SIZE = 3;
const TOLERANCE = 1e-3;
/** tfjs has no such kernel for WebGPU. */
const ABSENT: readonly string[] = [tf.BitwiseAnd];
const CASES: readonly RuleCase[] = [...arithmeticCases, ...structuralCases, ...productCases].filter(
  ({ name }) => !ABSENT.some((kernel) => name.startsWith(kernel)),
);

/** On the host, to be made anew on each backend. */
interface Operand {
  readonly values: Float32Array | Int32Array | Uint8Array;
  readonly shape: number[];
  readonly dtype: tf.DataType;
}

export async function checkBatching(): Promise<void> {
  await useBackend("cpu");
  const references: { test: RuleCase; operands: readonly Operand[]; wanted: Values }[] = [];
  for (const test of CASES) {
    const operands = operandsOf(test);
    references.push({ test, operands, wanted: await batched(test, operands) });
  }
  await useBackend("webgpu");
  const before = tf.memory().numTensors;
  const wrong: string[] = [];
  for (const { test, operands, wanted } of references) {
    try {
      const difference = largestDifference(await batched(test, operands), wanted);
      if (difference >= TOLERANCE) wrong.push(`${test.name} differs by ${difference}`);
    } catch (error) {
      wrong.push(`${test.name}: ${String(error)}`);
    }
  }
  const right = CASES.length - wrong.length;
  check(`vmap: ${right} of ${CASES.length} cases`, wrong.length === 0, wrong.join("\n     "));
  await checkTensors("tensors after vmap", before);
}

function operandsOf({ shapes, make }: RuleCase): Operand[] {
  return tf.tidy(() =>
    shapes.map((shape, index) => {
      const full = [SIZE, ...shape];
      const tensor = make?.(full, index) ?? tf.randomNormal(full);
      return { values: tensor.dataSync(), shape: full, dtype: tensor.dtype };
    }),
  );
}

async function batched(test: RuleCase, operands: readonly Operand[]): Promise<Values> {
  const run = vmap(test.run as (...args: tf.Tensor[]) => unknown);
  const result = tf.tidy(
    () =>
      run(
        ...operands.map(({ values, shape, dtype }) => tf.tensor(values, shape, dtype)),
      ) as tf.TensorContainer,
  );
  const values = await valuesOf(result);
  tf.dispose(result);
  return values;
}
