/** The generic rule: one kernel call per element, results stacked. Right for every kernel, and counted because it is slow. */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelAttributes, KernelInputs } from "../backend/tfjs-engine.js";
import type { KernelCall } from "./kernel-call.js";
import { countFallback } from "./vmap-report.js";

export function loop(call: KernelCall<object, object>): tf.Tensor | tf.Tensor[] {
  countFallback(call.kernel);
  const names = Object.keys(call.inputs);
  const rows = names.map((name) => rowsOf(call, Reflect.get(call.inputs, name) as tf.Tensor | undefined));
  const results = Array.from({ length: call.size }, (_, element) => {
    const operands = rows.map((row) => row?.[element % row.length]);
    const inputs = Array.isArray(call.inputs)
      ? operands
      : Object.fromEntries(names.map((name, i) => [name, operands[i]]));
    return call.run(inputs as KernelInputs, call.attributes as KernelAttributes);
  });
  const [first] = results;
  if (!Array.isArray(first)) return stackResults(call, results as tf.Tensor[]);
  return first.map((_, index) =>
    stackResults(
      call,
      results.flatMap((result) => [result].flat()[index] ?? []),
    ),
  );
}

/** One tensor per element, or a single one that all elements share. */
function rowsOf(call: KernelCall<object, object>, input: tf.Tensor | undefined): (tf.Tensor | undefined)[] {
  const inner = input && call.inner(input);
  return inner === undefined ? [input] : tf.unstack(inner);
}

function stackResults(call: KernelCall<object, object>, results: readonly tf.Tensor[]): tf.Tensor {
  const [first] = results;
  const different = results.find(({ shape }) => String(shape) !== String(first?.shape));
  if (different === undefined) return tf.stack([...results]);
  throw call.axis.refuse(
    `${call.kernel} gives results of different shapes, [${String(first?.shape)}] and [${String(different.shape)}],`,
    "the shape of a result must not depend on values.",
  );
}
