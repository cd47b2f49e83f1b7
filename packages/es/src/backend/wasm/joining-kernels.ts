/** Concat and Pack without a view object per row, which costs more than the row itself when rows are short. */
import * as tf from "@tensorflow/tfjs-core";
import { Heap } from "./heap.js";
import { sizeOf, type Replacement } from "../kernel-replacement.js";
import { wasmReplacement, type WasmBackend } from "./wasm-kernel.js";

export const joiningKernels: Replacement[] = [
  wasmReplacement<tf.ConcatInputs, tf.ConcatAttrs>(tf.Concat, (original) => (call) => {
    const { inputs, attrs, backend } = call;
    const [first] = inputs;
    if (first === undefined || inputs.length === 1 || !Heap.holds(first.dtype)) return original(call);
    const [axis = 0] = tf.util.parseAxisParam(attrs.axis, first.shape);
    const shapes = inputs.map(({ shape }) => shape);
    tf.backend_util.assertParamsConsistent(shapes, axis);
    return join(backend, inputs, tf.backend_util.computeOutShape(shapes, axis), axis);
  }),
  wasmReplacement<tf.PackInputs, tf.PackAttrs>(tf.Pack, (original) => (call) => {
    const { inputs, attrs, backend } = call;
    const [first] = inputs;
    if (first === undefined || inputs.length === 1 || !Heap.holds(first.dtype)) return original(call);
    for (const { shape, dtype } of inputs) {
      tf.util.assertShapesMatch(first.shape, shape, "All tensors passed to stack must have matching shapes");
      tf.util.assert(first.dtype === dtype, () => "All tensors passed to stack must have matching dtypes");
    }
    const axis = attrs.axis < 0 ? attrs.axis + first.shape.length + 1 : attrs.axis;
    return join(backend, inputs, first.shape.toSpliced(axis, 0, inputs.length), axis);
  }),
];

/** Puts the blocks from `axis` on of all inputs next to each other. */
function join(
  backend: WasmBackend,
  inputs: readonly tf.TensorInfo[],
  shape: number[],
  axis: number,
): tf.TensorInfo {
  const [first] = inputs;
  const result = backend.makeOutput(shape, first?.dtype ?? "float32");
  const heap = new Heap(backend, result.dtype);
  const outer = sizeOf(shape.slice(0, axis));
  const width = sizeOf(shape.slice(axis));
  let column = heap.positionOf(result);
  for (const input of inputs) {
    const block = sizeOf(input.shape) / Math.max(outer, 1);
    const from = heap.positionOf(input);
    for (let row = 0; row < outer; row++) heap.copy(from + row * block, column + row * width, block);
    column += block;
  }
  return result;
}
