/**
 * Kernels that only move values.
 *
 * Measured on 4 million floats: tfjs-wasm's Tile takes 45 ns and its GatherV2 26 ns per value, Slice reads the whole
 * source for every slice, so that unstacking is quadratic. Moving blocks within the heap takes 0.1 to 0.5 ns.
 */
import * as tf from "@tensorflow/tfjs-core";
import { Heap } from "./heap.js";
import { dispose, reshaped, sizeOf, type Replacement } from "../kernel-replacement.js";
import { wasmReplacement, type WasmBackend } from "./wasm-kernel.js";

export const copyingKernels: Replacement[] = [
  wasmReplacement<tf.TileInputs, tf.TileAttrs>(tf.Tile, (original) => (call) => {
    const { x } = call.inputs;
    if (!Heap.holds(x.dtype)) return original(call);
    return tile(call.backend, x, call.attrs.reps);
  }),
  wasmReplacement<tf.SliceInputs, tf.SliceAttrs>(tf.Slice, (original) => (call) => {
    const { x } = call.inputs;
    if (!Heap.holds(x.dtype)) return original(call);
    const [begin = [], size = []] = tf.slice_util.parseSliceParams(x, call.attrs.begin, call.attrs.size);
    tf.slice_util.assertParamsValid(x, begin, size);
    return slice(call.backend, x, begin, size);
  }),
  wasmReplacement<tf.SplitVInputs, tf.SplitVAttrs>(tf.SplitV, (original) => (call) => {
    const { x } = call.inputs;
    if (!Heap.holds(x.dtype)) return original(call);
    const [axis = 0] = tf.util.parseAxisParam(call.attrs.axis, x.shape);
    const info = { ...x, rank: x.shape.length, size: sizeOf(x.shape) };
    const sizes = tf.backend_util.prepareSplitSize(info, call.attrs.numOrSizeSplits, axis);
    let start = 0;
    return sizes.map((size) => {
      const begin = x.shape.map((_, index) => (index === axis ? start : 0));
      start += size;
      return slice(call.backend, x, begin, replaced(x.shape, axis, size));
    });
  }),
  wasmReplacement<tf.UnpackInputs, tf.UnpackAttrs>(tf.Unpack, (original) => (call) => {
    const { value } = call.inputs;
    if (!Heap.holds(value.dtype)) return original(call);
    const [axis = 0] = tf.util.parseAxisParam(call.attrs.axis, value.shape);
    const shape = value.shape.filter((_, index) => index !== axis);
    return Array.from({ length: value.shape[axis] ?? 0 }, (_, row) => {
      const begin = value.shape.map((_side, index) => (index === axis ? row : 0));
      return { ...slice(call.backend, value, begin, replaced(value.shape, axis, 1)), shape };
    });
  }),
  wasmReplacement<tf.GatherV2Inputs, tf.GatherV2Attrs>(tf.GatherV2, (original) => (call) => {
    const { x, indices } = call.inputs;
    if (!Heap.holds(x.dtype)) return original(call);
    const [axis = 0] = tf.util.parseAxisParam(call.attrs.axis, x.shape);
    return gather(call.backend, x, indices, axis, call.attrs.batchDims);
  }),
];

function replaced(shape: readonly number[], axis: number, side: number): number[] {
  return shape.map((old, index) => (index === axis ? side : old));
}

/** One axis at a time: each pass repeats blocks that the one before has made. */
export function tile(backend: WasmBackend, x: tf.TensorInfo, repetitions: readonly number[]): tf.TensorInfo {
  let current = reshaped(backend, x, x.shape);
  repetitions.forEach((times, axis) => {
    if (times === 1) return;
    const shape = current.shape.map((side, index) => (index === axis ? side * times : side));
    const result = backend.makeOutput(shape, x.dtype);
    const heap = new Heap(backend, x.dtype);
    const block = sizeOf(current.shape.slice(axis));
    const from = heap.positionOf(current);
    const to = heap.positionOf(result);
    const outer = sizeOf(current.shape.slice(0, axis));
    for (let index = 0; index < outer; index++) {
      heap.repeat(from + index * block, to + index * block * times, block, times);
    }
    dispose(backend, current);
    current = result;
  });
  return current;
}

/** Copies the runs of values that are contiguous in the source. */
function slice(
  backend: WasmBackend,
  x: tf.TensorInfo,
  begin: readonly number[],
  size: readonly number[],
): tf.TensorInfo {
  const result = backend.makeOutput(size, x.dtype);
  const heap = new Heap(backend, x.dtype);
  const strides = x.shape.map((_, axis) => sizeOf(x.shape.slice(axis + 1)));
  // From this axis on, the slice is one run: everything behind it is taken whole.
  let inner = x.shape.length - 1;
  while (inner > 0 && size[inner] === x.shape[inner]) inner--;
  const run = sizeOf(size.slice(Math.max(inner, 0)));
  const start =
    heap.positionOf(x) + begin.reduce((sum, index, axis) => sum + index * (strides[axis] ?? 1), 0);
  let to = heap.positionOf(result);
  const walk = (axis: number, from: number): void => {
    if (axis >= inner) {
      heap.copy(from, to, run);
      to += run;
      return;
    }
    const stride = strides[axis] ?? 1;
    for (let index = 0; index < (size[axis] ?? 0); index++) walk(axis + 1, from + index * stride);
  };
  if (run > 0) walk(0, start);
  return result;
}

function gather(
  backend: WasmBackend,
  x: tf.TensorInfo,
  indices: tf.TensorInfo,
  axis: number,
  batchDims: number,
): tf.TensorInfo {
  const rows = backend.readSync(indices.dataId);
  const side = x.shape[axis] ?? 0;
  for (const row of rows) {
    tf.util.assert(
      row >= 0 && row < side,
      () => `GatherV2: the index value ${row} is not in [0, ${side - 1}]`,
    );
  }
  const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, axis, batchDims);
  const result = backend.makeOutput(info.outputShape, x.dtype);
  const heap = new Heap(backend, x.dtype);
  const from = heap.positionOf(x);
  let to = heap.positionOf(result);
  const perBatch = rows.length / info.batchSize;
  for (let batch = 0; batch < info.batchSize; batch++) {
    for (let outer = 0; outer < info.outerSize; outer++) {
      const block = from + (batch * info.outerSize + outer) * info.dimSize * info.sliceSize;
      for (let index = 0; index < perBatch; index++) {
        heap.copy(block + (rows[batch * perBatch + index] ?? 0) * info.sliceSize, to, info.sliceSize);
        to += info.sliceSize;
      }
    }
  }
  return result;
}
