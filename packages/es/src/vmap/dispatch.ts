/** Sends kernel calls with batched inputs to their batching rules, highest level first. */
import * as tf from "@tensorflow/tfjs-core";
import {
  inputsOf,
  tfjsEngine,
  type KernelAttributes,
  type KernelInputs,
  type KernelResult,
} from "../backend/tfjs-engine.js";
import type { BatchAxis } from "./batch-axis.js";
import { batchAxisOf, wrap, wrapLazy } from "./batched-tensor.js";
import { loop } from "./fallback.js";
import { KernelCall } from "./kernel-call.js";
import { interceptKernels } from "./kernel-hook.js";
import { FUSIONS } from "./layer-fusion.js";
import { LazyTensor } from "./lazy-tensor.js";
import { RULES } from "./rules/rule-table.js";

interceptKernels((kernel, inputs, attributes) => {
  const axis = highestAxis(inputs);
  return axis === undefined ? undefined : dispatch(kernel, inputs, attributes, axis);
});

function highestAxis(inputs: KernelInputs): BatchAxis | undefined {
  let highest: BatchAxis | undefined;
  for (const input of inputsOf(inputs)) {
    const axis = input ? batchAxisOf(input) : undefined;
    if (axis !== undefined && axis.level > (highest?.level ?? 0)) highest = axis;
  }
  return highest;
}

function dispatch(
  kernel: string,
  inputs: KernelInputs,
  attributes: KernelAttributes | undefined,
  axis: BatchAxis,
): KernelResult {
  const taped = tfjsEngine.isTapeOn();
  tfjsEngine.state.kernelDepth++; // what a rule computes with is none of the gradient tape's business
  let result: KernelResult;
  try {
    result = tf.tidy(() => applyRule(kernel, inputs, attributes, axis));
  } finally {
    tfjsEngine.state.kernelDepth--;
  }
  if (taped) recordOnTape(kernel, inputs, attributes, [result].flat());
  return result;
}

function applyRule(
  kernel: string,
  inputs: KernelInputs,
  attributes: KernelAttributes | undefined,
  axis: BatchAxis,
): KernelResult {
  const call = new KernelCall<never, never>(kernel, axis, inputs as never, (attributes ?? {}) as never);
  const rule = RULES.get(kernel);
  if (rule?.kind === "rewritten") return rule.apply(call);
  const result = FUSIONS.get(kernel)?.(call) ?? (rule === undefined ? loop(call) : rule.apply(call));
  if (result instanceof LazyTensor) return wrapLazy(axis, result);
  return Array.isArray(result) ? result.map((part) => wrap(axis, part)) : wrap(axis, result);
}

/** Lets `tf.grad` inside a batched function differentiate it: gradients are written with ordinary operations too. */
function recordOnTape(
  kernel: string,
  inputs: KernelInputs,
  attributes: KernelAttributes | undefined,
  outputs: tf.Tensor[],
): void {
  const saved = tfjsEngine.saveTensorsForBackwardMode(
    tfjsEngine.getTensorsForGradient(kernel, inputs, outputs),
  );
  tfjsEngine.addTapeNode(kernel, inputs, outputs, null, saved, attributes);
}
